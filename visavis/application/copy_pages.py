"""Pages of a gallery's copy, as they travel to a device and as they lie on its disk, before they are encrypted.

    4 bytes   length of the head, little-endian
    head      JSON: the terms of decisions, the place in the change feed, and whose templates follow
    numbers   float32, little-endian: all vectors, (templates, dimension), then all norms, (templates,)
    denied    the same of looks that were denied; the head says of whom, where there are any

No name stands in it: a device answers with identifiers, and the server knows whose they are.
"""

import json
import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Vector, Vectors
from visavis.domain.calibration_json import calibration_from_json, calibration_to_json
from visavis.domain.decision import Calibration, Measure
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import ModelIdentity, Template

SCHEMA: Final = "visavis.copy/1"
_LENGTH: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decisions in a gallery depend on beside its templates. `epoch` changes when a copy has to be made anew."""

    gallery: str
    gallery_id: GalleryId
    epoch: str
    policy: Policy
    calibration: Calibration

    @property
    def model(self) -> ModelIdentity:
        return self.calibration.model


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopiedSubject:
    """A subject of a copy: how many references it has, and their templates, (references, dimension) and
    (references,). There are none of somebody whom no search may find now, but who is counted; after `until` nobody
    may be found. `denied` are looks that a person said are not this subject; a device that does not know of them is
    given none."""

    subject_id: SubjectId
    references: int
    vectors: Vectors
    norms: NDArray[np.float32]
    until: datetime | None = None
    denied: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CopyPage:
    """What changed after the change `after`, up to the change `version`, as it was at `as_of`; more follows if `more`.

    `gone` have no reference any more.
    """

    terms: Terms
    after: int
    version: int
    more: bool
    as_of: datetime
    subjects: Sequence[CopiedSubject]
    gone: frozenset[SubjectId] = frozenset()


def page_binding(agent: str, gallery: str, after: int) -> bytes:
    """What a page for this agent is about; part of what is encrypted and of what is signed."""
    return "\0".join((SCHEMA, agent, gallery, str(after))).encode()


def encoded_page(page: CopyPage) -> bytes:
    """Bytes that `decoded_page` reads as an equal page."""
    terms, policy = page.terms, page.terms.policy
    head = {
        "schema": SCHEMA,
        "gallery": terms.gallery,
        "gallery_id": str(terms.gallery_id),
        "epoch": terms.epoch,
        "policy": {
            "name": policy.name,
            "measure": policy.measure.value,
            "fmr": policy.fmr,
            "fpir": policy.fpir,
            "band": policy.band,
        },
        "calibration": calibration_to_json(terms.calibration),
        "after": page.after,
        "version": page.version,
        "more": page.more,
        "as_of": page.as_of.isoformat(),
        "subjects": [_row(one) for one in page.subjects],
        "gone": sorted(map(str, page.gone)),
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    vectors = b"".join(one.vectors.astype("<f4").tobytes() for one in page.subjects)
    norms = b"".join(one.norms.astype("<f4").tobytes() for one in page.subjects)
    denied = [look for one in page.subjects for look in one.denied]
    looks = b"".join(one.vector.astype("<f4").tobytes() for one in denied)
    return b"".join((_LENGTH.pack(len(text)), text, vectors, norms, looks, _norms(denied)))


def _row(one: CopiedSubject) -> list[object]:
    """The last place is left out where nothing was denied, as it was before anything could be."""
    until = one.until.isoformat() if one.until else None
    row: list[object] = [str(one.subject_id), one.references, len(one.norms), until]
    return [*row, len(one.denied)] if one.denied else row


def _norms(looks: Sequence[Template]) -> bytes:
    return np.array([one.norm for one in looks], "<f4").tobytes()


def decoded_page(content: bytes) -> CopyPage:
    """Raises `FileUnreadable` for anything that `encoded_page` did not write."""
    try:
        (length,) = _LENGTH.unpack_from(content)
        head = json.loads(content[_LENGTH.size : _LENGTH.size + length])
        return _page(head, content[_LENGTH.size + length :])
    except (struct.error, KeyError, TypeError, ValueError, AttributeError, ValueInvalid) as error:
        raise FileUnreadable(
            "A copy of a gallery has a form that this version does not know.",
            hint="Update the device, or the server: both have to be of a like age.",
        ) from error


def _page(head: Mapping[str, object], numbers: bytes) -> CopyPage:
    if head["schema"] != SCHEMA:
        raise ValueError("another form")
    terms = _terms(head)
    return CopyPage(
        terms=terms,
        after=_number(head["after"]),
        version=_number(head["version"]),
        more=head["more"] is True,
        as_of=datetime.fromisoformat(str(head["as_of"])),
        subjects=_subjects(_rows(head["subjects"]), numbers, terms.model),
        gone=frozenset(SubjectId(uuid.UUID(str(one))) for one in _rows(head["gone"])),
    )


def _terms(head: Mapping[str, object]) -> Terms:
    calibration, policy = calibration_from_json(str(head["calibration"])), head["policy"]
    if not isinstance(policy, dict):
        raise TypeError("a policy is an object")
    return Terms(
        gallery=str(head["gallery"]),
        gallery_id=GalleryId(uuid.UUID(str(head["gallery_id"]))),
        epoch=str(head["epoch"]),
        policy=Policy(
            name=str(policy["name"]),
            measure=Measure(str(policy["measure"])),
            fmr=float(policy["fmr"]),
            fpir=float(policy["fpir"]),
            band=float(policy["band"]),
        ),
        calibration=calibration,
    )


def _subjects(rows: Sequence[object], numbers: bytes, model: ModelIdentity) -> list[CopiedSubject]:
    told = [_rows(row) for row in rows]
    counts, looks = (
        [_number(row[2]) for row in told],
        [_number(row[4]) if len(row) > 4 else 0 for row in told],
    )
    total, denied = sum(counts), sum(looks)
    if len(numbers) != 4 * (total + denied) * (model.dimension + 1):
        raise ValueError("another number of templates than stated")
    values = np.frombuffer(numbers, "<f4").astype(np.float32)
    vectors, norms = _templates(values[: total * (model.dimension + 1)], total, model)
    denied_vectors, denied_norms = _templates(values[total * (model.dimension + 1) :], denied, model)
    shown = [
        Template(vector=vector, norm=float(norm), model=model)
        for vector, norm in zip(denied_vectors, denied_norms, strict=True)
    ]
    ends, ends_of_looks = np.cumsum(counts, dtype=np.intp).tolist(), np.cumsum(looks, dtype=np.intp).tolist()
    return [
        CopiedSubject(
            subject_id=SubjectId(uuid.UUID(str(row[0]))),
            references=_number(row[1]),
            vectors=vectors[end - count : end],
            norms=norms[end - count : end],
            until=None if row[3] is None else datetime.fromisoformat(str(row[3])),
            denied=tuple(shown[end_of_looks - some : end_of_looks]),
        )
        for row, count, end, some, end_of_looks in zip(told, counts, ends, looks, ends_of_looks, strict=True)
    ]


def _templates(values: Vector, count: int, model: ModelIdentity) -> tuple[Vectors, Vector]:
    """Vectors, (count, dimension), and norms, (count,)."""
    end = count * model.dimension
    return values[:end].reshape(count, model.dimension), values[end:]


def _rows(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a list is expected")
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise TypeError("a whole number is expected")
    return value

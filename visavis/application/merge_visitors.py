"""Visitors who were given two identifiers are found by likeness, and become one."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.ports.visitors import SightingFilter
from visavis.application.search import GallerySearch
from visavis.domain.correction import CorrectionKind
from visavis.domain.decision import Calibration
from visavis.domain.errors import ConfirmationMissing, ConsentMissing, SubjectNotFound
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.subject import GalleryId, Subject, SubjectId, SubjectKind, TenantId
from visavis.domain.template import Template, fuse
from visavis.domain.visit import Sighting, met
from visavis.engine.grouping import MOST, group

NOTE = "found to be the same visitor"
_PAGE = 1000
_TOGETHER = 64  #: probes of one search
_NEIGHBOURS = 6  #: looked at for each
_CAUTION = 0.1  #: of the FPIR of decisions: a merge concerns everything that was ever seen of two


class Merge(Protocol):
    """Makes one subject of two, so that it can be undone, and audits it."""

    async def __call__(self, gone: SubjectId, into: SubjectId, *, note: str = "") -> object:
        """Raises `SubjectNotFound`, `ConfirmationMissing` if a person has kept them apart, `ConsentMissing`."""
        ...


class CalibrationOf(Protocol):
    def __call__(self, gallery: Gallery) -> Calibration:
        """What scores mean there. Raises `ModelMismatch`, `CalibrationMissing`."""
        ...


@dataclass(slots=True, eq=False)
class Positions:
    """Up to which change each gallery was looked at; lost with the process, which then looks at everything again."""

    sequences: dict[tuple[TenantId, GalleryId], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Visitor:
    subject: Subject
    template: Template  #: of all references together
    sightings: Sequence[Sighting]


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeVisitors:
    """Looks at anonymous subjects that are new or changed since the last time, at most `most` at a time.

    The index proposes who is like each of them; those who are alike enough are grouped by average linkage at a tenth of
    the policy's FPIR. Never become one: who was seen at the same time in two places or twice by one camera, and
    who a person has told apart. The oldest identifier stays.
    """

    store: Store
    tenant: TenantId
    search: GallerySearch
    merge: Merge
    calibration_of: CalibrationOf
    positions: Positions
    most: int = 2000

    async def __call__(self) -> int:
        """How many identifiers are gone. Raises what searching raises."""
        async with self.store.transaction(self.tenant) as work:
            galleries = [one.gallery for one in await work.galleries.all()]
        return sum([await self.of(one) for one in galleries if one.purpose is Purpose.VISITORS])

    async def of(self, gallery: Gallery) -> int:
        """The same for one gallery."""
        key = (self.tenant, gallery.id)
        async with self.store.transaction(self.tenant) as work:
            changes = await work.references.changes(gallery.id, after=self.positions.sequences.get(key, 0))
            changes = changes[: self.most]
            changed = await _anonymous(work, [one.subject_id for one in changes])
        if not changes:
            return 0
        calibration, gone = self.calibration_of(gallery), 0
        for component in _components(await self._alike(gallery, calibration, changed)):
            gone += await self._merge(gallery, calibration, component)
        self.positions.sequences[key] = changes[-1].sequence
        return gone

    async def _alike(
        self, gallery: Gallery, calibration: Calibration, subjects: Sequence[SubjectId]
    ) -> list[tuple[SubjectId, SubjectId]]:
        """Pairs that are alike enough to be looked at together."""
        pairs: list[tuple[SubjectId, SubjectId]] = []
        for start in range(0, len(subjects), _TOGETHER):
            async with self.store.transaction(self.tenant) as work:
                kept = await work.references.of_subjects(gallery.id, subjects[start : start + _TOGETHER])
            ids = [one for one, references in kept.items() if references]
            probes = [fuse([one.template for one in kept[subject_id]]) for subject_id in ids]
            lists = await self.search(gallery, probes, calibration, limit=_NEIGHBOURS) if probes else []
            for subject_id, found in zip(ids, lists, strict=True):
                threshold = _threshold(gallery, calibration, found.searched, found.subjects)
                pairs += [
                    (subject_id, other.subject_id)
                    for other in found.candidates
                    if other.subject_id != subject_id and other.score.value >= threshold
                ]
        return pairs

    async def _merge(self, gallery: Gallery, calibration: Calibration, ids: Sequence[SubjectId]) -> int:
        async with self.store.transaction(self.tenant) as work:
            visitors = await _visitors(work, gallery, await _anonymous(work, ids))
            told = await _told(work, gallery)
            held = await work.galleries.summary(gallery.id)
        threshold = _threshold(gallery, calibration, held.references, held.subjects)
        templates = [one.template for one in visitors]
        gone = 0
        for places in group(templates, threshold, apart=_apart(visitors, told)):
            first, *others = sorted((visitors[place] for place in places), key=_age)
            for other in others:
                with suppress(SubjectNotFound, ConfirmationMissing, ConsentMissing):  # others were faster
                    await self.merge(other.subject.id, first.subject.id, note=NOTE)
                    gone += 1
        return gone


def _age(one: _Visitor) -> tuple[object, SubjectId]:
    return one.subject.created_at, one.subject.id


def _threshold(gallery: Gallery, calibration: Calibration, references: int, subjects: int) -> float:
    fmr = calibration.comparison_fmr(_CAUTION * gallery.policy.fpir, max(references, 1), max(subjects, 1))
    return calibration.threshold_at(fmr).value


def _components(pairs: Iterable[tuple[SubjectId, SubjectId]]) -> list[list[SubjectId]]:
    """Who hangs together by pairs; those that are too many to be grouped are cut."""
    leads: dict[SubjectId, SubjectId] = {}

    def first(one: SubjectId) -> SubjectId:
        while leads.setdefault(one, one) != one:
            leads[one] = one = leads[leads[one]]
        return one

    for one, other in pairs:
        leads[first(one)] = first(other)
    together: dict[SubjectId, list[SubjectId]] = {}
    for one in list(leads):
        together.setdefault(first(one), []).append(one)
    return [sorted(ids)[:MOST] for ids in together.values() if len(ids) > 1]


async def _told(work: UnitOfWork, gallery: Gallery) -> set[frozenset[SubjectId]]:
    """Of whom a person said that they are two: in so many words, or by undoing a merge."""
    told = {frozenset(pair) for pair in await work.corrections.apart(gallery.id)}
    undone = CorrectionFilter(kind=CorrectionKind.MERGE, undone=True)
    before: int | None = None
    while page := await work.corrections.page(undone, before=before, limit=_PAGE):
        told |= {frozenset(one.subjects) for one in page}
        before = page[-1].sequence
    return told


async def _anonymous(work: UnitOfWork, ids: Iterable[SubjectId]) -> list[SubjectId]:
    """Those that still exist without a name."""
    found = []
    for subject_id in dict.fromkeys(ids):
        with suppress(SubjectNotFound):
            if (await work.subjects.get(subject_id)).kind is SubjectKind.ANONYMOUS:
                found.append(subject_id)
    return found


async def _visitors(work: UnitOfWork, gallery: Gallery, ids: Sequence[SubjectId]) -> list[_Visitor]:
    kept = await work.references.of_subjects(gallery.id, ids)
    return [
        _Visitor(
            subject=await work.subjects.get(subject_id),
            template=fuse([one.template for one in references]),
            sightings=[
                one.sighting
                async for batch in work.visitors.sightings(
                    SightingFilter(gallery_id=gallery.id, subject_id=subject_id)
                )
                for one in batch
            ],
        )
        for subject_id, references in sorted(kept.items())
        if references
    ]


def _apart(visitors: Sequence[_Visitor], told: Collection[frozenset[SubjectId]]) -> NDArray[np.bool_]:
    """Who cannot be one human: (n, n)."""
    count = len(visitors)
    apart = np.zeros((count, count), bool)
    for row, one in enumerate(visitors):
        for column, other in enumerate(visitors[:row]):
            pair = frozenset((one.subject.id, other.subject.id))
            apart[row, column] = apart[column, row] = pair in told or met(one.sightings, other.sightings)
    return apart

"""A calibration of a gallery's own: kept with it, used by its decisions instead of the pack's, and audited."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import anyio.to_thread

from visavis.application.calibrate import LEAST_RATE, Provenance, calibrated
from visavis.application.extract import template_set
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.decision import Calibration
from visavis.domain.errors import CalibrationNotFound, ValueInvalid
from visavis.domain.evidence import MadeFrom
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import Reference, SubjectId, SubjectKind, TenantId
from visavis.domain.template import ModelIdentity
from visavis.evaluation.comparisons import compare_all, subject_numbers
from visavis.evaluation.search_check import People

_MOST: Final = 4000  #: references compared at most; every two of them are, eight million comparisons
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateGallery:
    """The calibrations of one tenant's galleries."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    software: str

    async def get(self, name: str) -> Calibration:
        """Raises `GalleryNotFound`, `CalibrationNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
        if gallery.calibration is None:
            raise CalibrationNotFound
        return gallery.calibration

    async def keep(self, name: str, calibration: Calibration) -> Gallery:
        """From now on the gallery decides by it. Raises `GalleryNotFound`, `ModelMismatch` for one of another model or
        rule, `ValueInvalid` for one of too little data."""
        if calibration.lowest_fmr > LEAST_RATE:
            raise ValueInvalid(
                f"This calibration supports false-match rates down to {calibration.lowest_fmr:.1e} only; "
                f"{LEAST_RATE:g} is the least that makes sense.",
                hint="Calibrate on more subjects.",
            )
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            gallery.policy.require_calibrated_for(calibration, gallery.model)
            await work.galleries.set_calibration(gallery.id, calibration)
            evidence = calibration.evidence
            await self.ledger.note(
                work,
                Action.GALLERY_CALIBRATED,
                f"gallery:{gallery.id}",
                data=calibration.data,
                measure=calibration.measure.value,
                subjects=calibration.subjects,
                non_mated=calibration.non_mated,
                lowest_fmr=calibration.lowest_fmr,
                threshold=calibration.threshold_at(gallery.policy.fmr).value,
                digest=evidence.digest if evidence else "",
                source=evidence.source.value if evidence else "",
            )
            return await work.galleries.by_name(name)

    async def remove(self, name: str) -> Gallery:
        """Back to the calibration of the pack. Raises `GalleryNotFound`, `CalibrationNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            if gallery.calibration is None:
                raise CalibrationNotFound
            await work.galleries.set_calibration(gallery.id, None)
            await self.ledger.note(
                work,
                Action.GALLERY_CALIBRATION_REMOVED,
                f"gallery:{gallery.id}",
                data=gallery.calibration.data,
            )
            return await work.galleries.by_name(name)

    async def from_references(self, name: str, *, data: str) -> Calibration:
        """From the templates that are enrolled already; nothing is kept yet. Raises `GalleryNotFound`, `ValueInvalid`.

        Remembered faces are left out: one of them may be a subject that is enrolled, too. References were admitted
        because they resemble each other, so that FNMR comes out too low; FMR does not.
        """
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            nobody = await _faces(work, gallery)
            drawn = _Drawn()
            async for batch in work.references.everything(gallery.id):
                drawn.add([one for one in batch if one.subject_id not in nobody])
        provenance = Provenance(
            data=data, source=MadeFrom.REFERENCES, made_at=self.clock.now(), software=self.software
        )
        chosen = [one for group in drawn.groups.values() for one in group]
        return await anyio.to_thread.run_sync(_calibration, chosen, gallery.policy, gallery.model, provenance)


@dataclass(slots=True)
class _Drawn:
    """Subjects drawn by the digest of their identifier, fewer and fewer as there are more: memory stays bounded."""

    groups: dict[SubjectId, list[Reference]] = field(default_factory=dict)
    share: float = 1.0
    count: int = 0

    def add(self, references: Sequence[Reference]) -> None:
        for one in references:
            if _place(one.subject_id) < self.share:
                self.groups.setdefault(one.subject_id, []).append(one)
                self.count += 1
        while self.count > _MOST:
            self.share /= 2
            self.groups = {key: kept for key, kept in self.groups.items() if _place(key) < self.share}
            self.count = sum(map(len, self.groups.values()))


def _place(subject_id: SubjectId) -> float:
    return int.from_bytes(sha256(subject_id.bytes).digest()[:8]) / 2.0**64


async def _faces(work: UnitOfWork, gallery: Gallery) -> set[SubjectId]:
    """Remembered faces of nobody."""
    found: set[SubjectId] = set()
    after = ""
    while True:
        page = await work.subjects.page(
            gallery_id=gallery.id, kind=SubjectKind.FACE, after=after, limit=_PAGE
        )
        found |= {one.subject.id for one in page}
        if len(page) < _PAGE:
            return found
        after = page[-1].subject.name


def _calibration(
    references: Sequence[Reference], policy: Policy, model: ModelIdentity, provenance: Provenance
) -> Calibration:
    numbers = subject_numbers([one.subject_id for one in references])
    if len(references) < 2:
        raise ValueInvalid("A calibration needs references of many subjects.", hint="Enrol them first.")
    templates = template_set([one.template for one in references], policy.measure)
    people = People(references=templates, probes=templates, subjects=numbers)
    comparisons = compare_all(templates, numbers, measure=policy.measure)
    return calibrated(people, comparisons, policy.measure, model, provenance)

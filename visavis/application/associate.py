"""Faces that were indexed on their own are given to a subject, and released again."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from visavis.application.consent import require_consent
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import ReferenceSummary, Store, UnitOfWork
from visavis.application.search import best_score
from visavis.domain.audit import Action
from visavis.domain.decision import Calibration, FalseMatchRate
from visavis.domain.errors import ConsentMissing, GalleryFull, ReferenceNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, ReferenceId, Subject, SubjectId, SubjectKind, TenantId

_PAGE: Final = 1000


class Hindrance(StrEnum):
    """Why a face was not given to the subject, or not released from it."""

    NOT_FOUND = "not_found"
    ELSEWHERE = "elsewhere"  #: it belongs to another subject
    UNLIKE = "unlike"  #: it does not look like the subject's other faces


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOutcome:
    """What became of one face. `owner` is the other subject it belongs to."""

    reference_id: ReferenceId
    hindrance: Hindrance | None = None
    owner: ReferenceSummary | None = None
    fmr: FalseMatchRate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Associate:
    """Each call is one transaction; what it returns without a hindrance is committed, and audited."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def __call__(
        self,
        gallery: Gallery,
        subject_id: SubjectId,
        reference_ids: Sequence[ReferenceId],
        *,
        calibration: Calibration,
        fmr: float,
    ) -> list[FaceOutcome]:
        """Gives the subject those faces that belong to nobody and, if it has faces already, resemble them so that
        strangers do at most at this rate. A face that it has already stays.

        Raises `SubjectNotFound`, `ConsentMissing`, `GalleryFull` beyond the references that the policy allows.
        """
        async with self.store.transaction(self.tenant) as work:
            await work.subjects.get(subject_id)
            await require_consent(work, gallery, subject_id, self.clock.now())
            kept = (await work.references.of_subjects(gallery.id, [subject_id])).get(subject_id, [])
            faces = await _summaries(work, gallery, reference_ids)
            outcomes = []
            for one in dict.fromkeys(reference_ids):
                outcome = _at_first_sight(one, faces.get(one), subject_id)
                if outcome.hindrance is None and faces[one].subject_id != subject_id:
                    outcome = await _compared(work, gallery, one, kept, calibration, fmr)
                outcomes.append(outcome)
            moving = [
                one.reference_id
                for one in outcomes
                if one.hindrance is None and faces[one.reference_id].subject_id != subject_id
            ]
            if len(kept) + len(moving) > gallery.policy.max_references:
                raise GalleryFull("The subject would have more references than the policy allows.")
            await self._move(work, gallery, [faces[one] for one in moving], subject_id)
            await require_consent(work, gallery, subject_id, self.clock.now(), hold=True)
        return outcomes

    async def release(
        self, gallery: Gallery, subject_id: SubjectId, reference_ids: Sequence[ReferenceId]
    ) -> list[FaceOutcome]:
        """Each face becomes nobody's again. Raises `SubjectNotFound`, or `ConsentMissing` in a gallery that requires
        a consent, which nobody has not given."""
        async with self.store.transaction(self.tenant) as work:
            await work.subjects.get(subject_id)
            faces = await _summaries(work, gallery, reference_ids)
            outcomes = [
                _to_be_released(one, faces.get(one), subject_id) for one in dict.fromkeys(reference_ids)
            ]
            freed = [faces[one.reference_id] for one in outcomes if one.hindrance is None]
            await self._free(work, gallery, freed)
        return outcomes

    async def dissolve(self, gallery: Gallery, subject_id: SubjectId) -> int:
        """Takes the subject out of the gallery and leaves its faces there, as nobody's; how many.

        Where a consent is required, faces of nobody cannot stay: they are removed. Raises `SubjectNotFound`.
        """
        async with self.store.transaction(self.tenant) as work:
            subject = await work.subjects.get(subject_id)
            faces = await _all_of(work, gallery, subject_id)
            if not gallery.policy.consent:
                await self._free(work, gallery, faces)
            removed = await work.subjects.leave(gallery.id, subject_id)
            gone = not await work.subjects.names([subject_id])
            if gone:
                await work.jobs.forget(subject_id, subject.name)
            await self.ledger.note(
                work,
                Action.SUBJECT_CHANGED,
                f"subject:{subject_id}",
                left=str(gallery.id),
                references=removed,
                events=await work.events.forget(subject_id) if gone else 0,
                whole=gone,
            )
        return len(faces)

    async def _free(self, work: UnitOfWork, gallery: Gallery, faces: Sequence[ReferenceSummary]) -> None:
        if faces and gallery.policy.consent:
            raise ConsentMissing("A face of nobody has nobody's consent, which this gallery requires.")
        for face in faces:
            nobody = Subject(
                id=SubjectId(self.identifiers.new()),
                name=str(face.id),
                created_at=self.clock.now(),
                kind=SubjectKind.FACE,
            )
            await work.subjects.add(nobody)
            await self._move(work, gallery, [face], nobody.id)

    async def _move(
        self, work: UnitOfWork, gallery: Gallery, faces: Sequence[ReferenceSummary], to: SubjectId
    ) -> None:
        if not faces:
            return
        await work.references.move([face.id for face in faces], to)
        for face in faces:
            await self.ledger.note(
                work,
                Action.REFERENCE_MOVED,
                f"subject:{to}",
                gallery=str(gallery.id),
                reference=str(face.id),
                came_from=str(face.subject_id),
            )


async def _summaries(
    work: UnitOfWork, gallery: Gallery, ids: Sequence[ReferenceId]
) -> dict[ReferenceId, ReferenceSummary]:
    page = await work.references.page(gallery.id, ids=ids, limit=max(len(ids), 1))
    return {one.id: one for one in page}


async def _all_of(work: UnitOfWork, gallery: Gallery, subject_id: SubjectId) -> list[ReferenceSummary]:
    """Also more than today's policy allows."""
    faces: list[ReferenceSummary] = []
    while True:
        after = faces[-1].id if faces else None
        page = await work.references.page(gallery.id, subject_id=subject_id, after=after, limit=_PAGE)
        faces += page
        if len(page) < _PAGE:
            return faces


def _at_first_sight(one: ReferenceId, face: ReferenceSummary | None, subject_id: SubjectId) -> FaceOutcome:
    if face is None:
        return FaceOutcome(reference_id=one, hindrance=Hindrance.NOT_FOUND)
    if face.subject_id != subject_id and face.kind is not SubjectKind.FACE:
        return FaceOutcome(reference_id=one, hindrance=Hindrance.ELSEWHERE, owner=face)
    return FaceOutcome(reference_id=one)


def _to_be_released(one: ReferenceId, face: ReferenceSummary | None, subject_id: SubjectId) -> FaceOutcome:
    if face is not None and face.subject_id != subject_id and face.kind is SubjectKind.FACE:
        return FaceOutcome(reference_id=one, hindrance=Hindrance.NOT_FOUND)
    return _at_first_sight(one, face, subject_id)


async def _compared(
    work: UnitOfWork,
    gallery: Gallery,
    one: ReferenceId,
    kept: Sequence[Reference],
    calibration: Calibration,
    fmr: float,
) -> FaceOutcome:
    if not kept:
        return FaceOutcome(reference_id=one)
    try:
        face = await work.references.get(one)
    except ReferenceNotFound:
        return FaceOutcome(reference_id=one, hindrance=Hindrance.NOT_FOUND)
    score, _ = best_score(face.template, kept, gallery.policy.measure)
    reached = calibration.fmr_at(score.value)
    hindrance = Hindrance.UNLIKE if reached.value > fmr else None
    return FaceOutcome(reference_id=one, hindrance=hindrance, fmr=reached)

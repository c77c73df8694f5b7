"""This one instead: the event shows that subject, who may learn the look, too."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from visavis.application.consent import require_consent
from visavis.application.corrections.keeping import Keeping, gallery_of, require_alone
from visavis.application.guard import belongs
from visavis.application.making import ReferenceMaker, note_enrolled, require_room
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.store import UnitOfWork
from visavis.application.removal import found
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind, EventMark, Undo
from visavis.domain.decision import Calibration, Outcome
from visavis.domain.errors import (
    CorrectionConflict,
    GalleryFull,
    GalleryNotFound,
    QualityTooLow,
    SubjectNotFound,
    ValueInvalid,
    WrongSubject,
)
from visavis.domain.event import Event, EventId
from visavis.domain.gallery import Gallery
from visavis.domain.subject import ReferenceDetails, ReferenceId, Subject, SubjectId, checked_name
from visavis.domain.template import require_same_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who it is: a subject by name or identifier, or with `create` a new one of this name.

    `enrol` makes what was seen a further reference; `force` does so although it does not look like the others.
    """

    subject: str | SubjectId
    create: bool = False
    enrol: bool = False
    force: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignSubject:
    keeping: Keeping
    maker: ReferenceMaker
    calibration: Callable[[Gallery], Calibration]

    async def __call__(self, event_id: EventId, wanted: Assignment) -> Correction:
        """Raises `EventNotFound`, `SubjectNotFound`, `CorrectionConflict`; with `enrol` also `WrongSubject`,
        `ConsentMissing`, `QualityTooLow`, `GalleryFull`, `ValueInvalid` where the template is not kept any more."""
        async with self.keeping.store.transaction(self.keeping.tenant) as work:
            await work.corrections.claim()
            event = await work.events.get(event_id)
            await require_alone(work, event)
            subject, made = await self._subject(work, event, wanted)
            correction = await self.within(work, event, subject, wanted, made=made)
            await self.keeping.ledger.note(
                work,
                Action.EVENT_ASSIGNED,
                f"event:{event_id}",
                correction=str(correction.id),
                subject=str(subject.id),
                subject_before=str(event.subject_id) if event.subject_id else None,
                references=len(correction.undo.references),
                made=made,
            )
        return correction

    async def within(
        self, work: UnitOfWork, event: Event, subject: Subject, wanted: Assignment, *, made: bool = False
    ) -> Correction:
        """In a transaction of the caller, who has claimed corrections, and audits it."""
        await _require_undenied(work, event, subject.id)
        gallery = await gallery_of(work, event)
        references: tuple[ReferenceId, ...] = ()
        if wanted.enrol:
            references = (await self._enrol(work, gallery, event, subject, force=wanted.force),)
        draft = self.keeping.draft(
            CorrectionKind.ASSIGN, subject.id, [gallery] if gallery else [], note=wanted.note
        )
        before = event.subject_id if event.subject_id != subject.id else None
        denials = []
        if before is not None:
            wrong = await work.subjects.get(before)
            denials = await self.keeping.denials(work, draft, [event], wrong, shows=subject.id)
        await work.events.review(event.id, Outcome.MATCH, subject.id)
        undo = Undo(
            before=EventMark(event_id=event.id, verdict=event.verdict, subject_id=event.subject_id),
            after=EventMark(event_id=event.id, verdict=Outcome.MATCH, subject_id=subject.id),
            made=subject.id if made else None,
            references=references,
        )
        ready = replace(draft, event_id=event.id, other_id=before, undo=undo)
        return await self.keeping.keep(work, ready, denials)

    async def _subject(self, work: UnitOfWork, event: Event, wanted: Assignment) -> tuple[Subject, bool]:
        """And whether it is new."""
        try:
            return await found(work, wanted.subject), False
        except SubjectNotFound:
            if not wanted.create or not isinstance(wanted.subject, str):
                raise
        subject = Subject(
            id=SubjectId(self.keeping.identifiers.new()),
            name=checked_name(wanted.subject, what="subject name"),
            created_at=self.keeping.clock.now(),
        )
        await work.subjects.add(subject)
        if gallery := await gallery_of(work, event):
            await work.subjects.join(gallery.id, subject.id)
        await self.keeping.ledger.note(
            work, Action.SUBJECT_CREATED, f"subject:{subject.id}", kind=subject.kind.value
        )
        return subject, True

    async def _enrol(
        self, work: UnitOfWork, gallery: Gallery | None, event: Event, subject: Subject, *, force: bool
    ) -> ReferenceId:
        probe = await work.probes.of(event.id)
        if gallery is None:
            raise GalleryNotFound
        if probe is None:
            raise ValueInvalid(
                "What this event looked like is not kept any more, so it cannot become a reference.",
                hint="Assign it without enrolling, or keep probes for longer (probe_days of the policy).",
            )
        require_same_model(probe.model, gallery.model)
        if probe.quality is not None and probe.quality < gallery.policy.enrol_quality:
            raise QualityTooLow(
                f"The quality of the face is {probe.quality:.0f}; this gallery asks for "
                f"{gallery.policy.enrol_quality:.0f}.",
                reasons=("low_quality",),
            )
        kept = (await work.references.of_subjects(gallery.id, [subject.id])).get(subject.id, [])
        templates = [one.template for one in kept]
        if not force and not all(belongs([probe], templates, self.calibration(gallery))):
            raise WrongSubject("What was seen does not look like the photos of this subject.")
        await require_room(work, gallery, 1)
        if len(kept) >= gallery.policy.max_references:
            raise GalleryFull("The subject has as many references as the policy allows.")
        details = ReferenceDetails(external_id=f"event:{event.id}")
        reference = self.maker.reference(gallery, subject.id, probe, photo=b"", details=details)
        await work.references.add([reference])
        await require_consent(work, gallery, subject.id, self.keeping.clock.now(), hold=True)
        await note_enrolled(
            self.keeping.ledger, work, gallery, subject.id, 1, forced=force, event=str(event.id)
        )
        return reference.id


async def _require_undenied(work: UnitOfWork, event: Event, subject_id: SubjectId) -> None:
    """Nobody is both: what was denied has to be taken back first. Raises `CorrectionConflict`."""
    for one in await work.corrections.page(CorrectionFilter(event_id=event.id, undone=False)):
        denied = one.subject_id if one.kind is CorrectionKind.DENY else one.other_id
        if denied == subject_id:
            raise CorrectionConflict(
                "It was said before that this event does not show this subject.",
                hint=f"Take that back first: visavis corrections undo {one.id}",
            )

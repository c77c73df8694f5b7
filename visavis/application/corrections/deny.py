"""Not this person: the event loses its subject, and later decisions know the look."""

from dataclasses import dataclass, replace

from visavis.application.corrections.keeping import Keeping, gallery_of, require_alone
from visavis.application.ports.store import UnitOfWork
from visavis.application.removal import found
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind, EventMark, Undo
from visavis.domain.decision import Outcome
from visavis.domain.errors import CorrectionConflict
from visavis.domain.event import Event, EventId
from visavis.domain.subject import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class DenySubject:
    """Where the event's template is not kept any more, only the event is put right."""

    keeping: Keeping

    async def __call__(
        self, event_id: EventId, *, subject: str | SubjectId | None = None, note: str = ""
    ) -> Correction:
        """`subject` for an event that names nobody, as one that was left open. Raises `EventNotFound`,
        `SubjectNotFound`, `CorrectionConflict` if there is nobody to be denied."""
        async with self.keeping.store.transaction(self.keeping.tenant) as work:
            await work.corrections.claim()
            event = await work.events.get(event_id)
            await require_alone(work, event)
            denied = subject if subject is not None else event.subject_id
            if denied is None:
                raise CorrectionConflict(
                    "This event names nobody who could be denied.",
                    hint="Say who it is not: name the subject.",
                )
            correction = await self.within(work, event, denied, note=note)
            await self.keeping.ledger.note(
                work,
                Action.EVENT_DENIED,
                f"event:{event_id}",
                correction=str(correction.id),
                subject=str(correction.subject_id),
                remembered=correction.remembered,
            )
        return correction

    async def within(
        self, work: UnitOfWork, event: Event, denied: str | SubjectId, *, note: str = ""
    ) -> Correction:
        """In a transaction of the caller, who has claimed corrections, and audits it."""
        subject = await found(work, denied)
        gallery = await gallery_of(work, event)
        draft = self.keeping.draft(CorrectionKind.DENY, subject.id, [gallery] if gallery else [], note=note)
        denials = await self.keeping.denials(work, draft, [event], subject)
        await work.events.review(event.id, Outcome.NON_MATCH, None)
        undo = Undo(
            before=EventMark(event_id=event.id, verdict=event.verdict, subject_id=event.subject_id),
            after=EventMark(event_id=event.id, verdict=Outcome.NON_MATCH, subject_id=None),
        )
        return await self.keeping.keep(work, replace(draft, event_id=event.id, undo=undo), denials)

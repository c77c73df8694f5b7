"""The detection log: look into it, export it, remember what people decided."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from visavis.application.corrections.deny import DenySubject
from visavis.application.ledger import Ledger
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.correction import Correction, CorrectionKind
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId
from visavis.domain.event_summary import EventSummary, Step
from visavis.domain.subject import SubjectId, TenantId

_BATCH = 1000
MOST_STEPS = 2000  #: hours or days of one summary


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEvent:
    """An event, and what its subject is called now; `picture`: whether one is kept, where that was asked for."""

    event: Event
    subject: str | None
    picture: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionLog:
    """The log of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    deny: DenySubject | None = None  #: without it, reviews teach nothing

    async def get(self, event_id: EventId) -> NamedEvent:
        """Raises `EventNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            event = await work.events.get(event_id)
            names = await work.subjects.names([event.subject_id] if event.subject_id else [])
            kept = await work.pictures.kept([event_id])
        return NamedEvent(
            event=event,
            subject=names.get(event.subject_id) if event.subject_id else None,
            picture=bool(kept),
        )

    async def page(
        self,
        wanted: EventFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[NamedEvent]:
        """The latest first, or from `after` on in order. Who asks for a subject that was merged gets the events of whom
        it became."""
        async with self.store.transaction(self.tenant) as work:
            wanted = await _living(work, wanted)
            found = await work.events.page(wanted, before=before, after=after, limit=limit)
            ids = list({event.subject_id for event in found if event.subject_id is not None})
            names = await work.subjects.names(ids) if ids else {}
        return _named(found, names)

    async def summary(self, wanted: EventFilter, step: Step | None = None) -> EventSummary:
        """How many lines fit, by what they have in common. Raises `ValueInvalid` for more than `MOST_STEPS` hours or
        days."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.events.summary(await _living(work, wanted), step)
        if len(found.steps) > MOST_STEPS:
            raise ValueInvalid(
                f"That would be {len(found.steps)} stretches of time, more than {MOST_STEPS}.",
                hint="Ask for a shorter time, or by day.",
            )
        return found

    async def latest(self) -> int:
        """The sequence of the last event, 0 if there is none: whoever follows the log from now on begins behind it."""
        async with self.store.transaction(self.tenant) as work:
            last = await work.events.page(EventFilter(), limit=1)
        return last[0].sequence if last else 0

    async def export(self, wanted: EventFilter) -> AsyncIterator[list[NamedEvent]]:
        """All of them in order, in batches; the export is audited when it is complete."""
        after, count = 0, 0
        while page := await self.page(wanted, after=after, limit=_BATCH):
            yield page
            after, count = page[-1].event.sequence, count + len(page)
        async with self.store.transaction(self.tenant) as work:
            await self.ledger.note(work, Action.EVENTS_EXPORTED, "", events=count, up_to=after)

    async def review(self, event_id: EventId, verdict: Outcome, subject_id: SubjectId | None) -> NamedEvent:
        """Remembers the verdict of a person: one that takes the subject out denies it, as `DenySubject` does, and one
        that names somebody takes back that this was denied. Raises `EventNotFound`, `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.corrections.claim()
            return await self.within(work, event_id, verdict, subject_id)

    async def within(
        self,
        work: UnitOfWork,
        event_id: EventId,
        verdict: Outcome,
        subject_id: SubjectId | None,
        *,
        teaches: bool = True,
    ) -> NamedEvent:
        """As `review`, in a transaction of the caller, who has claimed corrections. Without `teaches` later decisions
        do not know of it."""
        subject = await work.subjects.get(subject_id) if subject_id is not None else None
        before = await work.events.get(event_id)
        correction = await self._corrected(work, before, verdict, subject_id) if teaches else None
        event = await work.events.review(event_id, verdict, subject_id)
        await self.ledger.note(
            work,
            Action.EVENT_REVIEWED,
            f"event:{event_id}",
            verdict=verdict.value,
            outcome=before.outcome.value if before.outcome else None,
            subject=str(subject_id) if subject_id else None,
            subject_before=str(before.subject_id) if before.subject_id else None,
            correction=str(correction.id) if correction else None,
        )
        return NamedEvent(event=event, subject=subject.name if subject else None)

    async def _corrected(
        self, work: UnitOfWork, event: Event, verdict: Outcome, subject_id: SubjectId | None
    ) -> Correction | None:
        if self.deny is None:
            return None
        if verdict is Outcome.NON_MATCH and subject_id is None and event.subject_id is not None:
            return await self.deny.within(work, event, event.subject_id)
        if verdict is Outcome.MATCH and subject_id is not None:
            wanted = CorrectionFilter(event_id=event.id, kind=CorrectionKind.DENY, undone=False)
            for one in await work.corrections.page(wanted):
                if one.subject_id == subject_id:
                    now, by = self.ledger.clock.now(), str(self.ledger.actor)
                    await work.corrections.close(one.id, now, by)
        return None


async def _living(work: UnitOfWork, wanted: EventFilter) -> EventFilter:
    """The filter with the identifier that its subject has since a merge."""
    if wanted.subject_id is None:
        return wanted
    became = await work.lineage.leads_to(wanted.subject_id)
    return wanted if became is None else replace(wanted, subject_id=became)


def _named(events: Sequence[Event], names: dict[SubjectId, str]) -> list[NamedEvent]:
    return [
        NamedEvent(event=event, subject=names.get(event.subject_id) if event.subject_id else None)
        for event in events
    ]

"""What waits for people, and what they decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from visavis.application.detection_log import NamedEvent
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.reviews import ReviewCounts, ReviewFilter, ReviewPlace
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.errors import ReviewConflict
from visavis.domain.event import EventId
from visavis.domain.review import CLAIM, ReviewCase
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCase:
    """A case with its event, what its candidate is called now, and whether a picture of it is kept."""

    case: ReviewCase
    event: NamedEvent
    candidate: str | None
    picture: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """For one caller."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def page(
        self,
        wanted: ReviewFilter,
        *,
        after: ReviewPlace | None = None,
        latest: bool = False,
        limit: int = 100,
    ) -> list[NamedCase]:
        """The oldest first, or the latest."""
        async with self.store.transaction(self.tenant) as work:
            wanted = replace(wanted, now=self.clock.now())
            found = await work.reviews.page(wanted, after=after, latest=latest, limit=limit)
            cases = [await work.reviews.get(one.event_id) for one in found]
            return await named(work, cases)

    async def get(self, event_id: EventId) -> NamedCase:
        """Raises `ReviewNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            (found,) = await named(work, [await work.reviews.get(event_id)])
        return found

    async def counts(self, wanted: ReviewFilter) -> ReviewCounts:
        async with self.store.transaction(self.tenant) as work:
            return await work.reviews.counts(replace(wanted, now=self.clock.now()))

    async def claim(self, event_id: EventId) -> NamedCase:
        """For some minutes others are not shown it. Raises `ReviewNotFound`, and `ReviewConflict` if somebody else
        has it in front of her."""
        me, now = str(self.ledger.actor), self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            case = await work.reviews.get(event_id, lock=True)
            if case.claimed_from(me, now):
                raise ReviewConflict(
                    "Somebody else has this case in front of her.",
                    hint="Take another one; this one is free again in a few minutes at the latest.",
                )
            await work.reviews.claim(event_id, me, now + CLAIM)
            (found,) = await named(work, [await work.reviews.get(event_id)])
        return found

    async def let_go(self, event_id: EventId) -> None:
        """Ends one's own claim. Raises `ReviewNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            case = await work.reviews.get(event_id, lock=True)
            if case.claimed_by == str(self.ledger.actor):
                await work.reviews.claim(event_id, "", None)


async def named(work: UnitOfWork, cases: Sequence[ReviewCase]) -> list[NamedCase]:
    """With names as they are now."""
    events = [await work.events.get(case.event_id) for case in cases]
    ids = {event.subject_id for event in events} | {case.candidate for case in cases}
    names = await work.subjects.names([one for one in ids if one is not None])
    kept = await work.pictures.kept([event.id for event in events])
    return [
        NamedCase(
            case=case,
            event=NamedEvent(event=event, subject=names.get(event.subject_id) if event.subject_id else None),
            candidate=names.get(case.candidate) if case.candidate else None,
            picture=event.id in kept,
        )
        for case, event in zip(cases, events, strict=True)
    ]

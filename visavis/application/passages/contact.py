"""What the contact of a door says: opened, closed, opened by nobody who may, open for too long."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from visavis.application.passages.journal import Journal
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.admission import AccessDecision, AccessId, AccessOutcome
from visavis.domain.door import Contact, Door
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorContact:
    """The contacts of one tenant's doors."""

    store: Store
    tenant: TenantId
    journal: Journal
    clock: Clock
    identifiers: Identifiers

    async def __call__(self, name: str, *, is_open: bool) -> tuple[Contact, list[AccessDecision]]:
        """The state from now on, and what is wrong about it: forced, if nobody was let in a moment ago; held open, if
        it is closed later than it should have been. The same state said again changes nothing. Raises `DoorNotFound`.
        """
        async with self.store.transaction(self.tenant) as work:
            door = await work.doors.by_name(name)
            await work.access_decisions.claim([door.gallery_id])
            before, now = await work.doors.contact(door.id), self.clock.now()
            if before is not None and before.open == is_open:
                return before, []
            after = Contact(open=is_open, since=now)
            await work.doors.set_contact(door.id, after)
            wrong = [outcome for outcome in [await self._wrong(work, door, before, now)] if outcome]
            kept = [await self._kept(work, door, outcome, now) for outcome in wrong]
            told = [one for one in kept if one is not None]
            await self.journal.tell(work, told)
        return after, told

    async def overdue(self) -> int:
        """Tells of doors that stand open for too long, of each once; how many."""
        async with self.store.transaction(self.tenant) as work:
            now = self.clock.now()
            if not await work.doors.standing_open(now):
                return 0
            await work.access_decisions.claim()
            found = await work.doors.standing_open(now)  # as it is after waiting for others
            await work.access_decisions.claim(sorted({door.gallery_id for door, _ in found}))
            kept = []
            for door, contact in found:
                await work.doors.set_contact(door.id, replace(contact, told=True))
                kept.append(await self._kept(work, door, AccessOutcome.HELD_OPEN, now))
            told = [one for one in kept if one is not None]
            await self.journal.tell(work, told)
        return len(told)

    async def _wrong(
        self, work: UnitOfWork, door: Door, before: Contact | None, now: datetime
    ) -> AccessOutcome | None:
        if before is not None and before.open:
            late = not before.told and before.overdue_at(door) <= now
            return AccessOutcome.HELD_OPEN if late else None
        granted_at = await work.access_decisions.granted_at(door.id)
        if before is None and granted_at is None:
            return None  # the first word of a new door
        allowed = granted_at is not None and now - granted_at <= timedelta(seconds=door.unlock_s)
        return None if allowed else AccessOutcome.FORCED

    async def _kept(
        self, work: UnitOfWork, door: Door, outcome: AccessOutcome, now: datetime
    ) -> AccessDecision | None:
        return await work.access_decisions.keep(
            AccessDecision(
                id=AccessId(self.identifiers.new()),
                door_id=door.id,
                door=door.name,
                gallery_id=door.gallery_id,
                gallery=door.gallery,
                area=door.leads_into,
                outcome=outcome,
                at=now,
                decided_at=now,
                source=door.name,
            )
        )

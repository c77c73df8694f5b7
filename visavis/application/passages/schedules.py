"""Schedules: make, change, look at, remove."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Identifiers
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.errors import ScheduleNotFound, StillUsed
from visavis.domain.schedule import Schedule, ScheduleId, Span, SpecialDay
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedules:
    """The schedules of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    identifiers: Identifiers

    async def all(self) -> list[Schedule]:
        """By name."""
        async with self.store.transaction(self.tenant) as work:
            return await work.schedules.all()

    async def get(self, name: str) -> Schedule:
        """Raises `ScheduleNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.schedules.by_name(name)

    async def put(
        self,
        name: str,
        *,
        zone: str,
        weekly: tuple[tuple[Span, ...], ...],
        special: tuple[SpecialDay, ...] = (),
    ) -> Schedule:
        """A new one, or the one of this name changed. Raises `ValueInvalid`."""
        async with self.store.transaction(self.tenant) as work:
            try:
                known = (await work.schedules.by_name(name)).id
            except ScheduleNotFound:
                known = ScheduleId(self.identifiers.new())
            schedule = Schedule(id=known, name=name, zone=zone, weekly=weekly, special=special)
            await work.schedules.put(schedule)
            await self.ledger.note(work, Action.SCHEDULE_CHANGED, f"schedule:{known}", zone=zone)
        return schedule

    async def remove(self, name: str) -> None:
        """Raises `ScheduleNotFound`, or `StillUsed` while a door or an attendance plan has it."""
        async with self.store.transaction(self.tenant) as work:
            schedule = await work.schedules.by_name(name)
            users = await work.schedules.users(schedule.id)
            if users:
                raise StillUsed(
                    f"The schedule {name} is still used.",
                    hint=f"Give these another one first: {', '.join(users[:10])}.",
                )
            await work.schedules.remove(schedule.id)
            await self.ledger.note(work, Action.SCHEDULE_REMOVED, f"schedule:{schedule.id}")

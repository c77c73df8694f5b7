"""Schedules and doors in memory."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.door import Contact, Door, DoorId
from visavis.domain.errors import AlreadyExists, DoorNotFound, ScheduleNotFound
from visavis.domain.schedule import Schedule, ScheduleId


class MemorySchedules:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, schedule: Schedule) -> None:
        kept = (await self._work.write()).passages.schedules
        if any(one.name == schedule.name and one.id != schedule.id for one in kept.values()):
            raise AlreadyExists(f"There is a schedule {schedule.name} already.")
        kept[schedule.id] = schedule

    async def by_name(self, name: str) -> Schedule:
        found = next((one for one in await self.all() if one.name == name), None)
        if found is None:
            raise ScheduleNotFound
        return found

    async def of(self, ids: Sequence[ScheduleId]) -> dict[ScheduleId, Schedule]:
        kept = self._work.read().passages.schedules
        return {key: kept[key] for key in ids if key in kept}

    async def all(self) -> list[Schedule]:
        return sorted(self._work.read().passages.schedules.values(), key=lambda one: one.name)

    async def users(self, schedule_id: ScheduleId) -> list[str]:
        tables = self._work.read()
        doors = [one.name for one in _living(self._work) if schedule_id in one.schedules]
        plans = [
            tables.galleries[plan.gallery_id].name
            for plan in tables.passages.plans.values()
            if plan.schedule == schedule_id and plan.gallery_id in tables.galleries
        ]
        return [*sorted(doors), *sorted(plans)]

    async def remove(self, schedule_id: ScheduleId) -> None:
        kept = (await self._work.write()).passages.schedules
        if kept.pop(schedule_id, None) is None:
            raise ScheduleNotFound


class MemoryDoors:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, door: Door) -> None:
        """Raises `SubjectNotFound`, too."""
        tables = await self._work.write()
        tables.gallery(door.gallery_id)
        for rule in door.rules:
            for subject_id in rule.subjects or ():
                tables.subject(subject_id)
        if any(one.name == door.name and one.id != door.id for one in _living(self._work)):
            raise AlreadyExists(f"There is a door {door.name} already.")
        tables.passages.doors[door.id] = door

    async def by_name(self, name: str) -> Door:
        found = next((one for one in _living(self._work) if one.name == name), None)
        if found is None:
            raise DoorNotFound
        return found

    async def all(self, galleries: frozenset[str] | None = None) -> list[Door]:
        found = [one for one in _living(self._work) if galleries is None or one.gallery in galleries]
        return sorted(found, key=lambda one: one.name)

    async def at(self, cameras: Sequence[str]) -> list[Door]:
        wanted = set(cameras)
        return [one for one in await self.all() if wanted & {camera.name for camera in one.cameras}]

    async def remove(self, door_id: DoorId) -> None:
        tables = (await self._work.write()).passages
        if tables.doors.pop(door_id, None) is None:
            raise DoorNotFound
        tables.contacts.pop(door_id, None)
        tables.decisions = {key: one for key, one in tables.decisions.items() if one.door_id != door_id}

    async def contact(self, door_id: DoorId) -> Contact | None:
        return (await self._work.write()).passages.contacts.get(door_id)

    async def contacts(self, ids: Sequence[DoorId]) -> dict[DoorId, Contact]:
        kept = self._work.read().passages.contacts
        return {key: kept[key] for key in ids if key in kept}

    async def set_contact(self, door_id: DoorId, contact: Contact) -> None:
        tables = (await self._work.write()).passages
        if door_id in tables.doors:
            tables.contacts[door_id] = contact

    async def standing_open(self, now: datetime) -> list[tuple[Door, Contact]]:
        contacts = self._work.read().passages.contacts
        found = [(door, contacts[door.id]) for door in await self.all() if door.id in contacts]
        return [
            (door, contact)
            for door, contact in found
            if contact.open and not contact.told and contact.overdue_at(door) <= now
        ]


def _living(work: Work) -> list[Door]:
    """Those whose gallery is still there."""
    tables = work.read()
    return [one for one in tables.passages.doors.values() if one.gallery_id in tables.galleries]

"""Schedules and doors of one tenant, as a unit of work sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from visavis.domain.door import Contact, Door, DoorId
from visavis.domain.schedule import Schedule, ScheduleId


class Schedules(Protocol):
    async def put(self, schedule: Schedule) -> None:
        """A new one, or the one of this identifier changed. Raises `AlreadyExists` if another has this name."""
        ...

    async def by_name(self, name: str) -> Schedule:
        """Raises `ScheduleNotFound`."""
        ...

    async def of(self, ids: Sequence[ScheduleId]) -> dict[ScheduleId, Schedule]:
        """Those of them that exist."""
        ...

    async def all(self) -> list[Schedule]:
        """By name."""
        ...

    async def users(self, schedule_id: ScheduleId) -> list[str]:
        """Doors and plans that use it: names of doors, then of galleries."""
        ...

    async def remove(self, schedule_id: ScheduleId) -> None:
        """Raises `ScheduleNotFound`."""
        ...


class Doors(Protocol):
    """Doors go with their gallery, and their decisions with them."""

    async def put(self, door: Door) -> None:
        """A new one, or the one of this identifier changed; its contact stays as it is.

        Raises `AlreadyExists` if another has this name, `GalleryNotFound`.
        """
        ...

    async def by_name(self, name: str) -> Door:
        """Raises `DoorNotFound`."""
        ...

    async def all(self, galleries: frozenset[str] | None = None) -> list[Door]:
        """By name; of these galleries only, or all."""
        ...

    async def at(self, cameras: Sequence[str]) -> list[Door]:
        """Doors that have one of these cameras."""
        ...

    async def remove(self, door_id: DoorId) -> None:
        """Raises `DoorNotFound`."""
        ...

    async def contact(self, door_id: DoorId) -> Contact | None:
        """`None` if nothing was ever said of it. No other transaction changes it until this one ends."""
        ...

    async def contacts(self, ids: Sequence[DoorId]) -> dict[DoorId, Contact]:
        """What was said last of these doors, as far as anything was."""
        ...

    async def set_contact(self, door_id: DoorId, contact: Contact) -> None:
        """Does nothing if the door is gone."""
        ...

    async def standing_open(self, now: datetime) -> list[tuple[Door, Contact]]:
        """Doors that are open for too long, of which this was not told yet."""
        ...

"""Doors that a caller may know of."""

from visavis.application.passages.doors import DoorView
from visavis.bootstrap.platform import Platform
from visavis.domain.errors import DoorNotFound


async def visible_door(platform: Platform, name: str) -> DoorView:
    """Raises `DoorNotFound`, also for doors of galleries that the caller may not use."""
    found = await platform.doors.get(name)
    if not platform.principal.reaches(found.door.gallery):
        raise DoorNotFound
    return found

"""Doors made of documents, and documents of doors."""

from visavis.application.passages.doors import DoorPlan, DoorView
from visavis.bootstrap.platform import Platform
from visavis.domain.door import AccessRule, Passback
from visavis.domain.errors import DoorNotFound, ScheduleNotFound
from visavis.domain.schedule import Schedule
from visavis.wire.v1.doors import DoorNote, DoorWrite, RuleNote, subjects_of


async def put_door(platform: Platform, name: str, body: DoorWrite) -> DoorNote:
    """Makes the door, or changes it wholly. Raises `NotPermitted` for one of a gallery that the caller may not use,
    `GalleryNotFound`, `ScheduleNotFound`, `SubjectNotFound`, `ValueInvalid`."""
    gallery = await platform.gallery(body.gallery)
    await _require_mine(platform, name)
    schedules = {one.name: one for one in await platform.schedules.all()}
    missing = body.schedule_names - schedules.keys()
    if missing:
        raise ScheduleNotFound(f"There is no schedule {min(missing)}.")
    plan = DoorPlan(
        cameras=tuple(one.camera for one in body.cameras),
        rules=tuple(_rule(one, schedules) for one in body.rules),
        area=body.area,
        passback=Passback(mode=body.passback.mode, reset_s=body.passback.reset_s),
        live=body.live,
        repeat_s=body.repeat_s,
        late_s=body.late_s,
        unlock_s=body.unlock_s,
        hold_open_s=body.hold_open_s,
    )
    await platform.doors.put(name, gallery, plan)
    return door_note(platform, await platform.doors.get(name))


def door_note(platform: Platform, view: DoorView) -> DoorNote:
    return DoorNote.of(view.door, view.schedules, view.contact, detector=platform.attack is not None)


def _rule(note: RuleNote, schedules: dict[str, Schedule]) -> AccessRule:
    return AccessRule(
        name=note.name,
        subjects=subjects_of(note),
        schedule=schedules[note.schedule].id if note.schedule is not None else None,
        valid_from=note.valid_from,
        valid_until=note.valid_until,
    )


async def _require_mine(platform: Platform, name: str) -> None:
    """A door that exists already is one of the caller's galleries."""
    try:
        found = await platform.doors.get(name)
    except DoorNotFound:
        return
    platform.principal.require_gallery(found.door.gallery)

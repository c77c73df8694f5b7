"""Doors: who may pass, and what their contacts say."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from visavis.api.documented import failures
from visavis.api.doors import visible_door
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.application.passages.doors import DoorPlan, DoorView
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.door import AccessRule, Passback
from visavis.domain.errors import DoorNotFound, GalleryNotFound, ScheduleNotFound, SubjectNotFound
from visavis.wire.v1.doors import (
    AccessNote,
    ContactNote,
    DoorList,
    DoorName,
    DoorNote,
    DoorState,
    DoorStateWrite,
    DoorWrite,
    RuleNote,
    subjects_of,
)

router = APIRouter(prefix="/v1/doors", tags=["doors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.PASSAGES_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.PASSAGES_MANAGE))]
Door = Annotated[DoorName, Path(description="Name of the door.")]


@router.get("", summary="Doors", responses=failures())
async def list_doors(platform: Reading) -> DoorList:
    """By name, with what their contacts said last."""
    views = await platform.doors.all(platform.principal.galleries)
    return DoorList(doors=tuple(_note(platform, one) for one in views))


@router.get("/{door}", summary="One door", responses=failures(DoorNotFound))
async def get_door(platform: Reading, door: Door) -> DoorNote:
    """With its rules."""
    return _note(platform, await visible_door(platform, door))


@router.put(
    "/{door}",
    summary="Make or change a door",
    responses=failures(GalleryNotFound, ScheduleNotFound, SubjectNotFound),
)
async def put_door(platform: Managing, door: Door, body: DoorWrite) -> DoorNote:
    """From the next event at its cameras on it decides like this. It is audited."""
    gallery = await platform.gallery(body.gallery)
    await _require_mine(platform, door)
    schedules = {one.name: one for one in await platform.schedules.all()}
    missing = body.schedule_names - schedules.keys()
    if missing:
        raise ScheduleNotFound(f"There is no schedule {min(missing)}.")

    def rule(note: RuleNote) -> AccessRule:
        return AccessRule(
            name=note.name,
            subjects=subjects_of(note),
            schedule=schedules[note.schedule].id if note.schedule is not None else None,
            valid_from=note.valid_from,
            valid_until=note.valid_until,
        )

    plan = DoorPlan(
        cameras=tuple(one.camera for one in body.cameras),
        rules=tuple(rule(one) for one in body.rules),
        area=body.area,
        passback=Passback(mode=body.passback.mode, reset_s=body.passback.reset_s),
        live=body.live,
        repeat_s=body.repeat_s,
        late_s=body.late_s,
        unlock_s=body.unlock_s,
        hold_open_s=body.hold_open_s,
    )
    await platform.doors.put(door, gallery, plan)
    return _note(platform, await platform.doors.get(door))


@router.delete(
    "/{door}",
    summary="Remove a door",
    status_code=204,
    response_class=Response,
    responses=failures(DoorNotFound),
)
async def remove_door(platform: Managing, door: Door) -> None:
    """With its decisions; what the detection log and the audit log say of them stays."""
    await platform.doors.remove((await visible_door(platform, door)).door.id)


@router.post("/{door}/state", summary="Tell what the contact says", responses=failures(DoorNotFound))
async def tell_door_state(
    platform: Annotated[Platform, Depends(allowed(Permission.TRACKS_REPORT))],
    door: Door,
    body: DoorStateWrite,
) -> DoorState:
    """For the controller of the door. Opened without a grant it is `forced`, open for too long `held_open`."""
    await visible_door(platform, door)
    contact, wrong = await platform.door_contact(door, is_open=body.state == "open")
    return DoorState(
        contact=ContactNote.of(contact), decisions=tuple(AccessNote.of(one, None) for one in wrong)
    )


async def _require_mine(platform: Platform, name: str) -> None:
    """A door that exists already is one of the caller's galleries. Raises `NotPermitted`."""
    try:
        found = await platform.doors.get(name)
    except DoorNotFound:
        return
    platform.principal.require_gallery(found.door.gallery)


def _note(platform: Platform, view: DoorView) -> DoorNote:
    return DoorNote.of(view.door, view.schedules, view.contact, detector=platform.attack is not None)

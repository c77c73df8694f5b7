"""Doors: who may pass, and what their contacts say."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from visavis.api.documented import failures
from visavis.api.doors import visible_door
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.bootstrap.doors import door_note, put_door
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import DoorNotFound, GalleryNotFound, ScheduleNotFound, SubjectNotFound
from visavis.wire.access import AccessNote
from visavis.wire.v1.doors import (
    ContactNote,
    DoorList,
    DoorName,
    DoorNote,
    DoorState,
    DoorStateWrite,
    DoorWrite,
)

router = APIRouter(prefix="/v1/doors", tags=["doors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.PASSAGES_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.PASSAGES_MANAGE))]
Door = Annotated[DoorName, Path(description="Name of the door.")]


@router.get("", summary="Doors", responses=failures())
async def list_doors(platform: Reading) -> DoorList:
    """By name, with what their contacts said last."""
    views = await platform.doors.all(platform.principal.galleries)
    return DoorList(doors=tuple(door_note(platform, one) for one in views))


@router.get("/{door}", summary="One door", responses=failures(DoorNotFound))
async def get_door(platform: Reading, door: Door) -> DoorNote:
    """With its rules."""
    return door_note(platform, await visible_door(platform, door))


@router.put(
    "/{door}",
    summary="Make or change a door",
    responses=failures(GalleryNotFound, ScheduleNotFound, SubjectNotFound),
)
async def set_door(platform: Managing, door: Door, body: DoorWrite) -> DoorNote:
    """From the next event at its cameras on it decides like this. It is audited."""
    return await put_door(platform, door, body)


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

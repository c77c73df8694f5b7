"""Schedules: when something is open."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import ScheduleNotFound, StillUsed
from visavis.wire.v1.schedules import ScheduleList, ScheduleNote, ScheduleWrite
from visavis.wire.v1.values import Name

router = APIRouter(prefix="/v1/schedules", tags=["doors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.PASSAGES_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.PASSAGES_MANAGE))]
ScheduleName = Annotated[Name, Path(description="Name of the schedule.", examples=["office hours"])]


@router.get("", summary="Schedules", responses=failures())
async def list_schedules(platform: Reading) -> ScheduleList:
    """With what they are now: open or not, and when that changes."""
    now = datetime.now(UTC)
    return ScheduleList(schedules=tuple(ScheduleNote.of(one, now) for one in await platform.schedules.all()))


@router.get("/{schedule}", summary="One schedule", responses=failures(ScheduleNotFound))
async def get_schedule(platform: Reading, schedule: ScheduleName) -> ScheduleNote:
    """With what it is now."""
    return ScheduleNote.of(await platform.schedules.get(schedule), datetime.now(UTC))


@router.put("/{schedule}", summary="Make or change a schedule", responses=failures())
async def put_schedule(platform: Managing, schedule: ScheduleName, body: ScheduleWrite) -> ScheduleNote:
    """Schedules belong to no gallery, so callers that are limited to some cannot change them. It is audited."""
    platform.principal.require_everywhere()
    kept = await platform.schedules.put(schedule, zone=body.zone, weekly=body.weekly, special=body.specials)
    return ScheduleNote.of(kept, datetime.now(UTC))


@router.delete(
    "/{schedule}",
    summary="Remove a schedule",
    status_code=204,
    response_class=Response,
    responses=failures(ScheduleNotFound, StillUsed),
)
async def remove_schedule(platform: Managing, schedule: ScheduleName) -> None:
    """Not while a door or an attendance plan uses it."""
    platform.principal.require_everywhere()
    await platform.schedules.remove(schedule)

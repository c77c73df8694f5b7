"""Drift of what cameras send, and whose references should be taken anew."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.ports.monitors import MonitorFilter
from visavis.bootstrap.monitoring import ageing_note, monitor_detail
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.errors import GalleryNotFound, MonitorNotFound
from visavis.evaluation.ageing import LEAST_MATCHES, USUAL, AgeingLimits
from visavis.wire.monitors import MonitorEntry
from visavis.wire.v1.monitors import MonitorDetail, MonitorList, ReEnrolmentList
from visavis.wire.v1.values import Name, Text

router = APIRouter(prefix="/v1", tags=["monitors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.EVENTS_READ))]


@router.get("/monitors", summary="Monitors of drift", responses=failures(GalleryNotFound))
async def list_monitors(
    platform: Reading,
    gallery: Annotated[Name | None, Query(description="Of this gallery only.")] = None,
    source: Annotated[Text | None, Query(description="Camera, gate or application.")] = None,
    alarm: Annotated[bool | None, Query(description="With an alarm only, or without only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> MonitorList:
    """By gallery and source: what is usual there, and what the last captures were like."""
    place = await platform.gallery(gallery) if gallery is not None else None
    after = place_of(cursor)
    page = await platform.monitors.page(
        MonitorFilter(
            gallery_id=place.id if place else None,
            galleries=platform.principal.galleries,
            source=source,
            alarming=alarm,
        ),
        after=MonitorId(uuid_of(after)) if after else None,
        limit=limit + 1,
    )
    needed = platform.settings.drift.reference_captures
    return MonitorList(
        monitors=tuple(MonitorEntry.of(one, needed) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if len(page) > limit else None,
    )


@router.get("/monitors/{monitor_id}", summary="One monitor", responses=failures(MonitorNotFound))
async def get_monitor(platform: Reading, monitor_id: UUID) -> MonitorDetail:
    """With the histograms of the reference and of the last window."""
    found = await _visible(platform, monitor_id)
    return monitor_detail(found, platform.settings.drift.reference_captures)


@router.post(
    "/monitors/{monitor_id}/accept", summary="This is normal now", responses=failures(MonitorNotFound)
)
async def accept_drift(
    platform: Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))], monitor_id: UUID
) -> MonitorDetail:
    """What is captured from now on becomes the reference; alarms end. It is audited."""
    found = await _visible(platform, monitor_id)
    accepted = await platform.monitors.accept(found.id)
    return monitor_detail(accepted, platform.settings.drift.reference_captures)


@router.get(
    "/galleries/{gallery}/re-enrolment",
    summary="Whose references should be taken anew",
    responses=failures(GalleryNotFound),
)
async def list_re_enrolment(
    platform: Annotated[Platform, Depends(allowed(Permission.SUBJECTS_READ, Permission.EVENTS_READ))],
    gallery: GalleryName,
    days: Annotated[int, Query(ge=1, le=36_500, description="Older references are old.")] = USUAL.days,
    quality: Annotated[float, Query(ge=0, le=100, description="References below are poor.")] = USUAL.quality,
    matches: Annotated[
        int, Query(ge=LEAST_MATCHES, le=25, description="So many of the last matches are looked at together.")
    ] = USUAL.matches,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReEnrolmentList:
    """Subjects whose references are old or poor, or whose matches come close to the threshold or decline."""
    found = await platform.gallery(gallery)
    limits = AgeingLimits(days=days, quality=quality, matches=matches)
    page = await platform.re_enrolment(found, limits, after=place_of(cursor), limit=limit)
    return ReEnrolmentList(
        gallery=found.name,
        subjects=tuple(ageing_note(entry, limits) for entry in page.entries),
        next_cursor=cursor_of(page.next_after) if page.next_after is not None else None,
    )


async def _visible(platform: Platform, monitor_id: UUID) -> Monitor:
    """Raises `MonitorNotFound`, also for monitors of galleries that the caller may not use."""
    found = await platform.monitors.get(MonitorId(monitor_id))
    if not platform.principal.reaches(found.gallery):
        raise MonitorNotFound
    return found

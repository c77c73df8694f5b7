"""Attendance: plans, reports, corrections."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.passages.plans import CorrectionRequest
from visavis.bootstrap.attendance import attendance_note, plan_note, planned
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.attendance import CorrectionId, Period
from visavis.domain.errors import (
    CorrectionNotFound,
    EventNotFound,
    GalleryNotFound,
    PlanNotFound,
    ScheduleNotFound,
    SubjectNotFound,
)
from visavis.domain.event import EventId
from visavis.domain.subject import SubjectId
from visavis.wire.access import AttendanceCorrectionNote
from visavis.wire.v1.attendance import (
    AttendanceCorrectionList,
    AttendanceCorrectionWrite,
    AttendanceNote,
    PlanNote,
    PlanWrite,
    attendance_csv,
)
from visavis.wire.v1.values import Moment

router = APIRouter(
    prefix="/v1/galleries/{gallery}/attendance", tags=["attendance"], route_class=IdempotentRoute
)

Reading = Annotated[Platform, Depends(allowed(Permission.PASSAGES_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.PASSAGES_MANAGE))]
First = Annotated[date, Query(description="First day.", examples=["2026-11-16"])]
Last = Annotated[date, Query(description="Last day, included; at most 400 days.", examples=["2026-11-22"])]
Subject = Annotated[UUID | None, Query(description="Of this subject only.")]


@router.get("", summary="Attendance", responses=failures(GalleryNotFound, PlanNotFound))
async def get_attendance(
    platform: Reading, gallery: GalleryName, since: First, until: Last, subject_id: Subject = None
) -> AttendanceNote:
    """First in, last out, hours, breaks, and what does not add up, for each day of each member. It is audited."""
    return await _report(platform, gallery, since, until, subject_id)


@router.get(
    "/export",
    summary="Export attendance",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "subject,subject_id,day\r\nanna,6f1c…,2026-11-20\r\n",
                }
            }
        },
        **failures(GalleryNotFound, PlanNotFound),
    },
)
async def export_attendance(
    platform: Reading,
    gallery: GalleryName,
    since: First,
    until: Last,
    subject_id: Subject = None,
    format: Annotated[Literal["csv"], Query(description="Of the lines.")] = "csv",  # noqa: A002
) -> StreamingResponse:
    """A line for each day of each member, for spreadsheets. It is audited."""
    report = await _report(platform, gallery, since, until, subject_id)

    def lines() -> Iterator[str]:
        yield from attendance_csv(report)

    return StreamingResponse(
        lines(),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="attendance.{format}"'},
    )


@router.get("/plan", summary="How attendance is counted", responses=failures(GalleryNotFound, PlanNotFound))
async def get_attendance_plan(platform: Reading, gallery: GalleryName) -> PlanNote:
    """The gallery's plan."""
    found = await platform.gallery(gallery)
    return await plan_note(platform, found, await platform.attendances.plan(found))


@router.put("/plan", summary="Plan attendance", responses=failures(GalleryNotFound, ScheduleNotFound))
async def put_attendance_plan(platform: Managing, gallery: GalleryName, body: PlanWrite) -> PlanNote:
    """Reports are made anew each time, so it counts for the past, too. It is audited."""
    found = await platform.gallery(gallery)
    plan = await platform.attendances.set_plan(await planned(platform, found, body))
    return await plan_note(platform, found, plan)


@router.get("/corrections", summary="Corrections", responses=failures(GalleryNotFound))
async def list_attendance_corrections(
    platform: Reading,
    gallery: GalleryName,
    subject_id: Subject = None,
    since: Annotated[Moment | None, Query(description="About then or later.")] = None,
    until: Annotated[Moment | None, Query(description="About before.")] = None,
) -> AttendanceCorrectionList:
    """With those that were undone."""
    found = await platform.attendances.corrections(
        await platform.gallery(gallery),
        subject_id=SubjectId(subject_id) if subject_id else None,
        since=since,
        until=until,
    )
    return AttendanceCorrectionList(corrections=tuple(AttendanceCorrectionNote.of(one) for one in found))


@router.post(
    "/corrections",
    summary="Correct attendance",
    status_code=201,
    responses=failures(GalleryNotFound, SubjectNotFound, EventNotFound),
)
async def correct_attendance(
    platform: Managing, gallery: GalleryName, body: AttendanceCorrectionWrite
) -> AttendanceCorrectionNote:
    """What a person says stands beside what the cameras saw, with a reason, and in the audit log."""
    found = await platform.gallery(gallery)
    subject_id = SubjectId(body.subject_id)
    await platform.visible(subject_id)
    wanted = CorrectionRequest(
        subject_id=subject_id,
        kind=body.kind,
        reason=body.reason,
        at=body.at,
        event_id=EventId(body.event_id) if body.event_id else None,
    )
    return AttendanceCorrectionNote.of(await platform.attendances.correct(found, wanted))


@router.post(
    "/corrections/{correction_id}/undo",
    summary="Undo a correction",
    responses=failures(GalleryNotFound, CorrectionNotFound),
)
async def undo_attendance_correction(
    platform: Managing, gallery: GalleryName, correction_id: UUID
) -> AttendanceCorrectionNote:
    """It no longer counts, and stays to be seen. It is audited."""
    found = await platform.gallery(gallery)
    return AttendanceCorrectionNote.of(await platform.attendances.undo(found.id, CorrectionId(correction_id)))


async def _report(
    platform: Platform, gallery: str, since: date, until: date, subject_id: UUID | None
) -> AttendanceNote:
    found = await platform.gallery(gallery)
    report = await platform.report_attendance(
        found,
        Period(first=since, last=until),
        subject_id=SubjectId(subject_id) if subject_id else None,
    )
    return attendance_note(report)

"""Documents of attendance, made of what the use cases return, and plans made of documents."""

from visavis.application.passages.attendance import AttendanceReport
from visavis.bootstrap.platform import Platform
from visavis.domain.attendance import AttendancePlan
from visavis.domain.gallery import Gallery
from visavis.domain.schedule import zone_of
from visavis.wire.v1.attendance import (
    AttendanceNote,
    AttendeeNote,
    DayNote,
    PlanNote,
    PlanWrite,
    TotalNote,
)
from visavis.wire.v1.schedules import wall_time


async def planned(platform: Platform, gallery: Gallery, body: PlanWrite) -> AttendancePlan:
    """Raises `ScheduleNotFound`, `ValueInvalid`."""
    schedule = await platform.schedules.get(body.schedule) if body.schedule is not None else None
    return AttendancePlan(
        gallery_id=gallery.id,
        zone=body.zone,
        day_begins=wall_time(body.day_begins),
        schedule=schedule.id if schedule else None,
        cameras=tuple(one.camera for one in body.cameras),
        late_s=body.late_s,
        early_s=body.early_s,
        duplicate_s=body.duplicate_s,
        longest_s=body.longest_s,
        live=body.live,
    )


async def plan_note(platform: Platform, gallery: Gallery, plan: AttendancePlan) -> PlanNote:
    schedules = {one.id: one.name for one in await platform.schedules.all()}
    return PlanNote.told(plan, gallery.name, schedules.get(plan.schedule) if plan.schedule else None)


def attendance_note(report: AttendanceReport) -> AttendanceNote:
    zone = zone_of(report.plan.zone)
    return AttendanceNote(
        gallery=report.gallery.name,
        zone=report.plan.zone,
        since=report.period.first,
        until=report.period.last,
        made_at=report.made_at,
        people=tuple(
            AttendeeNote(
                subject=one.name,
                subject_id=str(one.subject_id),
                total=TotalNote.of(one.total),
                days=tuple(DayNote.of(day, zone) for day in one.days),
            )
            for one in report.people
        ),
    )

"""Who was there, from when until when: by day, week, month and person, with corrections and the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.asked import Text, day_of
from visavis.console.at_once import at_once
from visavis.console.attendance_days import (
    IRREGULAR,
    LEVELS,
    VIEWS,
    bands_of,
    hours_chart,
    presence_chart,
    span_of,
)
from visavis.console.clock import zone_of
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted, PlanNotFound
from visavis.domain.event import EventKind
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.attendance import PlanNote
from visavis.wire.v1.events import EventNote

router = APIRouter()
_MOST_SIGHTINGS = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """The gallery that is looked at, those that could be, and how it counts; no plan: it does not yet."""

    gallery: str
    galleries: list[str]
    plan: PlanNote | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.plan.zone if self.plan else "UTC")

    @property
    def today(self) -> date:
        return datetime.now(self.zone).date()


@router.get("/attendance")
async def attendance(
    request: Request, visit: Visiting, gallery: Text = "", view: Text = "week", day: Text = ""
) -> HTMLResponse:
    chosen = await _chosen(visit, gallery)
    shared = {**_common(visit), "chosen": chosen, "views": VIEWS}
    if chosen.plan is None:
        return page(request, visit, "attendance_none.html", **shared)
    span = span_of(view if view in VIEWS else "week", day_of(day) or chosen.today)
    report = await visit.client.attendance.report(chosen.gallery, span.first, span.last)
    return page(
        request,
        visit,
        "attendance.html",
        **shared,
        span=span,
        report=report,
        by_day=[{one.day: one for one in person.days} for person in report.people],
        bands=[
            [bands_of(one, chosen.zone, report.made_at) for one in person.days if one.day == span.first]
            for person in report.people
        ],
        hours=hours_chart(report, span.days),
        presence=presence_chart(report, chosen.zone),
    )


@router.get("/attendance/person")
async def attendee(
    request: Request,
    visit: Visiting,
    gallery: Text,
    subject: UUID,
    day: Text = "",
    seen: Text = "",
) -> HTMLResponse:
    """A month of one person; `seen` is a day whose sightings are shown."""
    chosen = await _chosen(visit, gallery)
    if chosen.plan is None:
        return page(request, visit, "attendance_none.html", **_common(visit), chosen=chosen, views=VIEWS)
    span, looked_at = span_of("month", day_of(seen) or day_of(day) or chosen.today), day_of(seen)
    begins, ends = _moments(span.first, span.last, chosen.zone)
    async with at_once() as together:
        person = together.create_task(visit.client.subjects.get(subject))
        report = together.create_task(
            visit.client.attendance.report(gallery, span.first, span.last, subject_id=subject)
        )
        corrections = together.create_task(
            visit.client.attendance.corrections(gallery, subject_id=subject, since=begins, until=ends)
        )
        sightings = together.create_task(_sightings(visit, chosen, subject, looked_at))
    people = report.result().people
    return page(
        request,
        visit,
        "attendee.html",
        **_common(visit),
        chosen=chosen,
        person=person.result(),
        span=span,
        total=people[0].total if people else None,
        days=people[0].days if people else (),
        hours=hours_chart(report.result(), span.days, "Hours by day"),
        corrections=corrections.result().corrections,
        seen=looked_at,
        sightings=sightings.result(),
        offset=lambda one: _offset(one, chosen.zone),
        bands=lambda one: bands_of(one, chosen.zone, report.result().made_at),
    )


@router.get("/attendance/plan")
async def attendance_plan(request: Request, visit: Visiting, gallery: Text = "") -> HTMLResponse:
    """How a gallery's attendance is counted."""
    if not visit.may(Permission.PASSAGES_MANAGE):
        raise NotPermitted("You may not change how attendance is counted.", hint="Ask an administrator.")
    chosen = await _chosen(visit, gallery)
    async with at_once() as together:
        schedules = together.create_task(visit.client.schedules.list())
        cameras = together.create_task(first_of(visit.client.cameras.list(), 1000))
    told = (
        {one.name: one.direction.value if one.direction else "place" for one in chosen.plan.cameras}
        if chosen.plan
        else {}
    )
    known = {one.name: one.direction.value for one in cameras.result()[0]}
    return page(
        request,
        visit,
        "attendance_plan.html",
        **_common(visit),
        chosen=chosen,
        schedules=[one.name for one in schedules.result().schedules],
        cameras=[(name, known.get(name, ""), told.get(name, "")) for name in sorted({*known, *told})],
        zone=chosen.plan.zone if chosen.plan else str(zone_of(request)),
    )


async def _chosen(visit: Visit, gallery: str) -> Chosen:
    """The gallery that was asked for; without one, that which is for attendance."""
    if not visit.may(Permission.PASSAGES_READ):
        raise NotPermitted(
            "You may not look at attendance.", hint="Ask an administrator for the role operator."
        )
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    names = [one.name for one in galleries]
    name = gallery if gallery in names else _best(galleries)
    return Chosen(name, names, await _plan(visit, name) if name else None)


async def _plan(visit: Visit, gallery: str) -> PlanNote | None:
    try:
        return await visit.client.attendance.plan(gallery)
    except PlanNotFound:
        return None


def _best(galleries: Sequence[GalleryEntry]) -> str:
    order = ("attendance", "access")
    ranked = sorted(
        galleries, key=lambda one: order.index(one.purpose) if one.purpose in order else len(order)
    )
    return ranked[0].name if ranked else ""


async def _sightings(visit: Visit, chosen: Chosen, subject: UUID, day: date | None) -> list[EventNote]:
    """What cameras saw of a person on a day, in order."""
    if day is None or not visit.may(Permission.EVENTS_READ):
        return []
    begins, ends = _moments(day, day, chosen.zone)
    wanted = Wanted(
        gallery=chosen.gallery, subject_id=subject, kind=EventKind.IDENTIFIED, since=begins, until=ends
    )
    found, _ = await first_of(visit.client.events.list(wanted, page_size=_MOST_SIGHTINGS), _MOST_SIGHTINGS)
    return sorted(found, key=lambda one: one.captured_at)


def _common(visit: Visit) -> dict[str, object]:
    return {
        "irregular": IRREGULAR,
        "levels": LEVELS,
        "may_manage": visit.may(Permission.PASSAGES_MANAGE),
        "may_see_events": visit.may(Permission.EVENTS_READ),
    }


def _offset(day: date, zone: ZoneInfo) -> str:
    """What times of this day are told with, such as +01:00."""
    return datetime.combine(day, time(12), zone).isoformat()[-6:]


def _moments(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(first, time(0), zone), datetime.combine(last + timedelta(days=1), time(0), zone)

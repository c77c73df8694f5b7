"""Visitors without names: how many, new or again, how long, which way, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.visitors import WantedVisits
from visavis.console import visitor_charts as drawn
from visavis.console.asked import Text, day_of, moment_of
from visavis.console.at_once import at_once
from visavis.console.clock import zone_of
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.visit import By
from visavis.wire.galleries import GalleryEntry
from visavis.wire.visitors import VisitNote

router = APIRouter()
_SHOWN = 25
_LONGEST = 92  #: days that are looked at together
_PERIODS = ((1, "Today"), (7, "7 days"), (14, "14 days"), (30, "30 days"))


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included, by the reader's clock."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        return datetime.combine(self.first, time(0), self.zone)

    @property
    def until(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(0), self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@router.get("/visitors")
async def visitors(
    request: Request,
    visit: Visiting,
    gallery: Text = "",
    since: Text = "",
    until: Text = "",
    zone: Text = "",
) -> HTMLResponse:
    """The last seven days, unless others are asked for."""
    if not visit.may(Permission.EVENTS_READ):
        raise NotPermitted(
            "You may not look at visitors.", hint="Ask an administrator for the role operator."
        )
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    name = _best(galleries, gallery)
    period = _period(since, until, zone_of(request))
    shared = {"galleries": galleries, "gallery": name, "period": period, "zone": zone}
    if not name:
        return page(request, visit, "visitors_none.html", **shared)
    wanted = WantedVisits(since=period.since, until=period.until, zone=zone or None)
    return page(
        request,
        visit,
        "visitors.html",
        **shared,
        **await _reports(visit, name, wanted, period),
        periods=_offered(period.zone),
        may_export=visit.may(Permission.EVENTS_EXPORT),
        stay=drawn.stay,
        way=drawn.path,
    )


@router.get("/visitors/visits")
async def visits(
    request: Request,
    visit: Visiting,
    gallery: Text,
    since: Text = "",
    until: Text = "",
    zone: Text = "",
    before: Text = "",
) -> HTMLResponse:
    """Further rows of the table: visits that began before a moment, the latest first."""
    if not visit.may(Permission.EVENTS_READ):
        raise NotPermitted("You may not look at visitors.")
    period = _period(since, until, zone_of(request))
    end = min(moment_of(before) or period.until, period.until)
    wanted = WantedVisits(since=period.since, until=end, zone=zone or None)
    found, more = await _visits(visit, gallery, wanted)
    return page(request, visit, "visit_rows.html", visits=found, more=more, stay=drawn.stay, way=drawn.path)


async def _reports(visit: Visit, gallery: str, wanted: WantedVisits, period: Period) -> dict[str, object]:
    """Everything that the page draws, asked at once."""
    client, timezone = visit.client.visitors, str(period.zone)
    by = By.HOUR if period.days == 1 else By.DAY
    async with at_once() as together:
        summary = together.create_task(client.summary(gallery, wanted, by=by, timezone=timezone))
        places = together.create_task(client.summary(gallery, wanted, by=By.ZONE, timezone=timezone))
        flows = together.create_task(client.flows(gallery, wanted))
        hours = together.create_task(client.hours(gallery, wanted, timezone=timezone))
        listed = together.create_task(_visits(visit, gallery, wanted))
    found, ways = summary.result(), flows.result()
    rows, more = listed.result()
    times = (
        drawn.by_hour(found, period.first)
        if by is By.HOUR
        else drawn.by_day(found, period.first, period.last)
    )
    return {
        "summary": found,
        "times": times,
        "dwell": drawn.dwell(found.dwell),
        "places": drawn.by_place(places.result()),
        "zones": sorted({one.name for one in places.result().buckets if one.name}),
        "flows": drawn.flows(ways),
        "ways": ways.flows,
        "stays": [one for one in ways.zones if one.stays.count],
        "hours": drawn.hours(hours.result()),
        "visits": rows,
        "more": more,
    }


async def _visits(visit: Visit, gallery: str, wanted: WantedVisits) -> tuple[list[VisitNote], bool]:
    return await first_of(visit.client.visitors.visits(gallery, wanted, page_size=_SHOWN), _SHOWN)


def _best(galleries: Sequence[GalleryEntry], asked: str) -> str:
    """The gallery that was asked for; without one, that which is for visitors."""
    names = [one.name for one in galleries]
    if asked in names:
        return asked
    return next((one.name for one in galleries if one.purpose == "visitors"), "")


def _period(since: str, until: str, zone: ZoneInfo) -> Period:
    today = datetime.now(zone).date()
    last = day_of(until) or today
    first = day_of(since) or last - timedelta(days=6)
    first, last = min(first, last), max(first, last)
    return Period(max(first, last - timedelta(days=_LONGEST - 1)), last, zone)


def _offered(zone: ZoneInfo) -> list[tuple[str, str, str]]:
    """Name, first and last day of the usual periods."""
    today = datetime.now(zone).date()
    return [
        (name, (today - timedelta(days=days - 1)).isoformat(), today.isoformat()) for days, name in _PERIODS
    ]

"""Reports about visitors as charts: by day, how long, from where to where, when."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from visavis.console.charts import Chart, HeatMap, bars, heat_map
from visavis.console.weekly import SHORT
from visavis.wire.visitors import BucketNote, DwellNote, VisitNote, VisitorFlows, VisitorHours, VisitorSummary

OUTSIDE: Final = "outside"
_HOURS: Final = range(24)


def by_day(summary: VisitorSummary, first: date, last: date) -> Chart:
    """Different visitors of each day, those who come again below those who are new."""
    known = {one.start.date(): one for one in summary.buckets if one.start is not None}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = [known.get(day) for day in days]
    labels = [f"{SHORT[day.weekday()]} {day.day}" for day in days]
    return _split("Visitors by day", labels, found)


def by_hour(summary: VisitorSummary, first: date) -> Chart:
    """Different visitors of each hour of one day."""
    known = {one.start.hour: one for one in summary.buckets if one.start and one.start.date() == first}
    return _split("Visitors by hour", [f"{hour}:00" for hour in _HOURS], [known.get(hour) for hour in _HOURS])


def by_place(summary: VisitorSummary) -> Chart:
    return _split("Visitors by zone", [one.name or "no zone" for one in summary.buckets], summary.buckets)


def dwell(note: DwellNote) -> Chart:
    """How long visits took, with the bars that the server counts."""
    labels, before = [], 0.0
    for one in note.histogram:
        end = minutes(one.until_s) if one.until_s is not None else ""
        labels.append(f"{minutes(before)}–{end}" if end else f"over {minutes(before)}")
        before = one.until_s or before
    return bars("How long visits take, minutes", labels, [[one.count for one in note.histogram]])


def flows(found: VisitorFlows) -> HeatMap:
    """From the rows to the columns; what begins or ends a visit is outside."""
    names = sorted(
        {one for flow in found.flows for one in (flow.origin, flow.target)}, key=lambda one: (one == "", one)
    )
    counts = {(one.origin, one.target): one.transitions for one in found.flows}
    rows = [(name or OUTSIDE, [counts.get((name, other), 0) for other in names]) for name in names]
    return heat_map("From the zone at the left to the zone above", [one or OUTSIDE for one in names], rows)


def hours(found: VisitorHours) -> HeatMap:
    """Visitors of an average hour of each weekday."""
    rows = [
        (SHORT[one.weekday - 1], [round(count / max(one.days, 1), 1) for count in one.visitors])
        for one in found.weekdays
    ]
    return heat_map("Visitors by weekday and hour, on an average day", [str(hour) for hour in _HOURS], rows)


def minutes(seconds: float) -> str:
    return f"{seconds / 60:g}"


def stay(seconds: float | None) -> str:
    """As people say it."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def path(visit: VisitNote) -> list[tuple[str, str]]:
    """Zones with the stays in them."""
    return [(one.zone or "no zone", stay(one.dwell_s)) for one in visit.path]


def _split(title: str, labels: Sequence[str], found: Sequence[BucketNote | None]) -> Chart:
    returning = [one.returning if one else 0 for one in found]
    new = [one.new if one else 0 for one in found]
    return bars(title, labels, [returning, new], names=("seen before", "new"))

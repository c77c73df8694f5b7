"""Reports about visitors as people read them, and as tables for other programs."""

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from visavis.cli.tables import print_facts, print_line, print_table
from visavis.domain.visit import zone_named
from visavis.wire.v1.visitors import flow_rows, hour_rows, summary_rows, table, visit_head, visit_row
from visavis.wire.visitors import (
    DwellNote,
    FlowsDocument,
    HoursDocument,
    Report,
    VisitorFlows,
    VisitorHours,
    VisitorsDocument,
    VisitorSummary,
    VisitsDocument,
)

if TYPE_CHECKING:
    from rich.console import Console

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHADES = " ░▒▓█"


def csv_of(document: Report) -> str:
    match document:
        case VisitorsDocument():
            return table(summary_rows(document.summary))
        case VisitsDocument():
            return table([visit_head(), *map(visit_row, document.visits)])
        case FlowsDocument():
            return table(flow_rows(document.flows))
        case HoursDocument():
            return table(hour_rows(document.hours))


def render(console: "Console", document: Report) -> None:
    match document:
        case VisitorsDocument():
            _summary(console, document.summary)
        case VisitsDocument():
            _visits(console, document)
        case FlowsDocument():
            _flows(console, document.flows)
        case HoursDocument():
            _hours(console, document.hours)


def _summary(console: "Console", found: VisitorSummary) -> None:
    if not found.visits:
        print_line(console, "Nobody came, or nobody is remembered: see visavis galleries create --help.")
        return
    print_facts(
        console,
        [
            ("visitors", f"{found.visitors:,}"),
            ("visits", f"{found.visits:,} ({found.new:,} new, {found.returning:,} returning)"),
            ("stay", _stay(found.dwell)),
        ],
    )
    rows = [
        (
            _start(one.start, day=found.by.value == "day") if one.start else one.name or "–",
            f"{one.visitors:,}",
            f"{one.new:,}",
            f"{one.returning:,}",
        )
        for one in found.buckets
    ]
    print_table(console, (found.by.value, ">visitors", ">new", ">returning"), rows)


def _visits(console: "Console", document: VisitsDocument) -> None:
    local = zone_named(document.timezone)
    rows = [
        (
            one.name or one.subject_id[:8],
            f"{one.first_at.astimezone(local):%Y-%m-%d %H:%M:%S}",
            _duration(one.dwell_s),
            "returning" if one.returning else "new",
            one.site or "–",
            " > ".join(f"{stay.zone or '–'} {_duration(stay.dwell_s)}" for stay in islice(one.path, 12)),
        )
        for one in document.visits
    ]
    print_table(console, ("visitor", "came", ">stayed", "", "site", "path"), rows)


def _flows(console: "Console", found: VisitorFlows) -> None:
    rows = [(one.origin or "outside", one.target or "outside", f"{one.transitions:,}") for one in found.flows]
    print_table(console, ("from", "to", ">times"), rows)
    stays = [(one.zone or "–", f"{one.stays.count:,}", _stay(one.stays)) for one in found.zones]
    print_table(console, ("zone", ">stays", "for"), stays)


def _hours(console: "Console", found: VisitorHours) -> None:
    most = max((number for day in found.weekdays for number in day.visitors), default=0)
    print_line(console, (f"{'':<10}" + "".join(f"{hour:<3}" for hour in range(24)), "dim"))
    for name, day in zip(_DAYS, found.weekdays, strict=True):
        cells = "".join(
            _SHADES[-(-number * (len(_SHADES) - 1) // most) if most else 0] * 3 for number in day.visitors
        )
        print_line(console, (f"{name:<10}", "dim"), cells, (f" {sum(day.visitors):,}", "dim"))


def _start(start: datetime, *, day: bool) -> str:
    return f"{start:%Y-%m-%d}" if day else f"{start:%Y-%m-%d %H:%M}"


def _stay(dwell: DwellNote) -> str:
    if dwell.median_s is None:
        return "–"
    return f"{_duration(dwell.median_s)} in the middle, {_duration(dwell.p90_s or 0.0)} at most for 9 of 10"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"

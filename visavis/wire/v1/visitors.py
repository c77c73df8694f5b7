"""Visits in pages, and reports about visitors as tables."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from visavis.wire.v1.pages import Page
from visavis.wire.visitors import VisitNote, VisitorFlows, VisitorHours, VisitorSummary


class VisitList(Page):
    visits: tuple[VisitNote, ...]


Cell = str | int | float | bool | datetime | None


def summary_rows(summary: VisitorSummary) -> Iterator[list[Cell]]:
    yield [summary.by.value, "visitors", "new", "returning"]
    for one in summary.buckets:
        yield [one.start or one.name, one.visitors, one.new, one.returning]


def visit_head() -> list[Cell]:
    """The names of the columns of `visit_row`."""
    return [
        "subject_id",
        "name",
        "site",
        "first_at",
        "last_at",
        "dwell_s",
        "returning",
        "sightings",
        "cameras",
        "path",
    ]


def visit_row(visit: VisitNote) -> list[Cell]:
    """The path as zones with seconds, as in `entrance 12.5 > hall 240`."""
    return [
        visit.subject_id,
        visit.name,
        visit.site,
        visit.first_at,
        visit.last_at,
        round(visit.dwell_s, 3),
        visit.returning,
        visit.sightings,
        " ".join(visit.cameras),
        " > ".join(f"{stay.zone} {stay.dwell_s:.1f}".strip() for stay in visit.path),
    ]


def flow_rows(flows: VisitorFlows) -> Iterator[list[Cell]]:
    yield ["origin", "target", "transitions"]
    for one in flows.flows:
        yield [one.origin, one.target, one.transitions]


def hour_rows(found: VisitorHours) -> Iterator[list[Cell]]:
    yield ["weekday", "days", *(f"{hour:02}:00" for hour in range(24))]
    for day in found.weekdays:
        yield [day.weekday, day.days, *day.visitors]


def table(rows: Iterable[list[Cell]]) -> str:
    """CSV (RFC 4180); what a spreadsheet would take for a formula is marked as text."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    risky = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if risky else text

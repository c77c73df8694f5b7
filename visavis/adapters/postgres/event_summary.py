"""The detection log counted by the database, in one pass."""

from collections.abc import Iterable, Sequence
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.event_rows import conditions_of
from visavis.application.ports.events import SHARES, EventFilter
from visavis.domain.event_summary import EventCounts, EventSummary, Share, Step, Stretch, largest_first
from visavis.domain.subject import TenantId

_QUERY: Final = """
    WITH chosen AS MATERIALIZED (
        SELECT {start} AS start, kind, gallery, source, site, outcome, verdict, subject_id FROM events WHERE {where}
    )
    SELECT grouping(start, kind, gallery, source, site), start, kind, gallery, source, site,
        count(*),
        count(*) FILTER (WHERE outcome = 'match'),
        count(*) FILTER (WHERE outcome = 'non_match'),
        count(*) FILTER (WHERE outcome = 'inconclusive'),
        count(*) FILTER (WHERE kind = 'rejected'),
        count(*) FILTER (WHERE verdict IS NOT NULL),
        count(*) FILTER (WHERE outcome = 'inconclusive' AND verdict IS NULL),
        (SELECT count(DISTINCT subject_id) FROM chosen)
    FROM chosen GROUP BY GROUPING SETS ((start), (kind), (gallery), (source), (site), ())
"""
_WHOLE: Final = 0b11111  #: of `grouping`: a bit is 0 for the column that a row is grouped by
_START: Final = 0b01111
_SHARES: Final = (0b10111, 0b11011, 0b11101, 0b11110)


async def summary(
    connection: Connection, tenant: TenantId, wanted: EventFilter, step: Step | None
) -> EventSummary:
    where, given = conditions_of(tenant, wanted)
    start = (
        sql.SQL("NULL::timestamptz") if step is None else sql.SQL("date_trunc(%(step)s, captured_at, 'UTC')")
    )
    query = sql.SQL(_QUERY).format(start=start, where=where)
    rows = await (await connection.execute(query, {**given, "step": step})).fetchall()
    return _summary(rows, by_step=step is not None)


def _summary(rows: Sequence[TupleRow], *, by_step: bool) -> EventSummary:
    whole = next(row for row in rows if row[0] == _WHOLE)
    steps = sorted((row for row in rows if row[0] == _START and by_step), key=lambda row: row[1])
    kinds, galleries, sources, sites = (
        largest_first(_shares(rows, grouping, column), SHARES) for column, grouping in enumerate(_SHARES, 2)
    )
    return EventSummary(
        whole=_counts(whole),
        subjects=whole[-1],
        steps=tuple(Stretch(start=row[1], counts=_counts(row)) for row in steps),
        kinds=kinds,
        galleries=galleries,
        sources=sources,
        sites=sites,
    )


def _shares(rows: Iterable[TupleRow], grouping: int, column: int) -> list[Share]:
    return [
        Share(name=row[column], counts=_counts(row)) for row in rows if row[0] == grouping and row[column]
    ]


def _counts(row: TupleRow) -> EventCounts:
    events, match, non_match, inconclusive, refused, reviewed, waiting = row[6:13]
    return EventCounts(
        events=events,
        match=match,
        non_match=non_match,
        inconclusive=inconclusive,
        refused=refused,
        reviewed=reviewed,
        waiting=waiting,
    )

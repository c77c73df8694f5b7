"""The detection log by visitor, in PostgreSQL: the database sorts, on disk if it must; rows come as they are read."""

import uuid
from collections.abc import AsyncIterator
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.visitors import Seen, SightingFilter
from visavis.domain.subject import SubjectId, TenantId
from visavis.domain.visit import Sighting

_NAMED = """
    tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND kind = 'identified' AND subject_id IS NOT NULL
"""
_CONDITIONS: Final = (
    ("subject", "subject_id = %(subject)s"),
    ("site", "site = %(site)s"),
    ("since", "captured_at >= %(since)s"),
    ("until", "captured_at < %(until)s"),
)
_EVERYWHEN: Final = frozenset({"subject", "site"})  #: conditions that the first time is looked for under, too
_SIGHTINGS = """
    WITH known AS (
        SELECT subject_id, site, min(captured_at) AS earliest FROM events WHERE {everywhen}
        GROUP BY subject_id, site
    )
    SELECT subject_id, site, zone, source, captured_at, coalesce(seen_until, captured_at), earliest
    FROM events JOIN known USING (subject_id, site) WHERE {wanted}
    ORDER BY subject_id, site, captured_at, sequence
"""
_WHOLE = "SET LOCAL cursor_tuple_fraction = 1"  # all rows are wanted, so the plan is to be fast for all


class PostgresVisitors:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def sightings(self, wanted: SightingFilter, *, batch: int = 2000) -> AsyncIterator[list[Seen]]:
        given: dict[str, object] = {
            "tenant": self._tenant,
            "gallery": wanted.gallery_id,
            "subject": wanted.subject_id,
            "site": wanted.site,
            "since": wanted.since,
            "until": wanted.until,
        }
        await self._connection.execute(_WHOLE)
        async with self._connection.cursor(f"visavis_{uuid.uuid4().hex}", binary=True) as cursor:
            await cursor.execute(_query(given), given)
            while rows := await cursor.fetchmany(batch):
                yield [_seen(row) for row in rows]


def _query(given: dict[str, object]) -> sql.Composed:
    """Only the conditions that are set."""
    chosen = [(name, text) for name, text in _CONDITIONS if given[name] is not None]
    everywhen = [text for name, text in chosen if name in _EVERYWHEN]
    return sql.SQL(_SIGHTINGS).format(
        everywhen=sql.SQL(" AND ").join(map(sql.SQL, [_NAMED, *everywhen])),
        wanted=sql.SQL(" AND ").join(map(sql.SQL, [_NAMED, *(text for _, text in chosen)])),
    )


def _seen(row: TupleRow) -> Seen:
    subject_id, site, zone, source, first_at, last_at, earliest = row
    return Seen(
        sighting=Sighting(
            subject_id=SubjectId(subject_id),
            site=site,
            zone=zone,
            source=source,
            first_at=first_at,
            last_at=last_at,
        ),
        earliest=earliest,
    )

"""Reviews in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from psycopg import errors, sql

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.review_rows import (
    COLUMNS,
    OPINION_COLUMNS,
    case_of,
    conditions,
    opinion_of,
    page_query,
    row_of,
)
from visavis.application.ports.reviews import ReviewCounts, ReviewFilter, ReviewPlace
from visavis.domain.errors import ReviewConflict, ReviewNotFound
from visavis.domain.event import EventId
from visavis.domain.review import Opinion, ReviewCase, ReviewKind, ReviewState
from visavis.domain.subject import TenantId

_LIVING = """
    SELECT e.event_id FROM events AS e JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE e.tenant_id = %s AND e.event_id = ANY(%b) ORDER BY e.event_id FOR KEY SHARE OF e, g
"""
# Whoever is about to be removed is gone already: waiting for that could be waiting for each other.
_MEMBERS = """
    SELECT gallery_id, subject_id FROM gallery_members WHERE tenant_id = %s AND subject_id = ANY(%b)
    FOR KEY SHARE SKIP LOCKED
"""
_OPEN = f"""
    INSERT INTO reviews AS r (tenant_id, {COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, event_id) DO UPDATE
    SET kind = excluded.kind, candidate_id = excluded.candidate_id, reference_id = excluded.reference_id,
        needed = excluded.needed, attack_score = excluded.attack_score, attack_threshold = excluded.attack_threshold,
        attack_detector = excluded.attack_detector, attack_instrument = excluded.attack_instrument
    WHERE r.state = 'open'
"""  # noqa: S608  # constants only
_DROP = "DELETE FROM reviews WHERE tenant_id = %s AND event_id = %s AND state = 'open'"
_GET = f"""
    SELECT {COLUMNS} FROM reviews WHERE tenant_id = %s AND event_id = %s
"""  # noqa: S608  # constants only
_OPINIONS = f"""
    SELECT {OPINION_COLUMNS} FROM review_opinions WHERE tenant_id = %s AND event_id = %s
    ORDER BY final, given_at, opinion_id
"""  # noqa: S608  # constants only
_COUNTS = sql.SQL("""
    SELECT r.state, r.kind, count(*), count(*) FILTER (WHERE r.needed = 2 AND (
        SELECT count(*) FROM review_opinions AS o WHERE o.tenant_id = r.tenant_id AND o.event_id = r.event_id
    ) >= 2), count(*) FILTER (WHERE r.split)
    FROM reviews AS r WHERE {conditions} GROUP BY r.state, r.kind ORDER BY r.state, r.kind
""")
_CLAIM = """
    UPDATE reviews SET claimed_by = %s, claimed_until = %s WHERE tenant_id = %s AND event_id = %s
"""
_ADD = f"""
    INSERT INTO review_opinions (tenant_id, {OPINION_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  # constants only
_LED = """
    UPDATE reviews SET state = %(state)s, split = %(split)s, claimed_by = '', claimed_until = NULL,
        decided_at = CASE WHEN %(state)s::text = 'decided' THEN %(at)s::timestamptz END
    WHERE tenant_id = %(tenant)s AND event_id = %(event)s
"""
_WITHDRAW = "DELETE FROM review_opinions WHERE tenant_id = %s AND event_id = %s AND given_by = %s"


class PostgresReviews:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def open(self, cases: Sequence[ReviewCase]) -> None:
        if not cases:
            return
        ids = [one.event_id for one in cases]
        living = {row[0] async for row in await self._connection.execute(_LIVING, (self._tenant, ids))}
        wanted = list({one.candidate for one in cases if one.candidate})
        found = await self._connection.execute(_MEMBERS, (self._tenant, wanted))
        members = {(gallery, subject) async for gallery, subject in found}
        rows = [
            (self._tenant, *row_of(one))
            for one in cases
            if one.event_id in living
            and (one.candidate is None or (one.gallery_id, one.candidate) in members)
        ]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_OPEN, rows)

    async def drop(self, event_id: EventId) -> None:
        await self._connection.execute(_DROP, (self._tenant, event_id))

    async def get(self, event_id: EventId, *, lock: bool = False) -> ReviewCase:
        query = _GET + (" FOR UPDATE" if lock else "")
        row = await (await self._connection.execute(query, (self._tenant, event_id))).fetchone()
        if row is None:
            raise ReviewNotFound
        found = await self._connection.execute(_OPINIONS, (self._tenant, event_id))
        return case_of(row, [opinion_of(one) async for one in found])

    async def page(
        self,
        wanted: ReviewFilter,
        *,
        after: ReviewPlace | None = None,
        latest: bool = False,
        limit: int = 100,
    ) -> list[ReviewCase]:
        query, names = page_query(self._tenant, wanted, after=after, latest=latest, limit=limit)
        return [case_of(row) async for row in await self._connection.execute(query, names)]

    async def counts(self, wanted: ReviewFilter) -> ReviewCounts:
        found, names = conditions(self._tenant, replace(wanted, states=None))
        query = _COUNTS.format(
            conditions=sql.SQL(" AND ").join([sql.SQL("r.tenant_id = %(tenant)s"), *found])
        )
        rows = await (await self._connection.execute(query, names)).fetchall()
        return ReviewCounts(
            states=tuple((ReviewState(state), ReviewKind(kind), count) for state, kind, count, _, _ in rows),
            compared=sum(row[3] for row in rows),
            split=sum(row[4] for row in rows),
        )

    async def claim(self, event_id: EventId, by: str, until: datetime | None) -> None:
        holder = by if until is not None else ""
        await self._connection.execute(_CLAIM, (holder, until, self._tenant, event_id))

    async def add(self, opinion: Opinion, state: ReviewState, *, split: bool) -> None:
        row = (
            self._tenant,
            opinion.event_id,
            opinion.by,
            opinion.at,
            opinion.verdict,
            opinion.subject_id,
            opinion.reason,
            opinion.final,
        )
        try:
            async with self._connection.transaction():
                await self._connection.execute(_ADD, row)
        except errors.UniqueViolation as error:
            raise ReviewConflict("This reviewer has an opinion already.") from error
        except errors.ForeignKeyViolation as error:
            raise ReviewNotFound from error
        await self._led(opinion.event_id, state, split=split, at=opinion.at)

    async def withdraw(self, event_id: EventId, by: str, state: ReviewState) -> None:
        await self._connection.execute(_WITHDRAW, (self._tenant, event_id, by))
        await self._led(event_id, state, split=state is ReviewState.DISAGREED, at=None)

    async def _led(self, event_id: EventId, state: ReviewState, *, split: bool, at: datetime | None) -> None:
        names = {"tenant": self._tenant, "event": event_id, "state": state, "split": split, "at": at}
        await self._connection.execute(_LED, names)

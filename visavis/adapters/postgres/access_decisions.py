"""Decisions at doors in PostgreSQL.

The position of a tenant is locked by `claim` until the transaction ends, so sequences are gapless and in the order of
commits. Locks are taken in the order position, galleries, subjects, doors, counter of events, audit log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, LiteralString

from psycopg import sql

from visavis.adapters.postgres.access_rows import COLUMNS, PLACEHOLDERS, columns_of, decision_of
from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.access_decisions import AccessFilter
from visavis.domain.admission import AccessDecision, AccessId, Passage
from visavis.domain.camera import Direction
from visavis.domain.door import DoorId
from visavis.domain.errors import EventNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId, TenantId

_BEGIN = (
    "INSERT INTO access_positions (tenant_id, sequence, decided) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING"
)
_CLAIM = "SELECT sequence FROM access_positions WHERE tenant_id = %s FOR UPDATE"
_LOCK_GALLERIES = """
    SELECT gallery_id FROM galleries WHERE tenant_id = %s AND gallery_id = ANY(%b) ORDER BY gallery_id FOR KEY SHARE
"""
_LOCK_SUBJECT = "SELECT FROM subjects WHERE tenant_id = %s AND subject_id = %s FOR KEY SHARE"
_LOCK_DOOR = "SELECT FROM doors WHERE tenant_id = %s AND door_id = %s FOR KEY SHARE"
_ADVANCE = "UPDATE access_positions SET sequence = %s WHERE tenant_id = %s"
_COUNT_UP = "UPDATE access_positions SET decided = decided + 1 WHERE tenant_id = %s RETURNING decided"
_LATEST = "SELECT decided FROM access_positions WHERE tenant_id = %s"
_SELECT = f"SELECT {COLUMNS} FROM access_decisions WHERE tenant_id = %s"  # noqa: S608  # constants only
_OF = f"{_SELECT} AND door_id = %s AND event_id = %s"
_GET = f"{_SELECT} AND access_id = %s"
_KEEP = f"""
    INSERT INTO access_decisions (tenant_id, {COLUMNS}) VALUES (%s, {PLACEHOLDERS})
    ON CONFLICT (tenant_id, access_id) DO UPDATE SET
        sequence = excluded.sequence, outcome = excluded.outcome, reasons = excluded.reasons, at = excluded.at,
        decided_at = excluded.decided_at, event_revision = excluded.event_revision, subject_id = excluded.subject_id,
        rule = excluded.rule, schedule = excluded.schedule, turns_at = excluded.turns_at,
        attack_score = excluded.attack_score, attack_detector = excluded.attack_detector,
        attack_instrument = excluded.attack_instrument, attack_threshold = excluded.attack_threshold,
        revision = excluded.revision
"""  # noqa: S608  # constants only
_PASSAGE = """
    SELECT door_id, direction, at FROM access_decisions
    WHERE tenant_id = %s AND subject_id = %s AND area = %s AND at >= %s AND outcome = 'granted'
      AND direction <> 'passing'
    ORDER BY at DESC, sequence DESC LIMIT 1
"""
_GRANTED = """
    SELECT decided_at FROM access_decisions
    WHERE tenant_id = %s AND door_id = %s AND outcome = 'granted' ORDER BY sequence DESC LIMIT 1
"""
_LIVE = """
    SELECT event_id FROM access_decisions
    WHERE tenant_id = %s AND event_id = ANY(%b) AND outcome = 'granted' AND attack_score < attack_threshold
"""
_PURGE = "DELETE FROM access_decisions WHERE tenant_id = %s AND gallery_id = %s AND decided_at < %s"
_CONDITIONS: Final = (
    ("door_id", "door_id = %(door_id)s"),
    ("galleries", "gallery = ANY(%(galleries)s)"),
    ("subject_id", "subject_id = %(subject_id)s"),
    ("outcome", "outcome = %(outcome)s"),
    ("since", "at >= %(since)s"),
    ("until", "at < %(until)s"),
    ("before", "sequence < %(before)s"),
    ("after", "sequence > %(after)s"),
)


class PostgresAccessDecisions:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def claim(self, galleries: Sequence[GalleryId] = ()) -> int:
        await self._connection.execute(_BEGIN, (self._tenant,))
        row = await (await self._connection.execute(_CLAIM, (self._tenant,))).fetchone()
        if galleries:
            await self._connection.execute(_LOCK_GALLERIES, (self._tenant, list(galleries)))
        return int(row[0]) if row else 0

    async def advance(self, sequence: int) -> None:
        await self._connection.execute(_ADVANCE, (sequence, self._tenant))

    async def of(self, door_id: DoorId, event_id: EventId) -> AccessDecision | None:
        rows = await self._connection.execute(_OF, (self._tenant, door_id, event_id))
        row = await rows.fetchone()
        return None if row is None else decision_of(row)

    async def keep(self, decision: AccessDecision) -> AccessDecision | None:
        subject_id = decision.subject_id
        if subject_id is not None and not await self._exists(_LOCK_SUBJECT, subject_id):
            subject_id = None
        if not await self._exists(_LOCK_DOOR, decision.door_id):
            return None
        row = await (await self._connection.execute(_COUNT_UP, (self._tenant,))).fetchone()
        if row is None:
            raise TypeError("Whoever keeps decisions claims the position first.")
        kept = replace(decision, sequence=int(row[0]), subject_id=subject_id)
        await self._connection.execute(_KEEP, (self._tenant, *columns_of(kept)))
        return kept

    async def passage(self, area: str, subject_id: SubjectId, since: datetime) -> Passage | None:
        rows = await self._connection.execute(_PASSAGE, (self._tenant, subject_id, area, since))
        row = await rows.fetchone()
        return (
            None if row is None else Passage(door_id=DoorId(row[0]), direction=Direction(row[1]), at=row[2])
        )

    async def granted_at(self, door_id: DoorId) -> datetime | None:
        row = await (await self._connection.execute(_GRANTED, (self._tenant, door_id))).fetchone()
        return None if row is None else row[0]

    async def get(self, access_id: AccessId) -> AccessDecision:
        row = await (await self._connection.execute(_GET, (self._tenant, access_id))).fetchone()
        if row is None:
            raise EventNotFound
        return decision_of(row)

    async def page(
        self, wanted: AccessFilter, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[AccessDecision]:
        given: dict[str, object] = {
            "door_id": wanted.door_id,
            "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
            "subject_id": wanted.subject_id,
            "outcome": wanted.outcome,
            "since": wanted.since,
            "until": wanted.until,
            "before": before,
            "after": after,
        }
        conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
        query = sql.SQL(
            "SELECT {columns} FROM access_decisions WHERE {where} ORDER BY sequence {direction} LIMIT %(limit)s"
        ).format(
            columns=sql.SQL(COLUMNS),
            where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
            direction=sql.SQL("DESC" if after is None else "ASC"),
        )
        rows = await self._connection.execute(query, {**given, "tenant": self._tenant, "limit": limit})
        return [decision_of(row) async for row in rows]

    async def latest(self) -> int:
        row = await (await self._connection.execute(_LATEST, (self._tenant,))).fetchone()
        return int(row[0]) if row else 0

    async def live(self, events: Sequence[EventId]) -> frozenset[EventId]:
        if not events:
            return frozenset()
        rows = await self._connection.execute(_LIVE, (self._tenant, list(events)))
        return frozenset([EventId(row[0]) async for row in rows])

    async def purge(self, gallery_id: GalleryId, decided_before: datetime) -> int:
        found = await self._connection.execute(_PURGE, (self._tenant, gallery_id, decided_before))
        return found.rowcount

    async def _exists(self, lock: LiteralString, identifier: object) -> bool:
        rows = await self._connection.execute(lock, (self._tenant, identifier))
        return await rows.fetchone() is not None

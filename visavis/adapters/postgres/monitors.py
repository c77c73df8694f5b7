"""Monitors of drift in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.monitor_rows import states_from_json, states_to_json
from visavis.application.ports.monitors import MonitorFilter
from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.errors import MonitorNotFound
from visavis.domain.subject import GalleryId, TenantId

_COLUMNS = """
    monitor_id, gallery_id, gallery, source, model, calibration, captures, reference_since, last_at, pinned,
    alarm_since, states
"""
_CLAIM = "SELECT sequence FROM drift_positions WHERE tenant_id = %s FOR UPDATE"
_BEGIN = "INSERT INTO drift_positions (tenant_id, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_ADVANCE = "UPDATE drift_positions SET sequence = %s WHERE tenant_id = %s"
_OF = f"""
    SELECT {_COLUMNS} FROM drift_monitors WHERE tenant_id = %s AND gallery_id = %s AND source = %s
"""  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM drift_monitors WHERE tenant_id = %s AND monitor_id = %s"  # noqa: S608  # constants only
# Galleries are locked before monitors, as their removal does it.
_LOCK_GALLERIES = """
    SELECT gallery_id FROM galleries WHERE tenant_id = %s AND gallery_id = ANY(%b) ORDER BY gallery_id FOR KEY SHARE
"""
_KEEP = f"""
    INSERT INTO drift_monitors (tenant_id, {_COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, monitor_id) DO UPDATE SET
        model = excluded.model, calibration = excluded.calibration, captures = excluded.captures,
        reference_since = excluded.reference_since, last_at = excluded.last_at, pinned = excluded.pinned,
        alarm_since = excluded.alarm_since, states = excluded.states
"""  # noqa: S608  # constants only
_COUNT = "SELECT count(*) FROM drift_monitors WHERE tenant_id = %s"
_PURGE = "DELETE FROM drift_monitors WHERE tenant_id = %s AND last_at < %s"
_CONDITIONS: Final = (
    ("gallery_id", "gallery_id = %(gallery_id)s"),
    ("galleries", "gallery = ANY(%(galleries)s)"),
    ("source", "source = %(source)s"),
    ("alarming", "(alarm_since IS NOT NULL) = %(alarming)s"),
    (
        "after",
        "(gallery, source, monitor_id) > (SELECT gallery, source, monitor_id FROM drift_monitors"
        " WHERE tenant_id = %(tenant)s AND monitor_id = %(after)s)",
    ),
)


class PostgresMonitors:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def claim(self) -> int:
        await self._connection.execute(_BEGIN, (self._tenant,))
        row = await (await self._connection.execute(_CLAIM, (self._tenant,))).fetchone()
        return int(row[0]) if row else 0

    async def advance(self, sequence: int) -> None:
        await self._connection.execute(_ADVANCE, (sequence, self._tenant))

    async def of(self, gallery_id: GalleryId, source: str) -> Monitor | None:
        rows = await self._connection.execute(_OF, (self._tenant, gallery_id, source))
        row = await rows.fetchone()
        return None if row is None else _monitor(row)

    async def get(self, monitor_id: MonitorId) -> Monitor:
        row = await (await self._connection.execute(_GET, (self._tenant, monitor_id))).fetchone()
        if row is None:
            raise MonitorNotFound
        return _monitor(row)

    async def keep(self, monitors: Sequence[Monitor]) -> frozenset[MonitorId]:
        ids = list({monitor.gallery_id for monitor in monitors})
        if not ids:
            return frozenset()
        found = await self._connection.execute(_LOCK_GALLERIES, (self._tenant, ids))
        living = {row[0] async for row in found}
        kept = [one for one in monitors if one.gallery_id in living]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_KEEP, [(self._tenant, *_row(one)) for one in kept])
        return frozenset(one.id for one in kept)

    async def page(
        self, wanted: MonitorFilter, *, after: MonitorId | None = None, limit: int = 100
    ) -> list[Monitor]:
        given: dict[str, object] = {
            "gallery_id": wanted.gallery_id,
            "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
            "source": wanted.source,
            "alarming": wanted.alarming,
            "after": after,
        }
        conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
        query = sql.SQL(
            "SELECT {columns} FROM drift_monitors WHERE {where} ORDER BY gallery, source, monitor_id LIMIT %(limit)s"
        ).format(
            columns=sql.SQL(_COLUMNS),
            where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
        )
        rows = await self._connection.execute(query, {**given, "tenant": self._tenant, "limit": limit})
        return [_monitor(row) async for row in rows]

    async def count(self) -> int:
        row = await (await self._connection.execute(_COUNT, (self._tenant,))).fetchone()
        return int(row[0]) if row else 0

    async def purge(self, last_before: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, last_before))).rowcount


def _row(monitor: Monitor) -> tuple[object, ...]:
    return (
        monitor.id,
        monitor.gallery_id,
        monitor.gallery,
        monitor.source,
        monitor.model,
        monitor.calibration,
        monitor.captures,
        monitor.reference_since,
        monitor.last_at,
        monitor.pinned,
        monitor.alarm_since,
        states_to_json(monitor.states),
    )


def _monitor(row: TupleRow) -> Monitor:
    (
        monitor_id,
        gallery_id,
        gallery,
        source,
        model,
        calibration,
        captures,
        since,
        last_at,
        pinned,
        _,
        states,
    ) = row
    return Monitor(
        id=MonitorId(monitor_id),
        gallery_id=GalleryId(gallery_id),
        gallery=gallery,
        source=source,
        model=model,
        calibration=calibration,
        reference_since=since,
        last_at=last_at,
        captures=captures,
        pinned=pinned,
        states=states_from_json(states),
    )

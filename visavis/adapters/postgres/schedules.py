"""Schedules in PostgreSQL."""

from collections.abc import Sequence

from psycopg import errors
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.door_rows import spans_from_json, spans_to_json
from visavis.domain.errors import AlreadyExists, ScheduleNotFound
from visavis.domain.schedule import Schedule, ScheduleId
from visavis.domain.subject import TenantId

_COLUMNS = "schedule_id, name, zone, spans"
_PUT = f"""
    INSERT INTO schedules (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, schedule_id) DO UPDATE
        SET name = excluded.name, zone = excluded.zone, spans = excluded.spans
"""  # noqa: S608  # constants only
_SELECT = f"SELECT {_COLUMNS} FROM schedules WHERE tenant_id = %s"  # noqa: S608  # constants only
_BY_NAME = f"{_SELECT} AND name = %s"
_OF = f"{_SELECT} AND schedule_id = ANY(%b)"
_ALL = f"{_SELECT} ORDER BY name"
_USERS = """
    SELECT name FROM (
        SELECT 0 AS kind, name FROM doors WHERE tenant_id = %(tenant)s AND schedules @> ARRAY[%(schedule)s::uuid]
        UNION ALL
        SELECT 1, g.name FROM attendance_plans AS p JOIN galleries AS g USING (tenant_id, gallery_id)
        WHERE p.tenant_id = %(tenant)s AND p.schedule_id = %(schedule)s
    ) AS users ORDER BY kind, name
"""
_REMOVE = "DELETE FROM schedules WHERE tenant_id = %s AND schedule_id = %s"


class PostgresSchedules:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def put(self, schedule: Schedule) -> None:
        row = (
            self._tenant,
            schedule.id,
            schedule.name,
            schedule.zone,
            Jsonb(spans_to_json(schedule.weekly, schedule.special)),
        )
        try:
            async with self._connection.transaction():
                await self._connection.execute(_PUT, row)
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a schedule {schedule.name} already.") from error

    async def by_name(self, name: str) -> Schedule:
        row = await (await self._connection.execute(_BY_NAME, (self._tenant, name))).fetchone()
        if row is None:
            raise ScheduleNotFound
        return _schedule(row)

    async def of(self, ids: Sequence[ScheduleId]) -> dict[ScheduleId, Schedule]:
        if not ids:
            return {}
        rows = await self._connection.execute(_OF, (self._tenant, list(ids)))
        return {found.id: found async for found in (_schedule(row) async for row in rows)}

    async def all(self) -> list[Schedule]:
        return [_schedule(row) async for row in await self._connection.execute(_ALL, (self._tenant,))]

    async def users(self, schedule_id: ScheduleId) -> list[str]:
        names = {"tenant": self._tenant, "schedule": schedule_id}
        return [row[0] async for row in await self._connection.execute(_USERS, names)]

    async def remove(self, schedule_id: ScheduleId) -> None:
        if not (await self._connection.execute(_REMOVE, (self._tenant, schedule_id))).rowcount:
            raise ScheduleNotFound


def _schedule(row: TupleRow) -> Schedule:
    weekly, special = spans_from_json(row[3])
    return Schedule(id=ScheduleId(row[0]), name=row[1], zone=row[2], weekly=weekly, special=special)

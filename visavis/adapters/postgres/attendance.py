"""Attendance in PostgreSQL: plans and corrections."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Final

from psycopg import errors, sql
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.door_rows import (
    cameras_from_json,
    cameras_to_json,
    live_from_json,
    live_to_json,
)
from visavis.domain.access import Actor
from visavis.domain.attendance import AttendanceChange, AttendancePlan, Correction, CorrectionId
from visavis.domain.errors import CorrectionNotFound, GalleryNotFound, SubjectNotFound
from visavis.domain.event import EventId
from visavis.domain.schedule import ScheduleId
from visavis.domain.subject import GalleryId, SubjectId, TenantId

_PLAN = "SELECT zone, schedule_id, settings FROM attendance_plans WHERE tenant_id = %s AND gallery_id = %s"
_SET_PLAN = """
    INSERT INTO attendance_plans (tenant_id, gallery_id, zone, schedule_id, settings) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, gallery_id) DO UPDATE
        SET zone = excluded.zone, schedule_id = excluded.schedule_id, settings = excluded.settings
"""
_COLUMNS = """
    correction_id, gallery_id, subject_id, kind, at, reason, event_id, made_by, made_at, undone_by, undone_at
"""
_ADD = f"""
    INSERT INTO attendance_corrections (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  # constants only
_GET = f"""
    SELECT {_COLUMNS} FROM attendance_corrections WHERE tenant_id = %s AND correction_id = %s FOR UPDATE
"""  # noqa: S608  # constants only
_UNDO = """
    UPDATE attendance_corrections SET undone_by = %s, undone_at = %s WHERE tenant_id = %s AND correction_id = %s
"""
_PURGE = "DELETE FROM attendance_corrections WHERE tenant_id = %s AND gallery_id = %s AND at < %s"
_LOCK_GALLERY = "SELECT FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR KEY SHARE"
_LOCK_SUBJECT = "SELECT FROM subjects WHERE tenant_id = %s AND subject_id = %s FOR KEY SHARE"
_CONDITIONS: Final = (
    ("gallery_id", "gallery_id = %(gallery_id)s"),
    ("subject_ids", "subject_id = ANY(%(subject_ids)s::uuid[])"),
    ("since", "at >= %(since)s"),
    ("until", "at < %(until)s"),
    ("holding", "undone_at IS NULL"),
)


class PostgresAttendance:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def plan(self, gallery_id: GalleryId) -> AttendancePlan | None:
        row = await (await self._connection.execute(_PLAN, (self._tenant, gallery_id))).fetchone()
        return None if row is None else _plan(gallery_id, row)

    async def set_plan(self, plan: AttendancePlan) -> None:
        settings = Jsonb(
            {
                "day_begins": plan.day_begins.isoformat(),
                "names": [camera.name for camera in plan.cameras],
                "cameras": cameras_to_json(plan.cameras),
                "late_s": plan.late_s,
                "early_s": plan.early_s,
                "duplicate_s": plan.duplicate_s,
                "longest_s": plan.longest_s,
                "live": live_to_json(plan.live),
            }
        )
        row = (self._tenant, plan.gallery_id, plan.zone, plan.schedule, settings)
        try:
            async with self._connection.transaction():
                await self._connection.execute(_SET_PLAN, row)
        except errors.ForeignKeyViolation as error:
            raise GalleryNotFound from error

    async def add(self, correction: Correction) -> None:
        place = await self._connection.execute(_LOCK_GALLERY, (self._tenant, correction.gallery_id))
        if await place.fetchone() is None:
            raise GalleryNotFound
        subject = await self._connection.execute(_LOCK_SUBJECT, (self._tenant, correction.subject_id))
        if await subject.fetchone() is None:
            raise SubjectNotFound
        await self._connection.execute(_ADD, (self._tenant, *_row(correction)))

    async def get(self, correction_id: CorrectionId) -> Correction:
        row = await (await self._connection.execute(_GET, (self._tenant, correction_id))).fetchone()
        if row is None:
            raise CorrectionNotFound
        return _correction(row)

    async def replace(self, correction: Correction) -> None:
        undone = str(correction.undone_by) if correction.undone_by else None
        row = (undone, correction.undone_at, self._tenant, correction.id)
        if not (await self._connection.execute(_UNDO, row)).rowcount:
            raise CorrectionNotFound

    async def corrections(
        self,
        *,
        gallery_id: GalleryId | None = None,
        subject_ids: Sequence[SubjectId] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        undone: bool = True,
    ) -> list[Correction]:
        given: dict[str, object] = {
            "gallery_id": gallery_id,
            "subject_ids": None if subject_ids is None else list(subject_ids),
            "since": since,
            "until": until,
            "holding": None if undone else True,
        }
        conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
        query = sql.SQL(
            "SELECT {columns} FROM attendance_corrections WHERE {where} ORDER BY at, made_at, correction_id"
        ).format(
            columns=sql.SQL(_COLUMNS),
            where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
        )
        rows = await self._connection.execute(query, {**given, "tenant": self._tenant})
        return [_correction(row) async for row in rows]

    async def purge(self, gallery_id: GalleryId, before: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, gallery_id, before))).rowcount


def _plan(gallery_id: GalleryId, row: TupleRow) -> AttendancePlan:
    zone, schedule_id, settings = row
    return AttendancePlan(
        gallery_id=gallery_id,
        zone=zone,
        day_begins=time.fromisoformat(settings["day_begins"]),
        schedule=ScheduleId(schedule_id) if schedule_id else None,
        cameras=cameras_from_json(settings["cameras"], settings["names"]),
        late_s=settings["late_s"],
        early_s=settings["early_s"],
        duplicate_s=settings["duplicate_s"],
        longest_s=settings["longest_s"],
        live=live_from_json(settings["live"]),
    )


def _row(correction: Correction) -> tuple[object, ...]:
    return (
        correction.id,
        correction.gallery_id,
        correction.subject_id,
        correction.kind,
        correction.at,
        correction.reason,
        correction.event_id,
        str(correction.made_by),
        correction.made_at,
        str(correction.undone_by) if correction.undone_by else None,
        correction.undone_at,
    )


def _correction(row: TupleRow) -> Correction:
    identifier, gallery_id, subject_id, kind, at, reason, event_id, made_by, made_at, undone_by, undone_at = (
        row
    )
    return Correction(
        id=CorrectionId(identifier),
        gallery_id=GalleryId(gallery_id),
        subject_id=SubjectId(subject_id),
        kind=AttendanceChange(kind),
        at=at,
        reason=reason,
        event_id=EventId(event_id) if event_id else None,
        made_by=Actor.parse(made_by),
        made_at=made_at,
        undone_by=Actor.parse(undone_by) if undone_by else None,
        undone_at=undone_at,
    )

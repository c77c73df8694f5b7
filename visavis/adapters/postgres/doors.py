"""Doors in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import errors
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.door_rows import (
    cameras_from_json,
    cameras_to_json,
    live_from_json,
    live_to_json,
    passback_from_json,
    passback_to_json,
    rules_from_json,
    rules_to_json,
)
from visavis.domain.door import Contact, Door, DoorId
from visavis.domain.errors import AlreadyExists, DoorNotFound, GalleryNotFound, SubjectNotFound
from visavis.domain.subject import GalleryId, SubjectId, TenantId

_COLUMNS = (
    "door_id, name, gallery_id, gallery, area, cameras, schedules, rules, settings, created_at, hold_open"
)
_LOCK_GALLERY = "SELECT FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR KEY SHARE"
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b) ORDER BY subject_id FOR KEY SHARE
"""
_PUT = f"""
    INSERT INTO doors (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, door_id) DO UPDATE SET
        name = excluded.name, gallery_id = excluded.gallery_id, gallery = excluded.gallery, area = excluded.area,
        cameras = excluded.cameras, schedules = excluded.schedules, rules = excluded.rules,
        settings = excluded.settings, hold_open = excluded.hold_open
"""  # noqa: S608  # constants only
_CLEAR = "DELETE FROM door_subjects WHERE tenant_id = %s AND door_id = %s"
_NAME = "INSERT INTO door_subjects (tenant_id, door_id, rule, subject_id) VALUES (%s, %s, %s, %s)"
_SELECT = f"""
    SELECT {_COLUMNS}, (
        SELECT coalesce(jsonb_agg(jsonb_build_array(s.rule, s.subject_id)), '[]') FROM door_subjects AS s
        WHERE s.tenant_id = d.tenant_id AND s.door_id = d.door_id
    ), contact_open, contact_since, contact_told FROM doors AS d WHERE tenant_id = %s
"""  # noqa: S608  # constants only
_BY_NAME = f"{_SELECT} AND name = %s"
_ALL = f"{_SELECT} AND (%s::text[] IS NULL OR gallery = ANY(%s)) ORDER BY name"
_AT = f"{_SELECT} AND cameras && %s::text[] ORDER BY name"
_OPEN = f"""
    {_SELECT} AND contact_open AND NOT contact_told AND contact_since + hold_open <= %s ORDER BY name
"""
_REMOVE = "DELETE FROM doors WHERE tenant_id = %s AND door_id = %s"
_CONTACT = """
    SELECT contact_open, contact_since, contact_told FROM doors WHERE tenant_id = %s AND door_id = %s FOR NO KEY UPDATE
"""
_CONTACTS = """
    SELECT door_id, contact_open, contact_since, contact_told FROM doors
    WHERE tenant_id = %s AND door_id = ANY(%s::uuid[]) AND contact_open IS NOT NULL
"""
_SET_CONTACT = """
    UPDATE doors SET contact_open = %s, contact_since = %s, contact_told = %s WHERE tenant_id = %s AND door_id = %s
"""


class PostgresDoors:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def put(self, door: Door) -> None:
        """Raises `SubjectNotFound`, too."""
        key = (self._tenant, door.gallery_id)
        if await (await self._connection.execute(_LOCK_GALLERY, key)).fetchone() is None:
            raise GalleryNotFound
        named = {one for rule in door.rules for one in rule.subjects or ()}
        rows = await self._connection.execute(_LOCK_SUBJECTS, (self._tenant, list(named)))
        if len(await rows.fetchall()) < len(named):
            raise SubjectNotFound
        try:
            async with self._connection.transaction():
                await self._connection.execute(_PUT, (self._tenant, *_row(door)))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a door {door.name} already.") from error
        await self._connection.execute(_CLEAR, (self._tenant, door.id))
        async with self._connection.cursor() as cursor:
            await cursor.executemany(
                _NAME,
                [
                    (self._tenant, door.id, place, one)
                    for place, rule in enumerate(door.rules)
                    for one in rule.subjects or ()
                ],
            )

    async def by_name(self, name: str) -> Door:
        row = await (await self._connection.execute(_BY_NAME, (self._tenant, name))).fetchone()
        if row is None:
            raise DoorNotFound
        return _door(row)

    async def all(self, galleries: frozenset[str] | None = None) -> list[Door]:
        names = None if galleries is None else sorted(galleries)
        rows = await self._connection.execute(_ALL, (self._tenant, names, names))
        return [_door(row) async for row in rows]

    async def at(self, cameras: Sequence[str]) -> list[Door]:
        rows = await self._connection.execute(_AT, (self._tenant, list(cameras)))
        return [_door(row) async for row in rows]

    async def remove(self, door_id: DoorId) -> None:
        if not (await self._connection.execute(_REMOVE, (self._tenant, door_id))).rowcount:
            raise DoorNotFound

    async def contact(self, door_id: DoorId) -> Contact | None:
        row = await (await self._connection.execute(_CONTACT, (self._tenant, door_id))).fetchone()
        return None if row is None else _contact(*row)

    async def contacts(self, ids: Sequence[DoorId]) -> dict[DoorId, Contact]:
        rows = await self._connection.execute(_CONTACTS, (self._tenant, list(ids)))
        return {DoorId(row[0]): Contact(open=row[1], since=row[2], told=row[3]) async for row in rows}

    async def set_contact(self, door_id: DoorId, contact: Contact) -> None:
        await self._connection.execute(
            _SET_CONTACT, (contact.open, contact.since, contact.told, self._tenant, door_id)
        )

    async def standing_open(self, now: datetime) -> list[tuple[Door, Contact]]:
        rows = await self._connection.execute(_OPEN, (self._tenant, now))
        found = [(_door(row), _contact(*row[-3:])) async for row in rows]
        return [(door, contact) for door, contact in found if contact is not None]


def _row(door: Door) -> tuple[object, ...]:
    return (
        door.id,
        door.name,
        door.gallery_id,
        door.gallery,
        door.area,
        [camera.name for camera in door.cameras],
        list(door.schedules),
        Jsonb(rules_to_json(door.rules)),
        Jsonb(
            {
                "cameras": cameras_to_json(door.cameras),
                "passback": passback_to_json(door.passback),
                "live": live_to_json(door.live),
                "repeat_s": door.repeat_s,
                "late_s": door.late_s,
                "unlock_s": door.unlock_s,
            }
        ),
        door.created_at,
        timedelta(seconds=door.hold_open_s),
    )


def _door(row: TupleRow) -> Door:
    door_id, name, gallery_id, gallery, area, cameras, _, rules, settings, created_at, hold_open, named = row[
        :12
    ]
    return Door(
        id=DoorId(door_id),
        name=name,
        gallery_id=GalleryId(gallery_id),
        gallery=gallery,
        area=area,
        cameras=cameras_from_json(settings["cameras"], cameras),
        rules=rules_from_json(rules, _by_rule(named)),
        passback=passback_from_json(settings["passback"]),
        live=live_from_json(settings["live"]),
        repeat_s=settings["repeat_s"],
        late_s=settings["late_s"],
        unlock_s=settings["unlock_s"],
        hold_open_s=int(hold_open.total_seconds()),
        created_at=created_at,
    )


def _by_rule(named: list[Any]) -> dict[int, frozenset[SubjectId]]:
    found: dict[int, set[SubjectId]] = {}
    for place, subject_id in named:
        found.setdefault(place, set()).add(SubjectId(UUID(subject_id)))
    return {place: frozenset(ids) for place, ids in found.items()}


def _contact(is_open: bool | None, since: datetime | None, told: bool) -> Contact | None:
    return None if is_open is None or since is None else Contact(open=is_open, since=since, told=told)

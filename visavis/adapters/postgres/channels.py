"""Channels of alerts and what is sent through them, in PostgreSQL."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.alert_json import target_from_bytes, target_to_bytes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.alert import AlertId, ChannelId, RuleId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import Channel, ChannelKind, Dispatch, DispatchId, MqttTarget, PublishedCamera
from visavis.domain.errors import AlreadyExists, ChannelNotFound, DeliveryNotFound
from visavis.domain.subject import TenantId

_TABLE = "alert_channels"
_COLUMNS = (
    "channel_id, name, kind, data_key_id, nonce, ciphertext, enabled, names, pictures, cursor, created_at"
)
_INSERT = f"""
    INSERT INTO alert_channels (tenant_id, {_COLUMNS}, publishes)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM alert_channels WHERE tenant_id = %s AND channel_id = %s"  # noqa: S608  # constants only
_IDS = "SELECT channel_id FROM alert_channels WHERE tenant_id = %s ORDER BY name"
_REPLACE = """
    UPDATE alert_channels SET name = %s, kind = %s, data_key_id = %s, nonce = %s, ciphertext = %s, enabled = %s,
                              names = %s, pictures = %s, publishes = %s
    WHERE tenant_id = %s AND channel_id = %s
"""
_REMOVE = "DELETE FROM alert_channels WHERE tenant_id = %s AND channel_id = %s"
_HOLD = """
    UPDATE alert_channels SET holder = %s, held_until = %s
    WHERE tenant_id = %s AND channel_id = %s AND enabled AND (holder = %s OR held_until IS NULL OR held_until <= %s)
"""
_ADVANCE = "UPDATE alert_channels SET cursor = greatest(cursor, %s) WHERE tenant_id = %s AND channel_id = %s"
_CAMERAS = """
    SELECT site, source, topics, faces FROM alert_channel_cameras WHERE tenant_id = %s AND channel_id = %s
    ORDER BY site, source
"""
_KEEP_CAMERA = """
    INSERT INTO alert_channel_cameras (tenant_id, channel_id, site, source, topics, faces)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, channel_id, site, source) DO UPDATE SET topics = excluded.topics, faces = excluded.faces
"""
_FORGET_CAMERA = """
    DELETE FROM alert_channel_cameras WHERE tenant_id = %s AND channel_id = %s AND site = %s AND source = %s
"""
_DISPATCH_COLUMNS = """
    dispatch_id, channel_id, rule_id, alert_id, state, attempts, created_at, next_at, status, error, finished_at,
    summary_id
"""
_LOCK_CHANNELS = """
    SELECT channel_id FROM alert_channels WHERE tenant_id = %s AND channel_id = ANY(%s::uuid[])
    ORDER BY channel_id FOR KEY SHARE
"""
_PUT = f"""
    INSERT INTO alert_dispatches (tenant_id, {_DISPATCH_COLUMNS})
    SELECT %(tenant)s, %(id)s, %(channel)s, %(rule)s, %(alert)s::uuid, %(state)s, %(attempts)s, %(created)s, %(next)s,
           %(status)s, %(error)s, %(finished)s, %(summary)s
    WHERE %(alert)s::uuid IS NULL OR EXISTS (
        SELECT FROM alerts WHERE tenant_id = %(tenant)s AND alert_id = %(alert)s::uuid
    )
    ON CONFLICT (tenant_id, dispatch_id) DO UPDATE SET
        state = excluded.state, attempts = excluded.attempts, next_at = excluded.next_at, status = excluded.status,
        error = excluded.error, finished_at = excluded.finished_at, summary_id = excluded.summary_id
"""  # noqa: S608  # constants only
_DISPATCH = f"""
    SELECT {_DISPATCH_COLUMNS} FROM alert_dispatches WHERE tenant_id = %s AND dispatch_id = %s
"""  # noqa: S608  # constants only
_DUE = f"""
    SELECT {_DISPATCH_COLUMNS} FROM alert_dispatches AS d
    WHERE tenant_id = %(tenant)s AND state = %(state)s AND next_at <= %(now)s
      AND channel_id = coalesce(%(channel)s, channel_id) AND EXISTS (
        SELECT FROM alert_channels AS c
        WHERE c.tenant_id = %(tenant)s AND c.channel_id = d.channel_id AND c.enabled
    ) ORDER BY next_at, dispatch_id LIMIT %(limit)s
"""  # noqa: S608  # constants only
_DISPATCHES = f"""
    SELECT {_DISPATCH_COLUMNS} FROM alert_dispatches
    WHERE tenant_id = %(tenant)s
      AND (%(alert)s::uuid IS NULL OR alert_id = %(alert)s) AND (%(channel)s::uuid IS NULL OR channel_id = %(channel)s)
      AND (%(summary)s::uuid IS NULL OR summary_id = %(summary)s) AND state = coalesce(%(state)s, state)
    ORDER BY created_at DESC, dispatch_id DESC LIMIT %(limit)s
"""  # noqa: S608  # constants only
_SENT = """
    SELECT count(DISTINCT alert_id) FROM alert_dispatches
    WHERE tenant_id = %s AND rule_id = %s AND created_at >= %s AND alert_id IS NOT NULL
      AND state IN ('pending', 'delivered', 'dead')
"""
_PURGE = "DELETE FROM alert_dispatches WHERE tenant_id = %s AND finished_at < %s"


class PostgresChannels:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, channel: Channel) -> None:
        sealed = await self._sealed(channel)
        switches = (channel.enabled, channel.names, channel.pictures, channel.cursor, channel.created_at)
        values = (channel.id, channel.name, channel.kind, *sealed, *switches, _publishes(channel))
        try:
            await self._connection.execute(_INSERT, (self._tenant, *values))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a channel {channel.name!r} already.") from error

    async def get(self, channel_id: ChannelId) -> Channel:
        row: TupleRow | None = None

        async def look() -> Sealed | None:
            nonlocal row
            row = await (await self._connection.execute(_GET, (self._tenant, channel_id))).fetchone()
            return None if row is None else Sealed(*row[3:6])

        content = await self._vault.read(look, _TABLE, channel_id)
        if row is None or content is None:
            raise ChannelNotFound
        return _channel(row, content)

    async def all(self) -> list[Channel]:
        rows = await (await self._connection.execute(_IDS, (self._tenant,))).fetchall()
        return [await self.get(ChannelId(row[0])) for row in rows]

    async def replace(self, channel: Channel) -> None:
        sealed = await self._sealed(channel)
        switches = (channel.enabled, channel.names, channel.pictures, _publishes(channel))
        values = (channel.name, channel.kind, *sealed, *switches)
        try:
            changed = await self._connection.execute(_REPLACE, (*values, self._tenant, channel.id))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a channel {channel.name!r} already.") from error
        if changed.rowcount == 0:
            raise ChannelNotFound

    async def remove(self, channel_id: ChannelId) -> None:
        if (await self._connection.execute(_REMOVE, (self._tenant, channel_id))).rowcount == 0:
            raise ChannelNotFound

    async def hold(self, channel_id: ChannelId, holder: uuid.UUID, *, now: datetime, until: datetime) -> bool:
        values = (holder, until, self._tenant, channel_id, holder, now)
        return (await self._connection.execute(_HOLD, values)).rowcount == 1

    async def advance(self, channel_id: ChannelId, cursor: int, cameras: Sequence[PublishedCamera]) -> None:
        moved = await self._connection.execute(_ADVANCE, (cursor, self._tenant, channel_id))
        if moved.rowcount == 0:
            raise ChannelNotFound
        rows = [
            (self._tenant, channel_id, one.site, one.source, list(one.topics), one.faces) for one in cameras
        ]
        if rows:
            async with self._connection.cursor() as many:
                await many.executemany(_KEEP_CAMERA, rows)

    async def cameras(self, channel_id: ChannelId) -> list[PublishedCamera]:
        rows = await self._connection.execute(_CAMERAS, (self._tenant, channel_id))
        return [
            PublishedCamera(site=site, source=source, topics=tuple(topics), faces=faces)
            async for site, source, topics, faces in rows
        ]

    async def forget_cameras(self, channel_id: ChannelId, cameras: Sequence[PublishedCamera]) -> None:
        for one in cameras:
            await self._connection.execute(_FORGET_CAMERA, (self._tenant, channel_id, one.site, one.source))

    async def put(self, dispatches: Sequence[Dispatch]) -> None:
        if not dispatches:
            return
        ids = list({one.channel_id for one in dispatches})
        living = {row[0] async for row in await self._connection.execute(_LOCK_CHANNELS, (self._tenant, ids))}
        rows = [{"tenant": self._tenant} | _row(one) for one in dispatches if one.channel_id in living]
        async with self._connection.cursor() as many:
            await many.executemany(_PUT, rows)

    async def dispatch(self, dispatch_id: DispatchId) -> Dispatch:
        row = await (await self._connection.execute(_DISPATCH, (self._tenant, dispatch_id))).fetchone()
        if row is None:
            raise DeliveryNotFound
        return _dispatch(row)

    async def due(
        self,
        state: DispatchState,
        now: datetime,
        *,
        channel_id: ChannelId | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        given = {
            "tenant": self._tenant,
            "state": state,
            "now": now,
            "channel": channel_id,
            "limit": limit,
        }
        return [_dispatch(row) async for row in await self._connection.execute(_DUE, given)]

    async def dispatches(
        self,
        *,
        alert_id: AlertId | None = None,
        channel_id: ChannelId | None = None,
        summary_id: DispatchId | None = None,
        state: DispatchState | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        given = {
            "tenant": self._tenant,
            "alert": alert_id,
            "channel": channel_id,
            "summary": summary_id,
            "state": state,
            "limit": limit,
        }
        return [_dispatch(row) async for row in await self._connection.execute(_DISPATCHES, given)]

    async def sent(self, rule_id: RuleId, since: datetime) -> int:
        row = await (await self._connection.execute(_SENT, (self._tenant, rule_id, since))).fetchone()
        return int(row[0]) if row else 0

    async def purge(self, finished_before: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, finished_before))).rowcount

    async def _sealed(self, channel: Channel) -> Sealed:
        return await self._vault.seal(target_to_bytes(channel.target), _TABLE, channel.id)


def _publishes(channel: Channel) -> bool:
    return isinstance(channel.target, MqttTarget) and channel.target.publish


def _channel(row: TupleRow, content: bytes) -> Channel:
    channel_id, name, kind, _, _, _, enabled, names, pictures, cursor, created_at = row
    return Channel(
        id=ChannelId(channel_id),
        name=name,
        target=target_from_bytes(ChannelKind(kind), content),
        enabled=enabled,
        names=names,
        pictures=pictures,
        cursor=cursor,
        created_at=created_at,
    )


def _row(one: Dispatch) -> dict[str, object]:
    return {
        "id": one.id,
        "channel": one.channel_id,
        "rule": one.rule_id,
        "alert": one.alert_id,
        "state": one.state,
        "attempts": one.attempts,
        "created": one.created_at,
        "next": one.next_at,
        "status": one.status,
        "error": one.error,
        "finished": one.finished_at,
        "summary": one.summary_id,
    }


def _dispatch(row: TupleRow) -> Dispatch:
    (dispatch_id, channel_id, rule_id, alert_id, state, attempts, created_at, next_at, *rest) = row
    status, error, finished_at, summary_id = rest
    return Dispatch(
        id=DispatchId(dispatch_id),
        channel_id=ChannelId(channel_id),
        rule_id=RuleId(rule_id),
        alert_id=AlertId(alert_id) if alert_id else None,
        state=DispatchState(state),
        attempts=attempts,
        created_at=created_at,
        next_at=next_at,
        status=status,
        error=error,
        finished_at=finished_at,
        summary_id=DispatchId(summary_id) if summary_id else None,
    )

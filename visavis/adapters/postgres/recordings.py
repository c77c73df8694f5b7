"""Indexed recordings in PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.staging_rows import plain_of, template_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.recordings import RecordingFilter
from visavis.domain.errors import (
    AlreadyExists,
    GalleryNotFound,
    KeyUnavailable,
    ModelMismatch,
    RecordingNotFound,
)
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_TRACKS: Final = "recorded_tracks"
_COLUMNS: Final = """
    recording_id, gallery_id, name, location, sha256, size, duration_s, started_at, source, site, zone, model, rate,
    tracks, added_at, added_by, software, keep_until
"""
_INSERT = f"""
    INSERT INTO recordings (tenant_id, ended_at, {_COLUMNS})
    VALUES (%s, %s, {", ".join(["%s"] * 18)}) ON CONFLICT (tenant_id, gallery_id, sha256) DO NOTHING
"""  # noqa: S608  # constants only
_INSERT_TRACK = """
    INSERT INTO recorded_tracks (tenant_id, recording_id, number, first_s, last_s, best_s, frames, model, box,
        data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_MODEL = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR KEY SHARE"
_QUERY: Final = """
    SELECT r.recording_id, r.gallery_id, r.name, r.location, r.sha256, r.size, r.duration_s, r.started_at, r.source,
        r.site, r.zone, r.model, r.rate, r.tracks, r.added_at, r.added_by, r.software, r.keep_until, g.name
    FROM recordings AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE {where} ORDER BY r.started_at, r.recording_id LIMIT %(limit)s
"""
_CONDITIONS: Final = (
    ("id", "r.recording_id = %(id)s"),
    ("gallery_id", "r.gallery_id = %(gallery_id)s"),
    ("galleries", "g.name = ANY(%(galleries)s)"),
    ("ids", "r.recording_id = ANY(%(ids)s)"),
    ("source", "r.source = %(source)s"),
    ("site", "r.site = %(site)s"),
    ("zone", "r.zone = %(zone)s"),
    ("sha256", "r.sha256 = %(sha256)s"),
    ("since", "r.ended_at >= %(since)s"),
    ("until", "r.started_at < %(until)s"),
    (
        "after",
        "(r.started_at, r.recording_id) > (SELECT started_at, recording_id FROM recordings"
        " WHERE tenant_id = %(tenant)s AND recording_id = %(after)s)",
    ),
)
_READ = """
    SELECT number, first_s, last_s, best_s, frames, model, box, data_key_id, nonce, ciphertext FROM recorded_tracks
    WHERE tenant_id = %s AND recording_id = %s AND number > %s ORDER BY number LIMIT %s
"""
_REMOVE = "DELETE FROM recordings WHERE tenant_id = %s AND recording_id = %s"
_EXPIRED = """
    SELECT recording_id FROM recordings WHERE tenant_id = %s AND keep_until < %s ORDER BY keep_until LIMIT %s
"""
_TRIES = 3


class PostgresRecordings:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, recording: Recording, tracks: Sequence[RecordedTrack]) -> None:
        rows = await self._connection.execute(_MODEL, (self._tenant, recording.gallery_id))
        row = await rows.fetchone()
        if row is None:
            raise GalleryNotFound
        if row[0] != recording.model.key:
            raise ModelMismatch("The recording was indexed with another model than the gallery has.")
        inserted = await self._connection.execute(
            _INSERT, (self._tenant, recording.ended_at, *_columns(recording))
        )
        if inserted.rowcount == 0:
            raise AlreadyExists("This gallery has a recording of the same content.")
        sealed = [await self._sealed(recording.id, track) for track in tracks]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(_INSERT_TRACK, sealed)

    async def get(self, recording_id: RecordingId) -> Recording:
        found = await self._selected({"id": recording_id}, limit=1)
        if not found:
            raise RecordingNotFound
        return found[0]

    async def page(
        self, wanted: RecordingFilter, *, after: RecordingId | None = None, limit: int = 100
    ) -> list[Recording]:
        given: dict[str, object] = {
            "gallery_id": wanted.gallery_id,
            "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
            "ids": None if wanted.ids is None else list(wanted.ids),
            "source": wanted.source,
            "site": wanted.site,
            "zone": wanted.zone,
            "sha256": wanted.sha256,
            "since": wanted.since,
            "until": wanted.until,
            "after": after,
        }
        return await self._selected(given, limit=limit)

    async def tracks(
        self, recording_id: RecordingId, *, batch: int = 1000
    ) -> AsyncIterator[list[RecordedTrack]]:
        last = -1
        while page := await self._page(recording_id, last, batch):
            yield page
            last = page[-1].number

    async def remove(self, recording_id: RecordingId) -> None:
        removed = await self._connection.execute(_REMOVE, (self._tenant, recording_id))
        if removed.rowcount == 0:
            raise RecordingNotFound

    async def expired(self, now: datetime, *, limit: int = 100) -> list[RecordingId]:
        rows = await self._connection.execute(_EXPIRED, (self._tenant, now, limit))
        return [RecordingId(row[0]) async for row in rows]

    async def _selected(self, given: dict[str, object], *, limit: int) -> list[Recording]:
        conditions = [sql.SQL(text) for name, text in _CONDITIONS if given.get(name) is not None]
        query = sql.SQL(_QUERY).format(
            where=sql.SQL(" AND ").join([sql.SQL("r.tenant_id = %(tenant)s"), *conditions])
        )
        names = {**given, "tenant": self._tenant, "limit": limit}
        return [_recording(row) async for row in await self._connection.execute(query, names)]

    async def _sealed(self, recording_id: RecordingId, track: RecordedTrack) -> tuple[object, ...]:
        model = track.template.model.key
        sealed = await self._vault.seal(plain_of(track.template), _TRACKS, recording_id, track.number, model)
        return (
            self._tenant,
            recording_id,
            track.number,
            track.first_s,
            track.last_s,
            track.best_s,
            track.frames,
            model,
            [float(side) for side in track.box],
            *sealed,
        )

    async def _page(self, recording_id: RecordingId, last: int, limit: int) -> list[RecordedTrack]:
        """Read again if a rotation of the keys came between rows and keys."""
        for _ in range(_TRIES):
            names = (self._tenant, recording_id, last, limit)
            rows = await (await self._connection.execute(_READ, names)).fetchall()
            if all([await self._vault.has_key_of(Sealed(*row[-3:])) for row in rows]):
                return [await self._track(recording_id, row) for row in rows]
        raise KeyUnavailable("A data key is not in the database.", hint="Try again: keys are being rotated.")

    async def _track(self, recording_id: RecordingId, row: TupleRow) -> RecordedTrack:
        number, first_s, last_s, best_s, frames, model, box, *sealed = row
        plain = await self._vault.open(Sealed(*sealed), _TRACKS, recording_id, number, model)
        return RecordedTrack(
            number=number,
            first_s=first_s,
            last_s=last_s,
            best_s=best_s,
            frames=frames,
            box=tuple(box),
            template=template_of(plain, ModelIdentity.parse(model)),
        )


def _columns(one: Recording) -> tuple[object, ...]:
    return (
        one.id,
        one.gallery_id,
        one.name,
        one.location,
        one.sha256,
        one.size,
        one.duration_s,
        one.started_at,
        one.source,
        one.site,
        one.zone,
        one.model.key,
        one.rate,
        one.tracks,
        one.added_at,
        one.added_by,
        one.software,
        one.keep_until,
    )


def _recording(row: TupleRow) -> Recording:
    (
        recording_id, gallery_id, name, location, sha256, size, duration_s, started_at, source, site, zone, model,
        rate, tracks, added_at, added_by, software, keep_until, gallery,
    ) = row  # fmt: skip
    return Recording(
        id=RecordingId(recording_id),
        gallery_id=GalleryId(gallery_id),
        gallery=gallery,
        name=name,
        location=location,
        sha256=sha256,
        size=size,
        duration_s=duration_s,
        started_at=started_at,
        source=source,
        site=site,
        zone=zone,
        model=ModelIdentity.parse(model),
        rate=rate,
        tracks=tracks,
        added_at=added_at,
        added_by=added_by,
        software=software,
        keep_until=keep_until,
    )

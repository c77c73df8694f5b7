"""The detection log in PostgreSQL.

The counter of a tenant's events is locked by `add` until the transaction ends, so sequences are gapless and in the
order of commits. Whoever adds events does it as the last thing that writes: locks are taken in the order
galleries, subjects, counters of galleries, counter of events, audit log.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.event_rows import (
    COLUMNS,
    PLACEHOLDERS,
    REVISED,
    columns_of,
    event_of,
    page_query,
    revised_of,
)
from visavis.adapters.postgres.event_summary import summary
from visavis.adapters.postgres.probes import forget_probes
from visavis.application.ports.events import EventFilter
from visavis.domain.decision import Outcome
from visavis.domain.errors import EventNotFound, SubjectNotFound
from visavis.domain.event import Event, EventId
from visavis.domain.event_summary import EventSummary, Step
from visavis.domain.subject import GalleryId, SubjectId, TenantId

CHANNEL = "visavis_events"  #: NOTIFY carries "<tenant> <sequence of the latest event>" at each commit

_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)
    ORDER BY subject_id FOR KEY SHARE
"""
_LOCK_COUNTER = "SELECT sequence FROM event_counters WHERE tenant_id = %s FOR NO KEY UPDATE"
_MAKE_COUNTER = "INSERT INTO event_counters (tenant_id, sequence) VALUES (%s, 0) ON CONFLICT DO NOTHING"
_COUNT_UP = "UPDATE event_counters SET sequence = %s WHERE tenant_id = %s"
_NOTIFY = "SELECT pg_notify(%s, %s)"
_KNOWN = """
    SELECT g.event_id FROM unnest(
        %(ids)b::uuid[], %(sources)s::text[], %(references)s::text[], %(galleries)b::uuid[], %(positions)s::int[]
    ) AS g (event_id, source, reference, gallery_id, position)
    WHERE EXISTS (SELECT FROM events AS e WHERE e.tenant_id = %(tenant)s AND e.event_id = g.event_id)
       OR g.reference <> '' AND EXISTS (
        SELECT FROM events AS e
        WHERE e.tenant_id = %(tenant)s AND e.source = g.source AND e.reference = g.reference AND e.reference <> ''
          AND e.gallery_id IS NOT DISTINCT FROM g.gallery_id AND e.position = g.position
    )
"""
_INSERT = f"INSERT INTO events (tenant_id, {COLUMNS}) VALUES (%s, {PLACEHOLDERS})"  # noqa: S608  # constants only
_GET = f"SELECT {COLUMNS} FROM events WHERE tenant_id = %s AND event_id = %s"  # noqa: S608  # constants only
_REVIEW = f"""
    UPDATE events SET verdict = %s, subject_id = %s WHERE tenant_id = %s AND event_id = %s RETURNING {COLUMNS}
"""  # noqa: S608  # constants only
_REVISE = f"""
    UPDATE events SET {REVISED} WHERE tenant_id = %s AND event_id = %s RETURNING {COLUMNS}
"""  # noqa: S608  # constants only
_OLD = """
    DELETE FROM events WHERE tenant_id = %(tenant)s AND event_id IN (
        SELECT event_id FROM events AS e
        WHERE tenant_id = %(tenant)s AND recorded_at < %(before)s AND {of}
        ORDER BY recorded_at, sequence LIMIT %(limit)s
    )
"""
_PURGE = _OLD.format(of="gallery_id = %(gallery)s")
_PURGE_ORPHANS = _OLD.format(
    of="NOT EXISTS (SELECT FROM galleries AS g WHERE g.tenant_id = %(tenant)s AND g.gallery_id = e.gallery_id)"
)
_FORGET = "UPDATE events SET subject_id = NULL WHERE tenant_id = %s AND subject_id = %s"


class PostgresEvents:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes

    async def add(self, events: Sequence[Event]) -> list[Event]:
        """A subject that was erased meanwhile is left out of its event."""
        if not events:
            return []
        await self._changes.record()  # the counters of galleries come before that of events
        named = await self._locked({event.subject_id for event in events if event.subject_id is not None})
        last = await self._lock_counter()
        new = _distinct(events, await self._known(events))
        numbered = [
            replace(
                event,
                sequence=sequence,
                subject_id=event.subject_id if event.subject_id in named else None,
            )
            for sequence, event in enumerate(new, last + 1)
        ]
        if numbered:
            await self._insert(numbered)
        return numbered

    async def get(self, event_id: EventId) -> Event:
        row = await (await self._connection.execute(_GET, (self._tenant, event_id))).fetchone()
        if row is None:
            raise EventNotFound
        return event_of(row)

    async def page(
        self,
        wanted: EventFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Event]:
        query, names = page_query(self._tenant, wanted, before=before, after=after, limit=limit)
        return [event_of(row) async for row in await self._connection.execute(query, names)]

    async def summary(self, wanted: EventFilter, step: Step | None = None) -> EventSummary:
        return await summary(self._connection, self._tenant, wanted, step)

    async def review(self, event_id: EventId, verdict: Outcome | None, subject_id: SubjectId | None) -> Event:
        """Raises `SubjectNotFound`, too."""
        if subject_id is not None and not await self._locked({subject_id}):
            raise SubjectNotFound
        rows = await self._connection.execute(_REVIEW, (verdict, subject_id, self._tenant, event_id))
        row = await rows.fetchone()
        if row is None:
            raise EventNotFound
        return event_of(row)

    async def revise(self, event: Event) -> Event:
        await self._changes.record()
        named = await self._locked({event.subject_id} if event.subject_id else set())
        sequence = await self._lock_counter() + 1
        known = replace(event, sequence=sequence, subject_id=event.subject_id if named else None)
        rows = await self._connection.execute(_REVISE, (*revised_of(known), self._tenant, event.id))
        row = await rows.fetchone()
        if row is None:
            raise EventNotFound
        await self._connection.execute(_COUNT_UP, (sequence, self._tenant))
        await self._connection.execute(_NOTIFY, (CHANNEL, f"{self._tenant} {sequence}"))
        return event_of(row)

    async def purge(
        self, gallery_id: GalleryId | None, recorded_before: datetime, *, limit: int = 10_000
    ) -> int:
        """`None` includes events that never had a gallery."""
        names = {
            "tenant": self._tenant,
            "gallery": gallery_id,
            "before": recorded_before,
            "limit": limit,
        }
        query = _PURGE if gallery_id else _PURGE_ORPHANS
        return (await self._connection.execute(query, names)).rowcount

    async def forget(self, subject_id: SubjectId) -> int:
        await forget_probes(self._connection, self._tenant, subject_id)
        return (await self._connection.execute(_FORGET, (self._tenant, subject_id))).rowcount

    async def _locked(self, subjects: set[SubjectId]) -> set[SubjectId]:
        """Those of the subjects that exist, and do until the transaction ends."""
        if not subjects:
            return set()
        rows = await self._connection.execute(_LOCK_SUBJECTS, (self._tenant, list(subjects)))
        return {SubjectId(subject_id) async for (subject_id,) in rows}

    async def _lock_counter(self) -> int:
        """The sequence of the latest event."""
        while True:
            row = await (await self._connection.execute(_LOCK_COUNTER, (self._tenant,))).fetchone()
            if row is not None:
                return int(row[0])
            await self._connection.execute(_MAKE_COUNTER, (self._tenant,))

    async def _known(self, events: Sequence[Event]) -> set[EventId]:
        """Those of the events that are in the log. A statement after the lock: it sees what others committed."""
        rows = await self._connection.execute(
            _KNOWN,
            {
                "tenant": self._tenant,
                "ids": [event.id for event in events],
                "sources": [event.source for event in events],
                "references": [event.reference for event in events],
                "galleries": [event.gallery_id for event in events],
                "positions": [event.position for event in events],
            },
        )
        return {EventId(event_id) async for (event_id,) in rows}

    async def _insert(self, events: list[Event]) -> None:
        latest = events[-1].sequence
        async with self._connection.pipeline(), self._connection.cursor() as cursor:
            await cursor.executemany(_INSERT, [(self._tenant, *columns_of(event)) for event in events])
            await cursor.execute(_COUNT_UP, (latest, self._tenant))
            await cursor.execute(_NOTIFY, (CHANNEL, f"{self._tenant} {latest}"))


def _distinct(events: Sequence[Event], known: set[EventId]) -> list[Event]:
    """Without those that are known, and without repetitions among the rest."""
    seen: set[object] = set(known)
    new: list[Event] = []
    for event in events:
        capture = (event.source, event.reference, event.gallery_id, event.position)
        if event.id in seen or (event.reference and capture in seen):
            continue
        seen |= {event.id, capture}
        new.append(event)
    return new

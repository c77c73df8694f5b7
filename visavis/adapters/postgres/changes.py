"""The change feed: which subjects of a gallery an index must read again.

The sequence of a gallery is a counter in its row. It is raised at the end of a transaction, and the row stays
locked until the commit, so sequences are gapless and in the order of commits, and a reader never sees a
change before all earlier ones. Galleries are taken in the order of their identifiers, so that writers to
several galleries never wait for each other in a circle.
"""

from collections import defaultdict
from collections.abc import Iterable

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.store import Change
from visavis.domain.errors import GalleryNotFound
from visavis.domain.subject import GalleryId, SubjectId, TenantId

CHANNEL = "visavis_changes"  #: NOTIFY carries the identifier of a gallery that changed

_RECORD = """
    WITH raised AS (
        UPDATE galleries SET change_sequence = change_sequence + cardinality(%(subjects)b::uuid[])
        WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
        RETURNING change_sequence - cardinality(%(subjects)b::uuid[]) AS before
    ), recorded AS (
        INSERT INTO gallery_changes (tenant_id, gallery_id, subject_id, sequence)
        SELECT %(tenant)s, %(gallery)s, s.subject_id, raised.before + s.position
        FROM raised, unnest(%(subjects)b::uuid[]) WITH ORDINALITY AS s (subject_id, position)
        ON CONFLICT (tenant_id, gallery_id, subject_id) DO UPDATE SET sequence = excluded.sequence
    )
    SELECT pg_notify(%(channel)s, %(gallery)s::text) FROM raised
"""
_AFTER = """
    SELECT sequence, subject_id FROM gallery_changes
    WHERE tenant_id = %s AND gallery_id = %s AND sequence > %s ORDER BY sequence LIMIT %s
"""
_SEQUENCE = "SELECT change_sequence FROM galleries WHERE tenant_id = %s AND gallery_id = %s"
_NOTIFY = "SELECT pg_notify(%s, %s)"


class Changes:
    """Collects what a transaction changed, and records it at its end."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant
        self._pending: dict[GalleryId, set[SubjectId]] = defaultdict(set)

    def note(self, gallery_id: GalleryId, subjects: Iterable[SubjectId]) -> None:
        self._pending[gallery_id].update(subjects)

    async def note_removal(self, gallery_id: GalleryId) -> None:
        """Wakes those who hold an index of a gallery that is gone; they find no gallery."""
        self._pending.pop(gallery_id, None)
        await self._connection.execute(_NOTIFY, (CHANNEL, str(gallery_id)))

    async def record(self) -> None:
        """Writes what was noted. Locks the galleries until the transaction ends, so it comes last."""
        pending, self._pending = self._pending, defaultdict(set)
        for gallery_id in sorted(pending):
            await self._connection.execute(
                _RECORD,
                {
                    "tenant": self._tenant,
                    "gallery": gallery_id,
                    "subjects": sorted(pending[gallery_id]),
                    "channel": CHANNEL,
                },
            )

    async def after(self, gallery_id: GalleryId, sequence: int, limit: int | None = None) -> list[Change]:
        await self.record()
        rows = await self._connection.execute(_AFTER, (self._tenant, gallery_id, sequence, limit))
        return [Change(sequence=number, subject_id=SubjectId(subject)) async for number, subject in rows]

    async def latest(self, gallery_id: GalleryId) -> int:
        await self.record()
        row = await (await self._connection.execute(_SEQUENCE, (self._tenant, gallery_id))).fetchone()
        if row is None:
            raise GalleryNotFound
        return int(row[0])

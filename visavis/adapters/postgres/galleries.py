"""Galleries in PostgreSQL."""

from psycopg.rows import TupleRow

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.policies import policy_from_json, policy_to_json
from visavis.application.ports.store import GallerySummary
from visavis.domain.errors import AlreadyExists, GalleryNotFound
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_INSERT = """
    INSERT INTO galleries (tenant_id, gallery_id, name, purpose, pack, model, policy, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_BY_NAME = """
    SELECT gallery_id, name, purpose, pack, model, policy, created_at FROM galleries
    WHERE tenant_id = %s AND name = %s
"""
_ALL = """
    SELECT gallery_id, name, purpose, pack, model, policy, created_at, coalesce(n.subjects, 0),
           coalesce(n.kept, 0)
    FROM galleries LEFT JOIN (
        SELECT gallery_id, count(DISTINCT subject_id) AS subjects, count(*) AS kept
        FROM subject_references WHERE tenant_id = %(tenant)s GROUP BY gallery_id
    ) AS n USING (gallery_id)
    WHERE tenant_id = %(tenant)s ORDER BY name
"""
_SET_POLICY = "UPDATE galleries SET policy = %s WHERE tenant_id = %s AND gallery_id = %s"
_LOCK = "SELECT 1 FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR UPDATE"
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects AS s WHERE tenant_id = %(tenant)s AND EXISTS (
        SELECT FROM subject_references AS r
        WHERE r.tenant_id = %(tenant)s AND r.gallery_id = %(gallery)s AND r.subject_id = s.subject_id
    ) ORDER BY subject_id FOR UPDATE
"""
_DELETE_REFERENCES = "DELETE FROM subject_references WHERE tenant_id = %s AND gallery_id = %s"
_DELETE_ORPHANS = """
    DELETE FROM subjects AS s WHERE tenant_id = %(tenant)s AND subject_id = ANY(%(subjects)b) AND NOT EXISTS (
        SELECT FROM subject_references AS r WHERE r.tenant_id = %(tenant)s AND r.subject_id = s.subject_id
    )
"""
_DELETE = "DELETE FROM galleries WHERE tenant_id = %s AND gallery_id = %s"


class PostgresGalleries:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes

    async def add(self, gallery: Gallery) -> None:
        inserted = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                gallery.id,
                gallery.name,
                gallery.purpose,
                gallery.pack,
                gallery.model.key,
                policy_to_json(gallery.policy),
                gallery.created_at,
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is a gallery {gallery.name!r} already.")

    async def by_name(self, name: str) -> Gallery:
        row = await (await self._connection.execute(_BY_NAME, (self._tenant, name))).fetchone()
        if row is None:
            raise GalleryNotFound(f"There is no gallery {name!r}.")
        return _gallery(row)

    async def all(self) -> list[GallerySummary]:
        rows = await self._connection.execute(_ALL, {"tenant": self._tenant})
        return [
            GallerySummary(gallery=_gallery(row[:7]), subjects=row[7], references=row[8])
            async for row in rows
        ]

    async def set_policy(self, gallery_id: GalleryId, policy: Policy) -> None:
        updated = await self._connection.execute(
            _SET_POLICY, (policy_to_json(policy), self._tenant, gallery_id)
        )
        if updated.rowcount == 0:
            raise GalleryNotFound

    async def remove(self, gallery_id: GalleryId) -> int:
        """Locks the gallery first and then its subjects, as those do who add references."""
        key = (self._tenant, gallery_id)
        if (await self._connection.execute(_LOCK, key)).rowcount == 0:
            raise GalleryNotFound
        names = {"tenant": self._tenant, "gallery": gallery_id}
        subjects = [row[0] async for row in await self._connection.execute(_LOCK_SUBJECTS, names)]
        removed = (await self._connection.execute(_DELETE_REFERENCES, key)).rowcount
        # A statement of its own: it sees what others committed while the subjects were waited for.
        await self._connection.execute(_DELETE_ORPHANS, {"tenant": self._tenant, "subjects": subjects})
        await self._connection.execute(_DELETE, key)
        await self._changes.note_removal(gallery_id)
        return removed


def _gallery(row: TupleRow) -> Gallery:
    gallery_id, name, purpose, pack, model, policy, created_at = row
    return Gallery(
        id=GalleryId(gallery_id),
        name=name,
        purpose=Purpose(purpose),
        pack=pack,
        model=ModelIdentity.parse(model),
        policy=policy_from_json(policy),
        created_at=created_at,
    )

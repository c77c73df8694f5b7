"""Galleries in PostgreSQL."""

from psycopg.rows import TupleRow

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.policies import (
    calibration_from_text,
    calibration_to_text,
    policy_from_json,
    policy_to_json,
)
from visavis.application.ports.store import GallerySummary
from visavis.domain.decision import Calibration
from visavis.domain.errors import AlreadyExists, GalleryNotFound, ModelMismatch, PreconditionFailed
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

_INSERT = """
    INSERT INTO galleries (tenant_id, gallery_id, name, purpose, pack, model, policy, created_at, calibration)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb) ON CONFLICT DO NOTHING
"""
_COLUMNS = "gallery_id, name, purpose, pack, model, policy, created_at, calibration::text"
_BY_NAME = f"SELECT {_COLUMNS} FROM galleries WHERE tenant_id = %s AND name = %s"  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM galleries WHERE tenant_id = %s AND gallery_id = %s"  # noqa: S608  # constants only
_ALL = f"""
    SELECT {_COLUMNS}, coalesce(m.subjects, 0), coalesce(r.kept, 0)
    FROM galleries LEFT JOIN (
        SELECT gallery_id, count(*) AS subjects
        FROM gallery_members WHERE tenant_id = %(tenant)s GROUP BY gallery_id
    ) AS m USING (gallery_id) LEFT JOIN (
        SELECT gallery_id, count(*) AS kept
        FROM subject_references WHERE tenant_id = %(tenant)s GROUP BY gallery_id
    ) AS r USING (gallery_id)
    WHERE tenant_id = %(tenant)s ORDER BY name
"""  # noqa: S608  # constants only
_COUNTED = f"""
    SELECT {_COLUMNS}, (
        SELECT count(*) FROM gallery_members AS m
        WHERE m.tenant_id = %(tenant)s AND m.gallery_id = %(gallery)s
    ), (
        SELECT count(*) FROM subject_references AS r
        WHERE r.tenant_id = %(tenant)s AND r.gallery_id = %(gallery)s
    )
    FROM galleries WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s
"""  # noqa: S608  # constants only
_SET_POLICY = "UPDATE galleries SET policy = %s WHERE tenant_id = %s AND gallery_id = %s"
_SET_CALIBRATION = "UPDATE galleries SET calibration = %s::jsonb WHERE tenant_id = %s AND gallery_id = %s"
_SET_MODEL = "UPDATE galleries SET pack = %s, model = %s WHERE tenant_id = %s AND gallery_id = %s"
_LOCK = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR UPDATE"
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects AS s WHERE tenant_id = %(tenant)s AND EXISTS (
        SELECT FROM gallery_members AS m
        WHERE m.tenant_id = %(tenant)s AND m.gallery_id = %(gallery)s AND m.subject_id = s.subject_id
    ) ORDER BY subject_id FOR UPDATE
"""
_DELETE_REFERENCES = """
    DELETE FROM subject_references WHERE tenant_id = %s AND gallery_id = %s RETURNING subject_id
"""
_DELETE_MEMBERS = "DELETE FROM gallery_members WHERE tenant_id = %s AND gallery_id = %s"
_DELETE_ORPHANS = """
    DELETE FROM subjects AS s WHERE tenant_id = %(tenant)s AND subject_id = ANY(%(subjects)b) AND NOT EXISTS (
        SELECT FROM gallery_members AS m WHERE m.tenant_id = %(tenant)s AND m.subject_id = s.subject_id
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
                calibration_to_text(gallery.calibration),
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is a gallery {gallery.name!r} already.")

    async def by_name(self, name: str) -> Gallery:
        row = await (await self._connection.execute(_BY_NAME, (self._tenant, name))).fetchone()
        if row is None:
            raise GalleryNotFound(f"There is no gallery {name!r}.")
        return _gallery(row)

    async def get(self, gallery_id: GalleryId) -> Gallery:
        row = await (await self._connection.execute(_GET, (self._tenant, gallery_id))).fetchone()
        if row is None:
            raise GalleryNotFound
        return _gallery(row)

    async def all(self) -> list[GallerySummary]:
        rows = await self._connection.execute(_ALL, {"tenant": self._tenant})
        return [
            GallerySummary(gallery=_gallery(row[:8]), subjects=row[8], references=row[9])
            async for row in rows
        ]

    async def summary(self, gallery_id: GalleryId) -> GallerySummary:
        names = {"tenant": self._tenant, "gallery": gallery_id}
        row = await (await self._connection.execute(_COUNTED, names)).fetchone()
        if row is None:
            raise GalleryNotFound
        return GallerySummary(gallery=_gallery(row[:8]), subjects=row[8], references=row[9])

    async def set_policy(
        self, gallery_id: GalleryId, policy: Policy, *, expected: Policy | None = None
    ) -> None:
        if expected is not None:
            await self._locked(gallery_id)
            if (await self.get(gallery_id)).policy != expected:
                raise PreconditionFailed
        updated = await self._connection.execute(
            _SET_POLICY, (policy_to_json(policy), self._tenant, gallery_id)
        )
        if updated.rowcount == 0:
            raise GalleryNotFound

    async def set_calibration(self, gallery_id: GalleryId, calibration: Calibration | None) -> None:
        if calibration is not None and await self._locked(gallery_id) != calibration.model:
            raise ModelMismatch("The calibration is of another model than the gallery.")
        text = calibration_to_text(calibration)
        updated = await self._connection.execute(_SET_CALIBRATION, (text, self._tenant, gallery_id))
        if updated.rowcount == 0:
            raise GalleryNotFound

    async def replace_model(self, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> None:
        """Members stay, whether they have a reference left or not."""
        key = (self._tenant, gallery_id)
        before = await self._locked(gallery_id)
        if before != model:
            gone = await self._connection.execute(_DELETE_REFERENCES, key)
            self._changes.note(gallery_id, {SubjectId(subject_id) async for (subject_id,) in gone})
            await self._connection.execute(_SET_CALIBRATION, (None, *key))
        await self._connection.execute(_SET_MODEL, (pack, model.key, *key))

    async def remove(self, gallery_id: GalleryId) -> int:
        """Locks the gallery first and then its subjects, as those do who add references."""
        key = (self._tenant, gallery_id)
        await self._locked(gallery_id)
        names = {"tenant": self._tenant, "gallery": gallery_id}
        subjects = [row[0] async for row in await self._connection.execute(_LOCK_SUBJECTS, names)]
        removed = (await self._connection.execute(_DELETE_REFERENCES, key)).rowcount
        await self._connection.execute(_DELETE_MEMBERS, key)
        # A statement of its own: it sees what others committed while the subjects were waited for.
        await self._connection.execute(_DELETE_ORPHANS, {"tenant": self._tenant, "subjects": subjects})
        await self._connection.execute(_DELETE, key)
        await self._changes.note_removal(gallery_id)
        return removed

    async def _locked(self, gallery_id: GalleryId) -> ModelIdentity:
        row = await (await self._connection.execute(_LOCK, (self._tenant, gallery_id))).fetchone()
        if row is None:
            raise GalleryNotFound
        return ModelIdentity.parse(row[0])


def _gallery(row: TupleRow) -> Gallery:
    gallery_id, name, purpose, pack, model, policy, created_at, calibration = row
    return Gallery(
        id=GalleryId(gallery_id),
        name=name,
        purpose=Purpose(purpose),
        pack=pack,
        model=ModelIdentity.parse(model),
        policy=policy_from_json(policy),
        created_at=created_at,
        calibration=calibration_from_text(calibration),
    )

"""Corrections in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import errors

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.correction_rows import COLUMNS, correction_of, page_query, row_of
from visavis.adapters.postgres.parked_rows import PARKED_TABLE, contents_of, parked_of, plain_of_parked
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.corrections import CorrectionFilter, Parked
from visavis.domain.correction import Correction, CorrectionId
from visavis.domain.errors import CorrectionNotFound, ModelMismatch, SubjectNotFound
from visavis.domain.subject import GalleryId, Reference, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

_CLAIM = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_LAST = "SELECT coalesce(max(sequence), 0) FROM corrections WHERE tenant_id = %s"
_INSERT = f"""
    INSERT INTO corrections (tenant_id, {COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING {COLUMNS}
"""  # noqa: S608  # constants only
_GET = f"SELECT {COLUMNS} FROM corrections WHERE tenant_id = %s AND correction_id = %s"  # noqa: S608  # constants only
_CLOSE = f"""
    UPDATE corrections SET undone_at = %(at)s, undone_by = %(by)s,
        other_id = CASE WHEN other_id = %(unmade)s::uuid THEN NULL ELSE other_id END,
        gone_id = CASE WHEN other_id = %(unmade)s::uuid THEN other_id ELSE gone_id END
    WHERE tenant_id = %(tenant)s AND correction_id = %(correction)s
    RETURNING {COLUMNS}
"""  # noqa: S608  # constants only
_END_DENIALS = """
    DELETE FROM denials WHERE tenant_id = %s AND correction_id = ANY(%s) RETURNING gallery_id, subject_id
"""
_END_PARKED = "DELETE FROM parked_references WHERE tenant_id = %s AND correction_id = %s"
_OLD = """
    SELECT correction_id FROM corrections WHERE tenant_id = %(tenant)s
      AND (expires_at <= %(now)s OR made_at < %(before)s)
      AND CASE WHEN %(gallery)s::uuid IS NULL THEN cardinality(gallery_ids) = 0
               ELSE %(gallery)s = ANY(gallery_ids) END
    ORDER BY sequence LIMIT %(limit)s FOR UPDATE
"""
_PURGE = "DELETE FROM corrections WHERE tenant_id = %s AND correction_id = ANY(%s)"
_PARK = """
    INSERT INTO parked_references (tenant_id, correction_id, reference_id, gallery_id, subject_id, owner_id, model,
        photo, created_at, data_key_id, nonce, ciphertext)
    SELECT %s, correction_id, %s, %s, subject_id, %s, %s, %s, %s, %s, %s, %s FROM corrections
    WHERE tenant_id = %s AND correction_id = %s
"""
_PARKED = """
    SELECT p.reference_id, p.gallery_id, p.owner_id, p.model, p.photo, p.created_at, g.model,
        p.data_key_id, p.nonce, p.ciphertext
    FROM parked_references AS p JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE p.tenant_id = %s AND p.correction_id = %s ORDER BY p.reference_id FOR UPDATE OF p
"""
_APART = """
    INSERT INTO subjects_apart (tenant_id, one_id, other_id, since) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_REJOIN = "DELETE FROM subjects_apart WHERE tenant_id = %s AND one_id = %s AND other_id = %s"
_ARE_APART = (
    "SELECT EXISTS (SELECT FROM subjects_apart WHERE tenant_id = %s AND one_id = %s AND other_id = %s)"
)
_ALL_APART = """
    SELECT one_id, other_id FROM subjects_apart AS a
        JOIN gallery_members AS m ON m.tenant_id = a.tenant_id AND m.subject_id = a.one_id
        JOIN gallery_members AS n ON n.tenant_id = a.tenant_id AND n.subject_id = a.other_id
    WHERE a.tenant_id = %(tenant)s AND m.gallery_id = %(gallery)s AND n.gallery_id = %(gallery)s
    ORDER BY one_id, other_id
"""


class PostgresCorrections:
    def __init__(self, connection: Connection, tenant: TenantId, changes: Changes, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes
        self._vault = vault

    async def claim(self) -> None:
        await self._connection.execute(_CLAIM, (f"visavis corrections {self._tenant}",))

    async def add(self, correction: Correction) -> Correction:
        last = await (await self._connection.execute(_LAST, (self._tenant,))).fetchone()
        identifier, _, *rest = row_of(correction)
        values = (self._tenant, identifier, int(last[0]) + 1 if last else 1, *rest)
        try:
            async with self._connection.transaction():
                rows = await self._connection.execute(_INSERT, values)
        except errors.ForeignKeyViolation as error:
            raise SubjectNotFound from error
        row = await rows.fetchone()
        if row is None:
            raise CorrectionNotFound
        return correction_of(row)

    async def get(self, correction_id: CorrectionId) -> Correction:
        row = await (await self._connection.execute(_GET, (self._tenant, correction_id))).fetchone()
        if row is None:
            raise CorrectionNotFound
        return correction_of(row)

    async def page(
        self, wanted: CorrectionFilter, *, before: int | None = None, limit: int = 100
    ) -> list[Correction]:
        query, names = page_query(self._tenant, wanted, before=before, limit=limit)
        return [correction_of(row) async for row in await self._connection.execute(query, names)]

    async def close(
        self, correction_id: CorrectionId, at: datetime, by: str, *, unmade: SubjectId | None = None
    ) -> Correction:
        names = {"at": at, "by": by, "unmade": unmade, "tenant": self._tenant, "correction": correction_id}
        rows = await self._connection.execute(_CLOSE, names)
        row = await rows.fetchone()
        if row is None:
            raise CorrectionNotFound
        await self._end_denials([correction_id])
        await self._connection.execute(_END_PARKED, (self._tenant, correction_id))
        return correction_of(row)

    async def purge(
        self, gallery_id: GalleryId | None, made_before: datetime, now: datetime, *, limit: int = 10_000
    ) -> int:
        names = {
            "tenant": self._tenant,
            "gallery": gallery_id,
            "before": made_before,
            "now": now,
            "limit": limit,
        }
        old = [row[0] async for row in await self._connection.execute(_OLD, names)]
        await self._end_denials(old)
        return (await self._connection.execute(_PURGE, (self._tenant, old))).rowcount

    async def _end_denials(self, corrections: Sequence[UUID]) -> None:
        """Whoever holds a copy of the gallery hears of it."""
        rows = await self._connection.execute(_END_DENIALS, (self._tenant, list(corrections)))
        async for gallery_id, subject_id in rows:
            self._changes.note(GalleryId(gallery_id), [SubjectId(subject_id)])

    async def park(self, correction_id: CorrectionId, parked: Sequence[Parked]) -> None:
        for one in parked:
            reference = one.reference
            model = reference.template.model.key
            sealed = await self._vault.seal(
                plain_of_parked(one), PARKED_TABLE, correction_id, reference.id, model
            )
            place = (reference.id, reference.gallery_id, reference.subject_id, model)
            row = (*place, reference.photo or None, reference.created_at, *sealed)
            await self._connection.execute(_PARK, (self._tenant, *row, self._tenant, correction_id))

    async def parked(self, correction_id: CorrectionId) -> list[Parked]:
        """Locked, so that no rotation seals them anew meanwhile."""
        cursor = await self._connection.execute(_PARKED, (self._tenant, correction_id), binary=True)
        found = []
        for (
            identifier,
            gallery_id,
            owner,
            name,
            photo,
            created_at,
            current,
            *sealed,
        ) in await cursor.fetchall():
            if name != current:
                raise ModelMismatch("The gallery has another model by now.")
            model = ModelIdentity.parse(name)
            plain = await self._vault.open(Sealed(*sealed), PARKED_TABLE, correction_id, identifier, name)
            template, details, images = contents_of(plain, model)
            reference = Reference(
                id=ReferenceId(identifier),
                subject_id=SubjectId(owner),
                gallery_id=GalleryId(gallery_id),
                template=template,
                photo=photo or b"",
                created_at=created_at,
                details=details,
            )
            found.append(parked_of(reference, images))
        return found

    async def keep_apart(self, one: SubjectId, other: SubjectId, at: datetime) -> bool:
        values = (self._tenant, min(one, other), max(one, other), at)
        try:
            async with self._connection.transaction():
                return (await self._connection.execute(_APART, values)).rowcount > 0
        except errors.ForeignKeyViolation as error:
            raise SubjectNotFound from error

    async def rejoin(self, one: SubjectId, other: SubjectId) -> None:
        await self._connection.execute(_REJOIN, (self._tenant, min(one, other), max(one, other)))

    async def are_apart(self, one: SubjectId, other: SubjectId) -> bool:
        key = (self._tenant, min(one, other), max(one, other))
        row = await (await self._connection.execute(_ARE_APART, key)).fetchone()
        return bool(row and row[0])

    async def apart(self, gallery_id: GalleryId) -> list[tuple[SubjectId, SubjectId]]:
        names = {"tenant": self._tenant, "gallery": gallery_id}
        rows = await self._connection.execute(_ALL_APART, names)
        return [(SubjectId(one), SubjectId(other)) async for one, other in rows]

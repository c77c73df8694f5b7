"""Staged templates in PostgreSQL."""

from collections.abc import Sequence

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sealing import Place
from visavis.adapters.postgres.staging_rows import STAGED_TABLE, plain_of, template_of
from visavis.adapters.postgres.switching import switch_references
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.jobs import StagedTemplate
from visavis.domain.errors import GalleryNotFound
from visavis.domain.job import JobId
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

# the reference is locked, so that it is not erased between look and insert
_LIVING = """
    SELECT reference_id FROM subject_references WHERE tenant_id = %s AND reference_id = ANY(%b) FOR KEY SHARE
"""
_INSERT = """
    INSERT INTO staged_templates (tenant_id, job_id, reference_id, gallery_id, subject_id, model,
        data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, job_id, reference_id) DO UPDATE
    SET subject_id = excluded.subject_id, model = excluded.model, data_key_id = excluded.data_key_id,
        nonce = excluded.nonce, ciphertext = excluded.ciphertext
"""
_LOCK_GALLERY = "SELECT model FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR UPDATE"
_MISSING = """
    SELECT reference_id FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND NOT EXISTS (
        SELECT FROM staged_templates AS s
        WHERE s.tenant_id = %(tenant)s AND s.job_id = %(job)s AND s.reference_id = r.reference_id
    ) ORDER BY reference_id
"""
_OF = """
    SELECT reference_id, subject_id, data_key_id, nonce, ciphertext FROM staged_templates
    WHERE tenant_id = %s AND job_id = %s AND gallery_id = %s AND model = %s
"""
_SET_MODEL = """
    UPDATE galleries SET pack = %s, model = %s, calibration = NULL WHERE tenant_id = %s AND gallery_id = %s
"""
_CLEAR = "DELETE FROM staged_templates WHERE tenant_id = %s AND job_id = %s"


class PostgresStaging:
    def __init__(
        self, connection: Connection, tenant: TenantId, changes: Changes, envelope: Envelope, vault: Vault
    ) -> None:
        self._connection = connection
        self._tenant = tenant
        self._changes = changes
        self._envelope = envelope
        self._vault = vault

    async def add(self, job_id: JobId, gallery_id: GalleryId, staged: Sequence[StagedTemplate]) -> None:
        ids = [one.reference_id for one in staged]
        living = {row[0] async for row in await self._connection.execute(_LIVING, (self._tenant, ids))}
        for one in staged:
            if one.reference_id in living:
                model = one.template.model.key
                sealed = await self._vault.seal(
                    plain_of(one.template), STAGED_TABLE, job_id, one.reference_id, model
                )
                place = (self._tenant, job_id, one.reference_id, gallery_id, one.subject_id, model)
                await self._connection.execute(_INSERT, (*place, *sealed))

    async def missing(self, job_id: JobId, gallery_id: GalleryId) -> list[ReferenceId]:
        await self._locked(gallery_id)
        names = {"tenant": self._tenant, "gallery": gallery_id, "job": job_id}
        return [ReferenceId(row[0]) async for row in await self._connection.execute(_MISSING, names)]

    async def of(self, job_id: JobId, gallery_id: GalleryId, model: ModelIdentity) -> list[StagedTemplate]:
        key = (self._tenant, job_id, gallery_id, model.key)
        rows = await (await self._connection.execute(_OF, key, binary=True)).fetchall()
        staged = []
        for reference_id, subject_id, *sealed in rows:
            plain = await self._vault.open(Sealed(*sealed), STAGED_TABLE, job_id, reference_id, model.key)
            staged.append(
                StagedTemplate(
                    reference_id=ReferenceId(reference_id),
                    subject_id=SubjectId(subject_id),
                    template=template_of(plain, model),
                )
            )
        return staged

    async def switch(self, job_id: JobId, gallery_id: GalleryId, *, pack: str, model: ModelIdentity) -> int:
        before = await self._locked(gallery_id)
        place = Place(tenant=self._tenant, gallery_id=gallery_id, model=before)
        count, changed = await switch_references(
            self._connection, self._envelope, self._vault, place, job_id, model
        )
        self._changes.note(gallery_id, changed)
        await self._connection.execute(_SET_MODEL, (pack, model.key, self._tenant, gallery_id))
        await self.clear(job_id)
        return count

    async def clear(self, job_id: JobId) -> None:
        await self._connection.execute(_CLEAR, (self._tenant, job_id))

    async def _locked(self, gallery_id: GalleryId) -> ModelIdentity:
        rows = await self._connection.execute(_LOCK_GALLERY, (self._tenant, gallery_id))
        row = await rows.fetchone()
        if row is None:
            raise GalleryNotFound
        return ModelIdentity.parse(row[0])

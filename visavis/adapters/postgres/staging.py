"""Staged templates in PostgreSQL."""

import struct
from collections.abc import Sequence

import numpy as np

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Vault
from visavis.application.ports.jobs import StagedTemplate
from visavis.domain.errors import GalleryNotFound
from visavis.domain.job import JobId
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity, Template

_TABLE = "staged_templates"
_HEADER = struct.Struct("<ff")  # norm; quality, NaN if unknown

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
_LOCK_GALLERY = "SELECT 1 FROM galleries WHERE tenant_id = %s AND gallery_id = %s FOR UPDATE"
_MISSING = """
    SELECT reference_id FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND NOT EXISTS (
        SELECT FROM staged_templates AS s
        WHERE s.tenant_id = %(tenant)s AND s.job_id = %(job)s AND s.reference_id = r.reference_id
    ) ORDER BY reference_id
"""
_OF = """
    SELECT reference_id, subject_id, nonce, ciphertext FROM staged_templates
    WHERE tenant_id = %s AND job_id = %s AND gallery_id = %s AND model = %s
"""
_CLEAR = "DELETE FROM staged_templates WHERE tenant_id = %s AND job_id = %s"


class PostgresStaging:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, job_id: JobId, gallery_id: GalleryId, staged: Sequence[StagedTemplate]) -> None:
        ids = [one.reference_id for one in staged]
        living = {row[0] async for row in await self._connection.execute(_LIVING, (self._tenant, ids))}
        for one in staged:
            if one.reference_id in living:
                model = one.template.model.key
                sealed = await self._vault.seal(_plain(one.template), _TABLE, job_id, one.reference_id, model)
                place = (self._tenant, job_id, one.reference_id, gallery_id, one.subject_id, model)
                await self._connection.execute(_INSERT, (*place, *sealed))

    async def missing(self, job_id: JobId, gallery_id: GalleryId) -> list[ReferenceId]:
        locked = await self._connection.execute(_LOCK_GALLERY, (self._tenant, gallery_id))
        if locked.rowcount == 0:
            raise GalleryNotFound
        names = {"tenant": self._tenant, "gallery": gallery_id, "job": job_id}
        return [ReferenceId(row[0]) async for row in await self._connection.execute(_MISSING, names)]

    async def of(self, job_id: JobId, gallery_id: GalleryId, model: ModelIdentity) -> list[StagedTemplate]:
        key = (self._tenant, job_id, gallery_id, model.key)
        rows = await (await self._connection.execute(_OF, key, binary=True)).fetchall()
        return [
            StagedTemplate(
                reference_id=ReferenceId(reference_id),
                subject_id=SubjectId(subject_id),
                template=_template(
                    await self._vault.open(nonce, ciphertext, _TABLE, job_id, reference_id, model.key), model
                ),
            )
            for reference_id, subject_id, nonce, ciphertext in rows
        ]

    async def clear(self, job_id: JobId) -> None:
        await self._connection.execute(_CLEAR, (self._tenant, job_id))


def _plain(template: Template) -> bytes:
    quality = np.nan if template.quality is None else template.quality
    return _HEADER.pack(template.norm, quality) + template.vector.astype("<f4").tobytes()


def _template(plain: bytes, model: ModelIdentity) -> Template:
    norm, quality = _HEADER.unpack_from(plain)
    vector = np.frombuffer(plain, "<f4", offset=_HEADER.size).astype(np.float32)
    return Template(vector=vector, norm=norm, model=model, quality=None if np.isnan(quality) else quality)

"""Encrypts a tenant's templates under a new data key while the store is in use.

Step by step, each a transaction of its own: retire the key and make a new one; encrypt anew, chunk by chunk,
what is under retired keys; delete the retired keys. Enrolments that began under the old key share-lock it, so
its deletion waits for them and, if they used it, fails and the chunks go on. An interrupted rotation leaves a
retired key, and the next one goes on from there.
"""

import asyncio
import uuid
from collections import defaultdict

from psycopg import errors

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import DataKey, Envelope, Purpose
from visavis.adapters.postgres.pool import Pool
from visavis.adapters.postgres.sealing import Place, SealedReference, additional_data, decrypt, encrypt
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_CHUNK = 500
_PATIENCE_S = 0.05

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_RETIRED = """
    SELECT data_key_id FROM data_keys WHERE tenant_id = %s AND retired_at IS NOT NULL
"""
_RETIRE = """
    UPDATE data_keys SET retired_at = now()
    WHERE tenant_id = %s AND purpose = 'template' AND retired_at IS NULL
"""
_REMAINING = "SELECT count(*) FROM subject_references WHERE tenant_id = %s AND data_key_id = ANY(%b)"
_LOCK_CHUNK = """
    SELECT r.gallery_id, g.model, r.reference_id, r.subject_id, r.data_key_id, r.nonce, r.ciphertext, r.photo,
           r.created_at
    FROM subject_references AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE r.tenant_id = %s AND r.data_key_id = ANY(%b) LIMIT %s
    FOR NO KEY UPDATE OF r SKIP LOCKED
"""
_UPDATE = """
    UPDATE subject_references AS r SET data_key_id = %(key)s, nonce = n.nonce, ciphertext = n.ciphertext
    FROM unnest(%(references)b::uuid[], %(nonces)b::bytea[], %(ciphertexts)b::bytea[])
        AS n (reference_id, nonce, ciphertext)
    WHERE r.tenant_id = %(tenant)s AND r.reference_id = n.reference_id
"""
_DELETE = "DELETE FROM data_keys WHERE tenant_id = %s AND data_key_id = ANY(%b)"


async def rotate(pool: Pool, envelope: Envelope, tenant: TenantId, progress: Progress) -> Rotation:
    """Raises `KeyUnavailable` if a template cannot be read; then it, and the old key, stay as they are."""
    async with pool.connection() as connection:
        await envelope.provide(connection, tenant)
        retired, resumed = await _retire(connection, envelope, tenant)
        total = await _remaining(connection, tenant, retired)
        done = 0
        progress(done, total)
        deleted = 0
        while not deleted:
            async for count in _chunks(connection, envelope, tenant, retired):
                done += count
                progress(done, max(done, total))
            deleted = await _deleted(connection, tenant, retired)
        envelope.forget(tenant, retired)
        rewrapped = await envelope.rewrap(connection, tenant)
    return Rotation(references=done, deleted=deleted, rewrapped=rewrapped, resumed=resumed)

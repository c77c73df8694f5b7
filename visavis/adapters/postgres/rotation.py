"""Encrypts a tenant's templates under a new data key while the store is in use.

Step by step, each a transaction of its own: retire the key and make a new one; encrypt anew, chunk by chunk,
what is under retired keys; delete the retired keys. Enrolments that began under the old key share-lock it, so
its deletion waits for them and, if they used it, fails and the chunks go on. An interrupted rotation leaves a
retired key, and the next one goes on from there.
"""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator

from psycopg import errors

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope, Purpose
from visavis.adapters.postgres.pool import Pool
from visavis.adapters.postgres.sealing import Place, SealedReference, additional_data, decrypt, encrypt
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation
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
    """Raises `KeyUnavailable`: before anything is changed if a key cannot be unwrapped with the master keys at hand;
    if a template cannot be read, it and the old key stay as they are."""
    async with pool.connection() as connection:
        await envelope.provide(connection, tenant)
        # first of all, because it fails when the master key is not the one that the keys are wrapped with
        rewrapped = await envelope.rewrap(connection, tenant)
        retired, resumed = await _retire(connection, envelope, tenant)
        total = await _remaining(connection, tenant, retired)
        done = 0
        progress(done, total)
        deleted: int | None = None
        while deleted is None:
            async for count in _chunks(connection, envelope, tenant, retired):
                done += count
                progress(done, max(done, total))
            deleted = await _delete(connection, tenant, retired)
        envelope.forget(tenant, retired)
    return Rotation(references=done, deleted=deleted, rewrapped=rewrapped, resumed=resumed)


async def _retire(
    connection: Connection, envelope: Envelope, tenant: TenantId
) -> tuple[list[uuid.UUID], bool]:
    """The keys to get rid of, and whether they were left by an interrupted rotation."""
    async with connection.transaction():
        await connection.execute(_ONE_AT_A_TIME, (f"visavis:rotate:{tenant}",))
        left = await _retired(connection, tenant)
        if left:
            return left, True
        await connection.execute(_RETIRE, (tenant,))
        await envelope.insert(connection, tenant, Purpose.TEMPLATE)
        return await _retired(connection, tenant), False


async def _retired(connection: Connection, tenant: TenantId) -> list[uuid.UUID]:
    return [row[0] async for row in await connection.execute(_RETIRED, (tenant,))]


async def _remaining(connection: Connection, tenant: TenantId, keys: list[uuid.UUID]) -> int:
    row = await (await connection.execute(_REMAINING, (tenant, keys))).fetchone()
    return int(row[0]) if row else 0


async def _chunks(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: list[uuid.UUID]
) -> AsyncIterator[int]:
    """The size of each chunk that was done, until nothing visible is left under the retired keys."""
    while True:
        count = await _chunk(connection, envelope, tenant, retired)
        if count:
            yield count
        elif await _remaining(connection, tenant, retired):
            await asyncio.sleep(_PATIENCE_S)  # somebody else has the rows: being erased, or another rotation
        else:
            return


async def _chunk(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: list[uuid.UUID]
) -> int:
    async with connection.transaction():
        cursor = await connection.execute(_LOCK_CHUNK, (tenant, retired, _CHUNK), binary=True)
        groups: dict[tuple[uuid.UUID, str], list[SealedReference]] = defaultdict(list)
        for gallery_id, model, *row in await cursor.fetchall():
            groups[gallery_id, model].append(SealedReference(*row))
        for (gallery_id, model), rows in groups.items():
            place = Place(tenant=tenant, gallery_id=GalleryId(gallery_id), model=ModelIdentity.parse(model))
            await _encrypt_anew(connection, envelope, place, rows)
    return sum(len(rows) for rows in groups.values())


async def _encrypt_anew(
    connection: Connection, envelope: Envelope, place: Place, rows: list[SealedReference]
) -> None:
    key = await envelope.current(connection, place.tenant)
    old = await envelope.ciphers(connection, place.tenant, {row.data_key_id for row in rows})
    plains = decrypt(rows, place, old)
    sealed = [
        encrypt(plain, additional_data(place, row.subject_id, row.reference_id), key.cipher)
        for plain, row in zip(plains, rows, strict=True)
    ]
    await connection.execute(
        _UPDATE,
        {
            "tenant": place.tenant,
            "key": key.id,
            "references": [row.reference_id for row in rows],
            "nonces": [nonce for nonce, _ in sealed],
            "ciphertexts": [ciphertext for _, ciphertext in sealed],
        },
    )


async def _delete(connection: Connection, tenant: TenantId, retired: list[uuid.UUID]) -> int | None:
    """How many keys were deleted; `None` if an enrolment was still under way and has used one."""
    try:
        return (await connection.execute(_DELETE, (tenant, retired))).rowcount
    except errors.ForeignKeyViolation:
        return None

"""Encrypts a tenant's templates, kept images and what is in the vault under new data keys, while the store is in use.

Step by step, each a transaction of its own: retire the keys and make new ones; encrypt anew, chunk by chunk,
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
from visavis.adapters.postgres.envelope import ROTATED, Envelope
from visavis.adapters.postgres.pool import Pool
from visavis.adapters.postgres.reencryption import seal_image_anew, seal_references_anew
from visavis.adapters.postgres.sealing import SEALED_COLUMNS, Place, SealedReference
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.adapters.postgres.vault_rotation import vault_chunk, vault_remaining
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_CHUNK = 500
_IMAGES = 20  #: in a transaction; each may have 32 MB, and they are read one after the other
_PATIENCE_S = 0.05

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
_RETIRED = """
    SELECT data_key_id FROM data_keys WHERE tenant_id = %s AND retired_at IS NOT NULL
"""
_RETIRE = """
    UPDATE data_keys SET retired_at = now()
    WHERE tenant_id = %s AND purpose = ANY(%s) AND retired_at IS NULL
"""
_REMAINING = """
    SELECT (SELECT count(*) FROM subject_references WHERE tenant_id = %(tenant)s AND data_key_id = ANY(%(keys)b))
         + (SELECT count(*) FROM reference_samples WHERE tenant_id = %(tenant)s AND data_key_id = ANY(%(keys)b))
"""
_LOCK_CHUNK = f"""
    SELECT r.gallery_id, g.model, {SEALED_COLUMNS}
    FROM subject_references AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE r.tenant_id = %s AND r.data_key_id = ANY(%b) LIMIT %s
    FOR NO KEY UPDATE OF r SKIP LOCKED
"""  # noqa: S608  # constants only
_LOCK_IMAGES = """
    SELECT s.reference_id, s.kind
    FROM reference_samples AS s JOIN subject_references AS r USING (tenant_id, reference_id)
    WHERE s.tenant_id = %s AND s.data_key_id = ANY(%b) LIMIT %s
    FOR NO KEY UPDATE OF r, s SKIP LOCKED
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
        done = kept = 0
        progress(done, total)
        deleted: int | None = None
        while deleted is None:
            async for references, others in _chunks(connection, envelope, tenant, retired):
                done, kept = done + references, kept + others
                progress(done + kept, max(done + kept, total))
            deleted = await _delete(connection, tenant, retired)
        envelope.forget(tenant, retired)
    return Rotation(references=done, deleted=deleted, rewrapped=rewrapped, resumed=resumed)


async def _retire(
    connection: Connection, envelope: Envelope, tenant: TenantId
) -> tuple[list[uuid.UUID], bool]:
    """The keys to get rid of, and whether they were left by an interrupted rotation."""
    async with tenant_transaction(connection, tenant):
        await connection.execute(_ONE_AT_A_TIME, (f"visavis:rotate:{tenant}",))
        left = await _retired(connection, tenant)
        if left:
            return left, True
        await connection.execute(_RETIRE, (tenant, list(ROTATED)))
        for purpose in ROTATED:
            await envelope.insert(connection, tenant, purpose)
        return await _retired(connection, tenant), False


async def _retired(connection: Connection, tenant: TenantId) -> list[uuid.UUID]:
    return [row[0] async for row in await connection.execute(_RETIRED, (tenant,))]


async def _remaining(connection: Connection, tenant: TenantId, keys: list[uuid.UUID]) -> int:
    async with tenant_transaction(connection, tenant):
        found = await connection.execute(_REMAINING, {"tenant": tenant, "keys": keys})
        row = await found.fetchone()
        return (int(row[0]) if row else 0) + await vault_remaining(connection, tenant, keys)


async def _chunks(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: list[uuid.UUID]
) -> AsyncIterator[tuple[int, int]]:
    """How many references and other rows each chunk had, until nothing visible is left under the retired keys."""
    while True:
        references = await _chunk(connection, envelope, tenant, retired)
        others = 0 if references else await _image_chunk(connection, envelope, tenant, retired)
        others = others or (0 if references else await vault_chunk(connection, envelope, tenant, retired))
        if references or others:
            yield references, others
        elif await _remaining(connection, tenant, retired):
            await asyncio.sleep(_PATIENCE_S)  # somebody else has the rows: being erased, or another rotation
        else:
            return


async def _chunk(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: list[uuid.UUID]
) -> int:
    async with tenant_transaction(connection, tenant):
        cursor = await connection.execute(_LOCK_CHUNK, (tenant, retired, _CHUNK), binary=True)
        groups: dict[Place, list[SealedReference]] = defaultdict(list)
        for gallery_id, model, *row in await cursor.fetchall():
            place = Place(tenant=tenant, gallery_id=GalleryId(gallery_id), model=ModelIdentity.parse(model))
            groups[place].append(SealedReference(*row))
        for place, rows in groups.items():
            await seal_references_anew(connection, envelope, place, rows)
    return sum(len(rows) for rows in groups.values())


async def _image_chunk(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: list[uuid.UUID]
) -> int:
    async with tenant_transaction(connection, tenant):
        rows = await connection.execute(_LOCK_IMAGES, (tenant, retired, _IMAGES))
        images = [(reference_id, kind) async for reference_id, kind in rows]
        for image in images:
            await seal_image_anew(connection, envelope, tenant, image)
    return len(images)


async def _delete(connection: Connection, tenant: TenantId, retired: list[uuid.UUID]) -> int | None:
    """How many keys were deleted; `None` if an enrolment was still under way and has used one."""
    try:
        async with tenant_transaction(connection, tenant):
            return (await connection.execute(_DELETE, (tenant, retired))).rowcount
    except errors.ForeignKeyViolation:
        return None

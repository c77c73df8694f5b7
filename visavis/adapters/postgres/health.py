"""Whether a store can be used, for those who look after it."""

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.migrate import schema_version
from visavis.adapters.postgres.sealing import SEALED_COLUMNS, Place, SealedReference, unseal
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.application.ports.upkeep import StoreHealth
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import GalleryId, TenantId
from visavis.domain.template import ModelIdentity

_COUNTS = """
    SELECT (SELECT count(*) FROM galleries WHERE tenant_id = %(tenant)s),
           (SELECT count(*) FROM subjects WHERE tenant_id = %(tenant)s),
           (SELECT count(*) FROM subject_references WHERE tenant_id = %(tenant)s)
"""
_NEWEST = f"""
    SELECT r.gallery_id, g.model, {SEALED_COLUMNS}
    FROM subject_references AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE r.tenant_id = %s LIMIT 1
"""  # noqa: S608  # constants only


async def health(connection: Connection, envelope: Envelope, tenant: TenantId) -> StoreHealth:
    """Counts what the tenant has and tries its keys."""
    async with tenant_transaction(connection, tenant):
        row = await (await connection.execute(_COUNTS, {"tenant": tenant})).fetchone()
    galleries, subjects, references = row or (0, 0, 0)
    return StoreHealth(
        server=f"PostgreSQL {connection.info.parameter_status('server_version')}",
        schema=await schema_version(connection),
        galleries=galleries,
        subjects=subjects,
        references=references,
        key_problem=await _key_problem(connection, envelope, tenant),
    )


async def _key_problem(connection: Connection, envelope: Envelope, tenant: TenantId) -> KeyUnavailable | None:
    try:
        await envelope.provide(connection, tenant)
        async with tenant_transaction(connection, tenant):
            await envelope.photo_key(connection, tenant)
            await envelope.current(connection, tenant)
            await _read_one(connection, envelope, tenant)
    except KeyUnavailable as error:
        return error
    return None


async def _read_one(connection: Connection, envelope: Envelope, tenant: TenantId) -> None:
    row = await (await connection.execute(_NEWEST, (tenant,), binary=True)).fetchone()
    if row is not None:
        gallery_id, model, *columns = row
        place = Place(tenant=tenant, gallery_id=GalleryId(gallery_id), model=ModelIdentity.parse(model))
        sealed = SealedReference(*columns)
        ciphers = await envelope.ciphers(connection, tenant, [sealed.data_key_id])
        unseal([sealed], place, ciphers)

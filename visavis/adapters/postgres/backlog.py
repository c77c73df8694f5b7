"""Where something is to be done, across tenants. Reads, outside the role of tenants, tables that are not forced."""

from visavis.adapters.postgres.pool import Pool
from visavis.domain.subject import TenantId

_STREAMS = """
    SELECT DISTINCT tenant_id, stream FROM jobs WHERE state IN ('queued', 'running') ORDER BY tenant_id, stream
"""
_WEBHOOKS = "SELECT DISTINCT tenant_id FROM webhooks WHERE active ORDER BY tenant_id"
_TENANTS = "SELECT tenant_id FROM tenants ORDER BY tenant_id"


class PostgresBacklog:
    """Implements `visavis.application.ports.queue.Backlog`, and lists tenants for what is done for all of them."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def streams(self) -> list[tuple[TenantId, str]]:
        async with self._pool.connection() as connection:
            rows = await connection.execute(_STREAMS)
            return [(TenantId(tenant), stream) async for tenant, stream in rows]

    async def webhooks(self) -> list[TenantId]:
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_WEBHOOKS)]

    async def tenants(self) -> list[TenantId]:
        """Every tenant of the installation."""
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_TENANTS)]

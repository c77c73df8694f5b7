"""Where something is to be done, across tenants. Reads, outside the role of tenants, tables that are not forced."""

from datetime import datetime

from visavis.adapters.postgres.pool import Pool
from visavis.domain.subject import TenantId

_STREAMS = """
    SELECT DISTINCT tenant_id, stream FROM jobs WHERE state IN ('queued', 'running') ORDER BY tenant_id, stream
"""
_WEBHOOKS = "SELECT DISTINCT tenant_id FROM webhooks WHERE active ORDER BY tenant_id"
_ALERTS = """
    SELECT tenant_id FROM alert_rules WHERE enabled UNION SELECT tenant_id FROM alert_channels WHERE enabled
    ORDER BY tenant_id
"""
_DOORS = "SELECT DISTINCT tenant_id FROM doors WHERE cardinality(cameras) > 0 ORDER BY tenant_id"
_STANDING_OPEN = """
    SELECT DISTINCT tenant_id FROM doors
    WHERE contact_open AND NOT contact_told AND contact_since + hold_open <= %s ORDER BY tenant_id
"""
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

    async def alerts(self) -> list[TenantId]:
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_ALERTS)]

    async def doors(self) -> list[TenantId]:
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_DOORS)]

    async def standing_open(self, now: datetime) -> list[TenantId]:
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_STANDING_OPEN, (now,))]

    async def tenants(self) -> list[TenantId]:
        """Every tenant of the installation."""
        async with self._pool.connection() as connection:
            return [TenantId(row[0]) async for row in await connection.execute(_TENANTS)]

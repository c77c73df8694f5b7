"""Tenants in PostgreSQL."""

import contextlib
from collections.abc import AsyncIterator

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.api_keys import rate_of
from visavis.adapters.postgres.connection import Connection
from visavis.domain.account import Tenant
from visavis.domain.errors import AccountNotFound, AlreadyExists
from visavis.domain.subject import TenantId

TENANT_COLUMNS = "t.tenant_id, t.name, t.created_at, t.suspended_at, t.rate_per_minute, t.rate_burst"
_INSERT = """
    INSERT INTO tenants (tenant_id, name, created_at, suspended_at, rate_per_minute, rate_burst)
    VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_SELECT = f"SELECT {TENANT_COLUMNS} FROM tenants AS t"  # noqa: S608 (a constant)
_REPLACE = """
    UPDATE tenants SET name = %s, suspended_at = %s, rate_per_minute = %s, rate_burst = %s WHERE tenant_id = %s
"""
_REMOVE = "DELETE FROM tenants WHERE tenant_id = %s"
_ABOVE = "RESET ROLE"
_BACK = "SELECT set_config('role', coalesce(nullif(current_setting('visavis.role', true), ''), 'none'), true)"


class PostgresTenants:
    """The one repository above tenants: for its statements, and no longer, the transaction leaves their role.

    That a tenant which is removed has no galleries or subjects is checked by the use case, in a transaction of
    that tenant; accounts go with the row.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, tenant: Tenant) -> None:
        values = (tenant.id, tenant.name, tenant.created_at, tenant.suspended_at, *_rate(tenant))
        async with self._above_tenants():
            inserted = await self._connection.execute(_INSERT, values)
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is a tenant {tenant.name!r} already.")

    async def get(self, tenant_id: TenantId) -> Tenant:
        async with self._above_tenants():
            rows = await self._connection.execute(_SELECT + " WHERE t.tenant_id = %s", (tenant_id,))
            row = await rows.fetchone()
        if row is None:
            raise AccountNotFound("There is no such tenant.")
        return tenant_of(row)

    async def all(self) -> list[Tenant]:
        async with self._above_tenants():
            return [
                tenant_of(row) async for row in await self._connection.execute(_SELECT + " ORDER BY t.name")
            ]

    async def replace(self, tenant: Tenant) -> None:
        values = (tenant.name, tenant.suspended_at, *_rate(tenant), tenant.id)
        try:
            async with self._connection.transaction(), self._above_tenants():
                updated = await self._connection.execute(_REPLACE, values)
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a tenant {tenant.name!r} already.") from error
        if updated.rowcount == 0:
            raise AccountNotFound("There is no such tenant.")

    async def remove(self, tenant_id: TenantId) -> None:
        async with self._above_tenants():
            removed = await self._connection.execute(_REMOVE, (tenant_id,))
        if removed.rowcount == 0:
            raise AccountNotFound("There is no such tenant.")

    @contextlib.asynccontextmanager
    async def _above_tenants(self) -> AsyncIterator[None]:
        """An error inside leaves the transaction failed, and the role with it."""
        await self._connection.execute(_ABOVE)
        yield
        await self._connection.execute(_BACK)


def tenant_of(row: TupleRow) -> Tenant:
    """Of `TENANT_COLUMNS`."""
    tenant_id, name, created_at, suspended_at, per_minute, burst = row
    return Tenant(
        id=TenantId(tenant_id),
        name=name,
        created_at=created_at,
        suspended_at=suspended_at,
        rate=rate_of(per_minute, burst),
    )


def _rate(tenant: Tenant) -> tuple[int | None, int | None]:
    return (tenant.rate.per_minute, tenant.rate.burst) if tenant.rate else (None, None)

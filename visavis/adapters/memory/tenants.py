"""Tenants in memory."""

from visavis.adapters.memory.account_tables import AccountTables, Registry
from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.domain.account import Tenant
from visavis.domain.errors import AccountNotFound, AlreadyExists
from visavis.domain.subject import TenantId


class MemoryTenants:
    def __init__(self, work: Work, everybody: dict[TenantId, Tables], registry: Registry) -> None:
        self._work = work
        self._everybody = everybody
        self._registry = registry
        self._copy: dict[TenantId, Tenant] | None = None

    async def add(self, tenant: Tenant) -> None:
        tenants = await self._write()
        if tenant.id in tenants:
            raise AlreadyExists(f"There is a tenant {tenant.name!r} already.")
        _require_free(tenants, tenant)
        tenants[tenant.id] = tenant

    async def get(self, tenant_id: TenantId) -> Tenant:
        found = self._read().get(tenant_id)
        if found is None:
            raise AccountNotFound("There is no such tenant.")
        return found

    async def all(self) -> list[Tenant]:
        return sorted(self._read().values(), key=lambda one: one.name)

    async def replace(self, tenant: Tenant) -> None:
        await self.get(tenant.id)
        tenants = await self._write()
        _require_free(tenants, tenant)
        tenants[tenant.id] = tenant

    async def remove(self, tenant_id: TenantId) -> None:
        await self.get(tenant_id)
        tenants = await self._write()
        del tenants[tenant_id]

    def end(self, *, commit: bool) -> None:
        """To be called while the transaction still keeps other writers away."""
        wanted, self._copy = self._copy, None
        if not commit or wanted is None:
            return
        for gone in self._registry.tenants.keys() - wanted.keys():
            self._everybody[gone].accounts = AccountTables()
        self._registry.tenants = wanted

    def _read(self) -> dict[TenantId, Tenant]:
        return self._registry.tenants if self._copy is None else self._copy

    async def _write(self) -> dict[TenantId, Tenant]:
        await self._work.write()
        if self._copy is None:
            self._copy = dict(self._registry.tenants)
        return self._copy


def _require_free(tenants: dict[TenantId, Tenant], wanted: Tenant) -> None:
    if any(one.name == wanted.name and one.id != wanted.id for one in tenants.values()):
        raise AlreadyExists(f"There is a tenant {wanted.name!r} already.")

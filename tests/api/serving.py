"""An API process in this process: real use cases and accounts over a store in memory, no sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI

from visavis.adapters.feed.listening import ListeningFeed
from visavis.adapters.memory.model_registry import MemoryPromotionLog
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.passwords.plain import UnsafePlainPasswords
from visavis.adapters.postgres.store import PostgresStore
from visavis.api.app import Bounds, create_app
from visavis.application.access.api_keys import KeyRequest
from visavis.application.ports.identity import IdentityProvider
from visavis.bootstrap.accounts import entrance
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import Platform, install
from visavis.bootstrap.server import Service
from visavis.domain.access import ROLES, Permission, Principal, Role, local_principal
from visavis.domain.account import Rate, Tenant
from visavis.domain.subject import DEFAULT_TENANT, TenantId
from visavis.settings import Settings, load_settings

MOST_BYTES = 8 * 2**20


@dataclass(slots=True, kw_only=True)
class Served:
    """The application, and what is behind it."""

    app: FastAPI
    service: Service
    store: MemoryStore | PostgresStore
    problems: dict[str, str] = field(default_factory=dict)
    _number: int = 0

    def owner(self, tenant: TenantId = DEFAULT_TENANT) -> Principal:
        return local_principal("test", tenant)

    def platform(self, tenant: TenantId = DEFAULT_TENANT) -> Platform:
        return self.service.installation.platform(self.owner(tenant))

    async def key(
        self,
        permissions: frozenset[Permission] | Role = frozenset(Permission),
        *,
        galleries: frozenset[str] | None = None,
        tenant: TenantId = DEFAULT_TENANT,
        rate: Rate | None = None,
    ) -> str:
        """A new API key with these permissions, or those of a role."""
        self._number += 1
        chosen = ROLES[permissions] if isinstance(permissions, Role) else permissions
        wanted = KeyRequest(name=f"key {self._number}", permissions=chosen, galleries=galleries, rate=rate)
        return (await self.service.entrance.doors.keys.create(self.owner(tenant), wanted)).secret

    async def add_tenant(self, tenant: TenantId) -> None:
        async with self.store.transaction(DEFAULT_TENANT) as work:
            await work.accounts.tenants.add(
                Tenant(id=tenant, name=f"tenant {tenant.hex[:6]}", created_at=datetime.now(UTC))
            )

    async def resume(self, tenant: TenantId = DEFAULT_TENANT) -> None:
        """Lets a tenant that was suspended or slowed down in again."""
        tenants = self.service.entrance.doors.tenants
        await tenants.change(
            self.owner(), tenant, name=f"tenant {tenant.hex[:6]}", suspended=False, rate=None
        )
        self.service.entrance.authenticate.forget()

    def client(self, key: str = "") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420", headers=headers)


async def _silence(_: object) -> None:
    """Nothing is announced; whoever follows the log looks by itself."""
    await asyncio.Event().wait()


@asynccontextmanager
async def served(
    models: Models | None = None,
    settings: Settings | None = None,
    store: PostgresStore | None = None,
    listen: Callable[[Callable[[str], None]], Awaitable[None]] = _silence,
    provider: IdentityProvider | None = None,
) -> AsyncIterator[Served]:
    """With `models`, or with whatever is installed (nothing is fetched); over a store in memory, or this one."""
    settings = settings or load_settings()
    chosen = store or MemoryStore()
    # whoever promotes a pack here does not promote it on this machine
    models = replace(models or Models(settings), register=MemoryPromotionLog())
    installation = install(settings, chosen, models=models)
    problems: dict[str, str] = {}

    async def ready() -> dict[str, str]:
        return problems

    async with (
        entrance(settings, chosen, passwords=UnsafePlainPasswords(), provider=provider) as door,
        ListeningFeed(listen) as feed,
    ):
        service = Service(
            installation=installation,
            entrance=door,
            feed=feed,
            ready=ready,
            metrics=lambda: ["# TYPE visavis_test gauge", "visavis_test 1"],
            version="0",
        )
        app = create_app(service, bounds=Bounds(most_bytes=MOST_BYTES, timeout_s=10, hsts=False))
        yield Served(app=app, service=service, store=chosen, problems=problems)

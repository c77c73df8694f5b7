"""The store in PostgreSQL, 15 or later."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from visavis.adapters.postgres.changes import Changes
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.failures import require_sound
from visavis.adapters.postgres.galleries import PostgresGalleries
from visavis.adapters.postgres.health import health
from visavis.adapters.postgres.pool import Pool
from visavis.adapters.postgres.references import PostgresReferences
from visavis.adapters.postgres.rotation import rotate
from visavis.adapters.postgres.subjects import PostgresSubjects
from visavis.application.ports.keys import MasterKeys
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation, StoreHealth
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresUnit:
    """One transaction on one connection."""

    galleries: PostgresGalleries
    subjects: PostgresSubjects
    references: PostgresReferences


class PostgresStore:
    """`Store` and `Upkeep` over any PostgreSQL of version 15 or later, without extensions.

    Nothing is connected before the first use; then the schema is brought up to date, unless `may_migrate` is
    off. Belongs to one event loop and is closed at its end. Transactions are READ COMMITTED.
    """

    def __init__(
        self,
        url: str,
        masters: MasterKeys,
        *,
        may_migrate: bool = True,
        max_connections: int = 8,
        timeout_s: float = 10.0,
    ) -> None:
        self._pool = Pool(url, may_migrate=may_migrate, max_size=max_connections, timeout_s=timeout_s)
        self._envelope = Envelope(masters)

    async def open(self) -> None:
        """Connects now. Raises `StoreDown`, `SchemaMismatch` or `SettingsInvalid`."""
        await self._pool.open()

    async def close(self) -> None:
        await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[PostgresUnit]:
        async with self._pool.connection() as connection:
            await self._envelope.provide(connection, tenant)
            async with connection.transaction():
                changes = Changes(connection, tenant)
                yield self._unit(connection, tenant, changes)
                require_sound(connection)
                await changes.record()

    async def check(self, tenant: TenantId) -> StoreHealth:
        async with self._pool.connection() as connection:
            return await health(connection, self._envelope, tenant)

    async def rotate(self, tenant: TenantId, *, progress: Progress) -> Rotation:
        return await rotate(self._pool, self._envelope, tenant, progress)

    async def rewrap(self, tenant: TenantId) -> int:
        async with self._pool.connection() as connection:
            return await self._envelope.rewrap(connection, tenant)

    def _unit(self, connection: Connection, tenant: TenantId, changes: Changes) -> PostgresUnit:
        return PostgresUnit(
            galleries=PostgresGalleries(connection, tenant, changes),
            subjects=PostgresSubjects(connection, tenant, changes),
            references=PostgresReferences(connection, tenant, changes, self._envelope),
        )

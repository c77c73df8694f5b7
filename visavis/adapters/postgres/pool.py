"""Connections, borrowed one per transaction."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from visavis.adapters.postgres.connection import (
    Connection,
    checked_url,
    connect_options,
    prepare,
    require_fit,
)
from visavis.adapters.postgres.failures import store_failures
from visavis.adapters.postgres.migrate import migrate, require_current
from visavis.adapters.postgres.tenancy import choose_role


class Pool:
    """Opens at the first use, when it also brings the schema up to date (or, if not allowed to, checks it).

    Connections are checked when borrowed, so that a restarted server costs a reconnect and no error. While
    the server is away, borrowing waits `timeout_s` seconds and then raises `StoreDown`; the very first use
    does not wait, so that a wrong URL is told at once and with its reason. Belongs to one event loop.
    """

    def __init__(self, url: str, *, may_migrate: bool, max_size: int, timeout_s: float) -> None:
        self._url = checked_url(url)
        self._may_migrate = may_migrate
        self._max_size = max_size
        self._timeout_s = timeout_s
        self._opening = asyncio.Lock()
        self._pool: AsyncConnectionPool[Connection] | None = None

    async def open(self) -> None:
        """Raises `StoreDown`, `SchemaMismatch` or `SettingsInvalid`. Does nothing when open."""
        await self._opened()

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection in autocommit mode, given back at the end of the block."""
        with store_failures():
            pool = await self._opened()
            connection = await self._sound(pool)
            try:
                yield connection
            finally:
                await pool.putconn(connection)

    async def _sound(self, pool: AsyncConnectionPool[Connection]) -> Connection:
        """A connection that answers.

        Not the pool's own check, which waits a second and more for each dead connection: when one is dead the
        server was restarted, so all are looked at together.
        """
        connection = await pool.getconn(timeout=self._timeout_s)
        try:
            await pool.check_connection(connection)
        except psycopg.OperationalError:
            await pool.putconn(connection)
        except BaseException:
            await pool.putconn(connection)
            raise
        else:
            return connection
        await pool.check()
        return await pool.getconn(timeout=self._timeout_s)

    async def _opened(self) -> AsyncConnectionPool[Connection]:
        async with self._opening:
            if self._pool is None:
                with store_failures():
                    await self._settle_schema()
                    self._pool = self._made()
                    await self._pool.open(wait=False)
            return self._pool

    async def _settle_schema(self) -> None:
        options: dict[str, Any] = dict(connect_options(self._url))  # Any: psycopg's own signature
        async with await psycopg.AsyncConnection.connect(self._url, **options) as connection:
            await require_fit(connection)
            await (migrate(connection) if self._may_migrate else require_current(connection))

    def _made(self) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            self._url,
            connection_class=psycopg.AsyncConnection,
            kwargs=dict(connect_options(self._url)),
            configure=_configure,
            min_size=1,
            max_size=self._max_size,
            timeout=self._timeout_s,
            open=False,
            name="visavis",
        )


async def _configure(connection: Connection) -> None:
    await prepare(connection)
    await choose_role(connection)

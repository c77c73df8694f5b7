"""Hears PostgreSQL's announcements of new events: one connection for all who listen in this process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Self
from uuid import UUID

from visavis.domain.subject import TenantId

_LOG = logging.getLogger("visavis.feed")
_PATIENCE_S = 2.0

Listen = Callable[[Callable[[str], None]], Awaitable[None]]
"""Calls back with the payload of every announcement until it is cancelled; raises when the connection is lost."""


class Ear:
    """Implements `visavis.application.ports.feed.Subscription`."""

    def __init__(self) -> None:
        self._heard = asyncio.Event()

    def hear(self) -> None:
        self._heard.set()

    async def wait(self, timeout_s: float) -> bool:
        try:
            await asyncio.wait_for(self._heard.wait(), timeout_s)
        except TimeoutError:
            return False
        self._heard.clear()
        return True


class ListeningFeed:
    """Implements `visavis.application.ports.feed.Feed`. Listens from the first subscription on; while the database is
    away it tries again every two seconds, and then everybody is told to look."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._ears: dict[Ear, TenantId | None] = {}
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def subscribe(self, tenant: TenantId | None) -> AsyncIterator[Ear]:
        ear = Ear()
        self._ears[ear] = tenant
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        try:
            yield ear
        finally:
            del self._ears[ear]

    async def _run(self) -> None:
        while True:
            try:
                await self._listen(self._heard)
            except (OSError, ConnectionError) as error:
                _LOG.warning("the feed was cut off (%s); trying again", type(error).__name__)
            await asyncio.sleep(_PATIENCE_S)
            self._tell(None)

    def _heard(self, payload: str) -> None:
        """`payload` is "<tenant> <sequence>"."""
        try:
            self._tell(TenantId(UUID(payload.partition(" ")[0])))
        except ValueError:
            self._tell(None)

    def _tell(self, tenant: TenantId | None) -> None:
        for ear, own in self._ears.items():
            if tenant is None or own is None or own == tenant:
                ear.hear()

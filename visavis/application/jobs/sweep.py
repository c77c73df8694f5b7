"""What is done every so often, so that nothing is left lying, whatever was lost between two commits."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from visavis.application.jobs.deliver import DELIVER
from visavis.application.jobs.submit import PROCESS
from visavis.application.ports.clock import Clock
from visavis.application.ports.queue import Backlog, Errand, Queue
from visavis.application.ports.store import Store
from visavis.application.search import GallerySearch
from visavis.domain.errors import IndexDown
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Calls workers for everything that waits. Calls that wait already are not doubled."""

    store: Store
    queue: Queue
    backlog: Backlog
    clock: Clock

    async def jobs(self) -> int:
        """The number of new calls."""
        count = 0
        for tenant, stream in await self.backlog.streams():
            count += await self.queue.defer(Errand(task=PROCESS, tenant=tenant, key=stream))
        return count

    async def webhooks(self, tenants: list[TenantId] | None = None) -> int:
        """The number of new calls, for webhooks of these tenants, or of all."""
        count = 0
        for tenant in await self.backlog.webhooks():
            if tenants is not None and tenant not in tenants:
                continue
            async with self.store.transaction(tenant) as work:
                behind = await work.webhooks.behind(self.clock.now())
            for webhook_id in behind:
                count += await self.queue.defer(Errand(task=DELIVER, tenant=tenant, key=str(webhook_id)))
        return count

    async def stalled(self) -> int:
        """Errands of workers that are gone go to the others, and at once."""
        return await self.queue.rescue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidy:
    """Removes results of jobs and finished deliveries after some days, expired sessions and kept answers, applies
    retention, and takes what is gone out of indexes that processes share, tenant by tenant."""

    store: Store
    tenants: Callable[[], Awaitable[list[TenantId]]]
    retain: Callable[[TenantId], Awaitable[object]]
    search: Callable[[TenantId], GallerySearch]
    purge: Callable[[], Awaitable[object]]
    clock: Clock
    keep_days: int = 7

    async def __call__(self) -> None:
        before = self.clock.now() - timedelta(days=self.keep_days)
        for tenant in await self.tenants():
            async with self.store.transaction(tenant) as work:
                await work.jobs.purge(before)
                await work.webhooks.purge(before)
            await self.retain(tenant)
            with suppress(IndexDown):  # the next round does it
                await self.search(tenant).tidy()
        await self.purge()

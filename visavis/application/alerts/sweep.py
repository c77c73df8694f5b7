"""Find rules that were not asked, call workers for messages that are due, and forget what is old."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from visavis.application.alerts.deliver import SEND
from visavis.application.ports.clock import Clock
from visavis.application.ports.queue import Backlog, Errand, Queue
from visavis.application.ports.store import Store
from visavis.domain.alert import ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import ChannelKind
from visavis.domain.subject import TenantId

_LONGEST: Final = timedelta(days=90)
"""How long alerts without events of the detection log are kept, as events of galleries that are gone are."""
_GRACE: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAlerts:
    """All tenants with rules or channels."""

    store: Store
    queue: Queue
    backlog: Backlog
    clock: Clock

    async def waiting(self) -> list[TenantId]:
        """Tenants whose rules were not asked about everything, or with messages that were held back and are due."""
        return [tenant for tenant in await self.backlog.alerts() if await self._waits(tenant)]

    async def __call__(self) -> int:
        """Calls workers for what is due; calls that wait already are not doubled. The number of new calls."""
        return sum([await self._call(tenant) for tenant in await self.backlog.alerts()])

    async def _waits(self, tenant: TenantId) -> bool:
        async with self.store.transaction(tenant) as work:
            if await work.alerts.behind():
                return True
            return bool(await work.channels.due(DispatchState.HELD, self.clock.now(), limit=1))

    async def _call(self, tenant: TenantId) -> int:
        async with self.store.transaction(tenant) as work:
            due = await work.channels.due(DispatchState.PENDING, self.clock.now(), limit=1000)
            ids = {one.channel_id for one in due}
            lines = [one for one in await work.channels.all() if one.id in ids] if ids else []
        called = 0
        for one in lines:
            if one.kind is not ChannelKind.MQTT:
                called += await self.queue.defer(Errand(task=SEND, tenant=tenant, key=str(one.id)))
        return called

    async def tidy(self, tenant: TenantId, *, keep_days: int) -> int:
        """Alerts whose events are no longer in the log, and messages that ended some days ago; how many alerts."""
        now = self.clock.now()
        async with self.store.transaction(tenant) as work:
            await work.channels.purge(now - timedelta(days=keep_days))
            return await work.alerts.purge(now - _LONGEST, orphans_before=now - _GRACE)

    async def brokers(self) -> list[tuple[TenantId, ChannelId]]:
        """Channels that lead to brokers and are enabled."""
        found = []
        for tenant in await self.backlog.alerts():
            async with self.store.transaction(tenant) as work:
                channels = await work.channels.all()
            found += [(tenant, one.id) for one in channels if one.enabled and one.kind is ChannelKind.MQTT]
        return found

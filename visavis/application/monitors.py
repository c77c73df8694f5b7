"""Look at the monitors of drift, and declare what is normal now."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.monitors import MonitorFilter
from visavis.application.ports.store import Store
from visavis.domain.audit import Action
from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitors:
    """The monitors of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def page(
        self, wanted: MonitorFilter | None = None, *, after: MonitorId | None = None, limit: int = 100
    ) -> list[Monitor]:
        """By gallery and source."""
        async with self.store.transaction(self.tenant) as work:
            return await work.monitors.page(wanted or MonitorFilter(), after=after, limit=limit)

    async def get(self, monitor_id: MonitorId) -> Monitor:
        """Raises `MonitorNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.monitors.get(monitor_id)

    async def accept(self, monitor_id: MonitorId) -> Monitor:
        """What comes from now on is the new reference; alarms end. Raises `MonitorNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.monitors.claim()
            before = await work.monitors.get(monitor_id)
            after = before.anew(self.clock.now())
            await work.monitors.keep([after])
            await self.ledger.note(
                work,
                Action.DRIFT_ACCEPTED,
                f"monitor:{monitor_id}",
                gallery=str(before.gallery_id),
                signals=",".join(state.signal.value for state in before.alarms),
            )
        return after

"""What a worker does about alerts."""

import logging
import random
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.alerts.deliver import Outlets, SendAlerts
from visavis.application.alerts.evaluate import EvaluateAlerts
from visavis.application.alerts.publish import Announced, PublishToBroker
from visavis.application.alerts.silence import WatchedCamera, WatchSilence
from visavis.application.alerts.summarise import SummariseAlerts
from visavis.application.alerts.sweep import SweepAlerts
from visavis.application.ports.channels import Brokers
from visavis.application.ports.queue import Backlog, Queue
from visavis.application.ports.store import Store
from visavis.bootstrap.alerts import alert_body, brokers, has_brokers, outlets
from visavis.bootstrap.attempts import attempted
from visavis.bootstrap.governance import software
from visavis.domain.agent import Agent
from visavis.domain.errors import VisavisError
from visavis.domain.subject import TenantId
from visavis.settings import Settings
from visavis.wire.jobs import event_body
from visavis.wire.v1.agents import report_of

_LOG = logging.getLogger("visavis.alerts")
_ROUNDS: Final = 100  #: of one channel at once, so that the others are not kept waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWork:
    """The rules and channels of all tenants, for one worker process, which speaks to brokers as `holder`."""

    store: Store
    queue: Queue
    backlog: Backlog
    tenants: Callable[[], Awaitable[list[TenantId]]]
    outlets: Outlets
    brokers: Brokers | None
    keep_days: int
    report_s: float
    holder: uuid.UUID = field(default_factory=uuid.uuid4)
    announced: Announced = field(default_factory=Announced)

    @property
    def sweep(self) -> SweepAlerts:
        return SweepAlerts(store=self.store, queue=self.queue, backlog=self.backlog, clock=SystemClock())

    async def evaluate(self) -> None:
        """Asks the rules, tells what was held back and is due, and calls for what is to be sent. Whoever does it at
        the same time finds it done."""
        for tenant in await self.sweep.waiting():
            await self._ask(tenant)
        await self.sweep()

    async def _ask(self, tenant: TenantId) -> None:
        clock, identifiers = SystemClock(), RandomIdentifiers()
        ask = EvaluateAlerts(store=self.store, tenant=tenant, clock=clock, identifiers=identifiers)
        tell = SummariseAlerts(store=self.store, tenant=tenant, clock=clock, identifiers=identifiers)
        await ask()
        await tell()

    async def watch_silence(self) -> None:
        """Notices agents that are not heard of, where a rule waits for it."""
        for tenant in await self.backlog.alerts():
            watch = WatchSilence(
                store=self.store,
                tenant=tenant,
                clock=SystemClock(),
                identifiers=RandomIdentifiers(),
                interval_s=self.report_s,
                cameras_of=watched_cameras,
            )
            await attempted("silent agents", watch)

    def send(self, tenant: TenantId) -> SendAlerts:
        return SendAlerts(
            store=self.store,
            tenant=tenant,
            outlets=self.outlets,
            queue=self.queue,
            clock=SystemClock(),
            chance=random.SystemRandom().random,
        )

    async def publish(self) -> None:
        """Says to brokers what there is to say; what fails is tried again the next time."""
        if self.brokers is None:
            return
        for tenant, channel_id in await self.sweep.brokers():
            say = PublishToBroker(
                store=self.store,
                tenant=tenant,
                brokers=self.brokers,
                holder=self.holder,
                announced=self.announced,
                clock=SystemClock(),
                render=alert_body,
                render_event=event_body,
                chance=random.SystemRandom().random,
                software=software(),
            )
            try:
                for _ in range(_ROUNDS):
                    if not await say(channel_id):
                        break
            except VisavisError as error:
                _LOG.warning("publishing: %s", error.code)

    async def leave(self) -> None:
        """Gives the brokers to other workers."""
        if self.brokers is None:
            return
        now = SystemClock().now()
        for tenant, channel_id in await self.sweep.brokers():
            await self.brokers.leave(channel_id)
            async with self.store.transaction(tenant) as work:
                await work.channels.hold(channel_id, self.holder, now=now, until=now)

    async def tidy(self) -> None:
        for tenant in await self.tenants():
            await self.sweep.tidy(tenant, keep_days=self.keep_days)


def watched_cameras(agent: Agent) -> list[WatchedCamera]:
    """What an agent said of its cameras; files that are at their end are not silent."""
    report = report_of(agent)
    cameras = report.health.cameras if report else ()
    return [WatchedCamera(name=one.id, up=one.connected or one.ended, problem=one.problem) for one in cameras]


def alert_work(
    settings: Settings,
    store: Store,
    queue: Queue,
    backlog: Backlog,
    tenants: Callable[[], Awaitable[list[TenantId]]],
) -> AlertWork:
    return AlertWork(
        store=store,
        queue=queue,
        backlog=backlog,
        tenants=tenants,
        outlets=outlets(settings),
        brokers=brokers(settings) if has_brokers() else None,
        keep_days=settings.jobs.keep_days,
        report_s=float(settings.agents.poll_s),
    )

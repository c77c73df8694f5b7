"""Composes a worker process: the use cases that jobs, webhooks and rounds call, and the queue that wakes it."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from visavis.adapters.feed.listening import ListeningFeed
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.procrastinate.queue import ProcrastinateQueue
from visavis.adapters.procrastinate.workers import ProcrastinateWorkers
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.alerts.deliver import SEND
from visavis.application.jobs.bulk import BulkEnrol
from visavis.application.jobs.classify import TOGETHER, Classify
from visavis.application.jobs.classify_tracks import ClassifyTracks
from visavis.application.jobs.deliver import DELIVER, DeliverWebhook
from visavis.application.jobs.index_video import IndexVideos
from visavis.application.jobs.looking import Contents
from visavis.application.jobs.process import ProcessStream
from visavis.application.jobs.reembed import Reembed
from visavis.application.jobs.submit import PROCESS
from visavis.application.jobs.sweep import Sweep, Tidy
from visavis.application.kit import Kit
from visavis.application.merge_visitors import Positions
from visavis.application.ports.feed import Feed
from visavis.application.ports.webhooks import Sender
from visavis.application.remember import Remember
from visavis.bootstrap.accounts import Doors
from visavis.bootstrap.alert_work import AlertWork, alert_work
from visavis.bootstrap.attempts import attempted
from visavis.bootstrap.desk import imports, sender
from visavis.bootstrap.local import OnWait, master_keys, open_store
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import Installation, Platform, install
from visavis.bootstrap.remote import Remotes
from visavis.bootstrap.tracks import track_of
from visavis.domain.access import SYSTEM, Permission, Principal
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.job import JobKind
from visavis.domain.subject import TenantId
from visavis.settings import Settings
from visavis.wire.jobs import event_body

_WEBHOOKS_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """One worker process. Everything it does, it does as the platform itself, in the tenant of each errand."""

    settings: Settings
    installation: Installation
    store: PostgresStore
    queue: ProcrastinateQueue
    workers: ProcrastinateWorkers
    feed: Feed
    sender: Sender
    render: Callable[[Event], bytes]
    alerts: AlertWork
    merged: Positions = field(default_factory=Positions)

    def platform(self, tenant: TenantId) -> Platform:
        return self.installation.platform(
            Principal(tenant=tenant, actor=SYSTEM, permissions=frozenset(Permission))
        )

    def process(self, tenant: TenantId) -> ProcessStream:
        """Takes items of a stream."""
        platform = self.platform(tenant)
        contents = Contents(store=self.store, tenant=tenant, imports=imports(self.settings, tenant))
        kits = _Kits(platform)
        return ProcessStream(
            store=self.store,
            tenant=tenant,
            queue=self.queue,
            clock=SystemClock(),
            ledger=platform.ledger,
            handlers={
                JobKind.CLASSIFY: Classify(
                    store=self.store,
                    tenant=tenant,
                    kits=kits,
                    contents=contents,
                    remember=Remember(maker=platform.maker, ledger=platform.ledger),
                    record=platform.record,
                    tracks=ClassifyTracks(
                        store=self.store,
                        tenant=tenant,
                        record_track=platform.record_track,
                        read=track_of,
                        clock=SystemClock(),
                    ),
                    clock=SystemClock(),
                    ahead=self.settings.workers + TOGETHER,  # so that threads are busy during a commit
                ),
                JobKind.ENROL: BulkEnrol(
                    store=self.store,
                    tenant=tenant,
                    kits=kits,
                    contents=contents,
                    clock=SystemClock(),
                    workers=self.settings.workers,
                ),
                JobKind.INDEX: IndexVideos(
                    store=self.store,
                    tenant=tenant,
                    indexes=lambda gallery, rate: platform.index_recording(gallery, rate=rate),
                    place_of=platform.place_of,
                    imports=contents.imports,
                    clock=SystemClock(),
                ),
                JobKind.REEMBED: Reembed(
                    store=self.store,
                    tenant=tenant,
                    others=platform.other_model,
                    clock=SystemClock(),
                    ledger=platform.ledger,
                ),
            },
        )

    def deliver(self, tenant: TenantId) -> DeliverWebhook:
        """Sends events to a webhook."""
        return DeliverWebhook(
            store=self.store,
            tenant=tenant,
            sender=self.sender,
            queue=self.queue,
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
            render=self.render,
            chance=random.SystemRandom().random,
        )

    @property
    def sweep(self) -> Sweep:
        return Sweep(store=self.store, queue=self.queue, backlog=self.store.backlog(), clock=SystemClock())

    async def watch_drift(self) -> None:
        """Looks at new events of all tenants."""
        for tenant in await self.store.backlog().tenants():
            await attempted("drift", self.platform(tenant).watch_drift)

    async def decide_access(self) -> None:
        """Decides at the doors of all tenants what the log got since the last time."""
        for tenant in await self.store.backlog().doors():
            await attempted("doors", self.platform(tenant).decide_access)

    async def watch_contacts(self) -> None:
        """Tells of doors that stand open for too long."""
        for tenant in await self.store.backlog().standing_open(SystemClock().now()):
            await attempted("doors", self.platform(tenant).door_contact.overdue)

    async def make_trial_templates(self) -> None:
        """Of references that packs on trial do not have yet, of all tenants."""
        for tenant in await self.store.backlog().tenants():
            await attempted("trials", self.platform(tenant).make_trial_templates)

    async def tidy_monitors(self) -> None:
        for tenant in await self.store.backlog().tenants():
            await attempted("tidying monitors", self.platform(tenant).watch_drift.tidy)

    async def merge_visitors(self) -> None:
        """Makes one of identifiers that stand for one visitor, in all tenants."""
        for tenant in await self.store.backlog().tenants():
            await attempted("merging visitors", self.platform(tenant).merge_visitors(self.merged))

    @property
    def tidy(self) -> Tidy:
        return Tidy(
            store=self.store,
            tenants=self.store.backlog().tenants,
            retain=lambda tenant: self.platform(tenant).retain(),
            search=self.installation.search,
            purge=Doors(store=self.store).purge,
            clock=SystemClock(),
            keep_days=self.settings.jobs.keep_days,
        )


@dataclass(frozen=True, slots=True)
class _Kits:
    """Implements `visavis.application.kit.KitOf`; models are loaded once per process."""

    platform: Platform

    async def __call__(self, gallery: Gallery) -> Kit:
        inference = await self.platform.loaded(self.platform.models.pack(gallery.pack))
        work = self.platform.work(gallery)
        return Kit(inference=inference, crops=work.crops, identify=work.identify, enrol=work.enrol)


@asynccontextmanager
async def open_workshop(settings: Settings, *, on_wait: OnWait | None = None) -> AsyncIterator[Workshop]:
    """A worker process over the configured store. Raises as `open_store` does."""
    stalled_s = float(settings.jobs.stalled_s)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings, on_wait=on_wait))
        queue = await stack.enter_async_context(ProcrastinateQueue(store.url, stalled_s=stalled_s))
        models, remotes = Models(settings), Remotes(settings=settings)
        stack.push_async_callback(remotes.aclose)
        yield Workshop(
            settings=settings,
            installation=install(
                settings,
                store,
                keys=master_keys(settings),
                models=models,
                queue=queue,
                new_inference=lambda pack: remotes.inference(pack, models.inference),
            ),
            store=store,
            queue=queue,
            workers=ProcrastinateWorkers(
                store.url,
                {PROCESS: settings.jobs.streams, DELIVER: _WEBHOOKS_AT_ONCE, SEND: _WEBHOOKS_AT_ONCE},
                stalled_s=stalled_s,
                drain_s=float(settings.server.drain_s),
            ),
            feed=await stack.enter_async_context(ListeningFeed(store.listen)),
            sender=sender(settings),
            render=event_body,
            alerts=alert_work(settings, store, queue, store.backlog(), store.backlog().tenants),
        )

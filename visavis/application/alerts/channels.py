"""Channels of alerts: make, look at, change, remove, try; and what became of messages."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.alerts.deliver import Outlets, trial
from visavis.application.alerts.publish import withdrawal
from visavis.application.alerts.topics import alerts_topic
from visavis.application.ledger import Ledger
from visavis.application.ports.channels import Brokers, Publication
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.ports.webhooks import Answer
from visavis.domain.alert import AlertId, ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.audit import Action
from visavis.domain.channel import (
    AppriseTarget,
    Channel,
    Dispatch,
    DispatchId,
    MqttTarget,
    PublishedCamera,
    Target,
    WebhookTarget,
)
from visavis.domain.errors import DeliveryNotFound
from visavis.domain.subject import TenantId

_SECRET_BYTES = 32
_SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret of signatures begins with


def new_secret() -> str:
    """Its bytes in UTF-8 are the key of signatures."""
    return _SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertChannels:
    """The channels of one tenant."""

    store: Store
    tenant: TenantId
    outlets: Outlets
    brokers: Brokers
    clock: Clock
    identifiers: Identifiers
    ledger: Ledger

    async def create(
        self, name: str, target: Target, *, names: bool = False, pictures: bool = False, enabled: bool = True
    ) -> Channel:
        """A broker gets events from now on. Raises `AlreadyExists`, and `ValueInvalid` for an address that nothing may
        be sent to."""
        await self._check(target)
        async with self.store.transaction(self.tenant) as work:
            channel = Channel(
                id=ChannelId(self.identifiers.new()),
                name=name.strip(),
                target=target,
                created_at=self.clock.now(),
                enabled=enabled,
                names=names,
                pictures=pictures,
                cursor=await _latest(work),
            )
            await work.channels.add(channel)
            await self.ledger.note(
                work, Action.CHANNEL_CREATED, f"channel:{channel.id}", kind=channel.kind.value
            )
        return channel

    async def get(self, channel_id: ChannelId) -> Channel:
        """Raises `ChannelNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.channels.get(channel_id)

    async def all(self) -> list[Channel]:
        """By name."""
        async with self.store.transaction(self.tenant) as work:
            return await work.channels.all()

    async def change(
        self,
        channel_id: ChannelId,
        *,
        name: str | None = None,
        target: Target | None = None,
        names: bool | None = None,
        pictures: bool | None = None,
        enabled: bool | None = None,
    ) -> Channel:
        """What is `None` stays; what a broker retains of a channel that leads elsewhere or is disabled is taken back.

        Raises `ChannelNotFound`, `AlreadyExists`, `ValueInvalid`.
        """
        if target is not None:
            await self._check(target)
        async with self.store.transaction(self.tenant) as work:
            old = await work.channels.get(channel_id)
            new = replace(
                old,
                name=old.name if name is None else name.strip(),
                target=target or old.target,
                names=old.names if names is None else names,
                pictures=old.pictures if pictures is None else pictures,
                enabled=old.enabled if enabled is None else enabled,
            )
            await work.channels.replace(new)
            await self.ledger.note(work, Action.CHANNEL_CHANGED, f"channel:{channel_id}", enabled=new.enabled)
            cameras = await work.channels.cameras(channel_id)
            if not new.enabled or new.target != old.target:
                await work.channels.forget_cameras(channel_id, cameras)
            else:
                cameras = []
        await self._take_back(old, cameras)
        return new

    async def remove(self, channel_id: ChannelId) -> None:
        """With its messages; what a broker retains is taken back if it can be reached. Raises `ChannelNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            old = await work.channels.get(channel_id)
            cameras = await work.channels.cameras(channel_id)
            await work.channels.remove(channel_id)
            await self.ledger.note(work, Action.CHANNEL_REMOVED, f"channel:{channel_id}")
        await self._take_back(old, cameras)

    async def test(self, channel_id: ChannelId) -> Answer:
        """Sends a message that says it is a test, at once and once. Raises `ChannelNotFound`."""
        channel = await self.get(channel_id)
        message = trial(DispatchId(self.identifiers.new()))
        if isinstance(channel.target, MqttTarget):
            said = Publication(
                topic=alerts_topic(channel.target) + "/test", payload=self.outlets.render(message)
            )
            answer = await self.brokers.once(channel.target, [said])
        else:
            answer = await self.outlets.send(channel, message)
        async with self.store.transaction(self.tenant) as work:
            await self.ledger.note(
                work, Action.CHANNEL_TESTED, f"channel:{channel_id}", accepted=answer.accepted
            )
        return answer

    async def dispatches(
        self,
        *,
        channel_id: ChannelId | None = None,
        alert_id: AlertId | None = None,
        state: DispatchState | None = None,
        limit: int = 100,
    ) -> Sequence[Dispatch]:
        """The latest first; the dead ones are the dead letters. Raises `ChannelNotFound`, `AlertNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            if channel_id is not None:
                await work.channels.get(channel_id)
            if alert_id is not None:
                await work.alerts.get(alert_id)
            return await work.channels.dispatches(
                channel_id=channel_id, alert_id=alert_id, state=state, limit=limit
            )

    async def again(self, channel_id: ChannelId, dispatch_id: DispatchId) -> Dispatch:
        """Sends it again as soon as possible, with all its tries anew. Raises `DeliveryNotFound`, also for one of
        another channel."""
        async with self.store.transaction(self.tenant) as work:
            old = await work.channels.dispatch(dispatch_id)
            if old.channel_id != channel_id or old.state is DispatchState.SUMMARISED:
                raise DeliveryNotFound
            new = replace(
                old,
                state=DispatchState.PENDING,
                attempts=0,
                finished_at=None,
                next_at=self.clock.now() - timedelta(seconds=1),
            )
            await work.channels.put([new])
        return new

    async def _check(self, target: Target) -> None:
        match target:
            case AppriseTarget():
                await self.outlets.messengers.check(target)
            case WebhookTarget():
                await self.outlets.sender.check(target.url)
            case MqttTarget():
                await self.brokers.check(target)

    async def _take_back(self, old: Channel, cameras: Sequence[PublishedCamera]) -> None:
        if isinstance(old.target, MqttTarget) and cameras:
            await self.brokers.once(old.target, withdrawal(cameras, old.target))


async def _latest(work: UnitOfWork) -> int:
    latest = await work.events.page(EventFilter(), limit=1)
    return latest[0].sequence if latest else 0

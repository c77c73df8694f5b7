"""Send what is due through a messenger or to an endpoint: at least once, tried again, given up in the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from visavis.application.alerts.bulletin import Bulletin, bulletin
from visavis.application.alerts.words import note
from visavis.application.ports.channels import Messengers
from visavis.application.ports.clock import Clock
from visavis.application.ports.queue import Errand, Queue
from visavis.application.ports.store import Store
from visavis.application.ports.webhooks import Answer, Message, Sender
from visavis.domain.alert import ChannelId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import (
    MOST_ATTEMPTS,
    AppriseTarget,
    Channel,
    Dispatch,
    DispatchId,
    MqttTarget,
    WebhookTarget,
)
from visavis.domain.errors import AlertNotFound, ChannelNotFound, Unavailable
from visavis.domain.subject import TenantId
from visavis.domain.webhook import retry_after_s, signature

SEND = "visavis.alerts.send"
"""The task whose errands have the identifier of a channel as their key."""

GONE = "the alert is no longer there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """What carries a message: one for each kind of channel but brokers, which need a lasting connection."""

    messengers: Messengers
    sender: Sender
    clock: Clock
    render: Callable[[Bulletin], bytes]

    async def send(self, channel: Channel, message: Bulletin, *, attempt: int = 1) -> Answer:
        match channel.target:
            case AppriseTarget():
                return await self.messengers.send(channel.target, note(message))
            case WebhookTarget():
                return await self.sender.send(self._signed(channel.target, message, attempt))
            case MqttTarget():
                return Answer(status=None, error="a broker is spoken to by another part")

    def _signed(self, target: WebhookTarget, message: Bulletin, attempt: int) -> Message:
        body = self.render(message)
        headers = (
            ("Content-Type", "application/json"),
            ("User-Agent", "visavis-alerts/1"),
            ("Visavis-Delivery", str(message.id)),
            ("Visavis-Attempt", str(attempt)),
            ("Visavis-Signature", signature(target.secret, body, self.clock.now())),
        )
        return Message(url=target.url, body=body, headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAlerts:
    """One errand of one channel, for `budget_s` seconds at most, so that many channels share a few workers."""

    store: Store
    tenant: TenantId
    outlets: Outlets
    queue: Queue
    clock: Clock
    chance: Callable[[], float]
    budget_s: float = 15.0

    async def __call__(self, channel_id: ChannelId) -> int:
        """The number of messages that were accepted."""
        end = self.clock.now() + timedelta(seconds=self.budget_s)
        accepted = 0
        while self.clock.now() < end:
            found = await self._next(channel_id)
            if found is None:
                return accepted
            accepted += await self._attempt(*found)
        await self._again(channel_id)
        return accepted

    async def _next(self, channel_id: ChannelId) -> tuple[Channel, Dispatch, Bulletin | None] | None:
        async with self.store.transaction(self.tenant) as work:
            try:
                channel = await work.channels.get(channel_id)
            except ChannelNotFound:
                return None
            due = await work.channels.due(
                DispatchState.PENDING, self.clock.now(), channel_id=channel_id, limit=1
            )
            if not due or isinstance(channel.target, MqttTarget):
                return None
            try:
                return channel, due[0], await bulletin(work, channel, due[0])
            except AlertNotFound:
                return channel, due[0], None

    async def _attempt(self, channel: Channel, dispatch: Dispatch, message: Bulletin | None) -> bool:
        if message is None:
            tried = given_up(dispatch, GONE, self.clock.now())
        else:
            answer = await self.outlets.send(channel, message, attempt=dispatch.attempts + 1)
            tried = after(dispatch, answer, self.clock.now(), self.chance())
        async with self.store.transaction(self.tenant) as work:
            await work.channels.put([tried])
        return tried.state is DispatchState.DELIVERED

    async def _again(self, channel_id: ChannelId) -> None:
        """Its time is up; the others come first."""
        try:
            await self.queue.defer(Errand(task=SEND, tenant=self.tenant, key=str(channel_id)))
        except Unavailable:
            return


def after(dispatch: Dispatch, answer: Answer, now: datetime, chance: float) -> Dispatch:
    """What becomes of a message after a try: delivered, tried again later, or given up."""
    tried = replace(dispatch, attempts=dispatch.attempts + 1, status=answer.status, error=answer.error[:500])
    if answer.accepted:
        return replace(tried, state=DispatchState.DELIVERED, finished_at=now)
    if tried.attempts >= MOST_ATTEMPTS:
        return replace(tried, state=DispatchState.DEAD, finished_at=now)
    return replace(tried, next_at=now + timedelta(seconds=retry_after_s(tried.attempts, chance)))


def given_up(dispatch: Dispatch, why: str, now: datetime) -> Dispatch:
    return replace(dispatch, state=DispatchState.DEAD, error=why, finished_at=now)


def trial(new: DispatchId) -> Bulletin:
    """What the test button sends."""
    return Bulletin(id=new, alerts=(), count=0, subjects=())

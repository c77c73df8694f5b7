"""Send events to a webhook: nothing is lost, in order, at least once."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.queue import Errand, Queue
from visavis.application.ports.store import Store
from visavis.application.ports.webhooks import Answer, Message, Sender
from visavis.domain.errors import EventNotFound, Unavailable, WebhookNotFound
from visavis.domain.event import Event, EventId
from visavis.domain.subject import TenantId
from visavis.domain.webhook import (
    PATIENCE,
    Delivery,
    DeliveryId,
    DeliveryState,
    Webhook,
    WebhookId,
    retry_after_s,
    signature,
)

DELIVER = "visavis.webhooks.deliver"
"""The task whose errands have the identifier of a webhook as their key."""

_PAGE = 200
_GONE = "the event is no longer in the log"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverWebhook:
    """One errand of one webhook, for `budget_s` seconds at most, so that many webhooks share a few workers.

    While an endpoint is away, its events wait in order. An answer that refuses one message (such as 400 or 404)
    delays this message only.
    """

    store: Store
    tenant: TenantId
    sender: Sender
    queue: Queue
    clock: Clock
    identifiers: Identifiers
    render: Callable[[Event], bytes]
    chance: Callable[[], float]
    budget_s: float = 15.0

    async def __call__(self, webhook_id: WebhookId) -> int:
        """The number of messages that were accepted."""
        end = self.clock.now() + timedelta(seconds=self.budget_s)
        accepted = 0
        try:
            while await self._advance(webhook_id):
                pass
            while self.clock.now() < end:
                webhook, delivery = await self._next(webhook_id)
                if webhook is None or delivery is None:
                    return accepted
                accepted += await self._attempt(webhook, delivery)
        except WebhookNotFound:
            return accepted
        await self._again(webhook_id)
        return accepted

    async def _advance(self, webhook_id: WebhookId) -> bool:
        """Makes deliveries of further events, and moves the cursor over them; whether there may be more."""
        async with self.store.transaction(self.tenant) as work:
            webhook = await work.webhooks.get(webhook_id)
            if not webhook.active:
                return False
            events = await work.events.page(EventFilter(), after=webhook.cursor, limit=_PAGE)
            if not events:
                return False
            new = [self._delivery(webhook, event) for event in events if webhook.wanted.takes(event)]
            await work.webhooks.advance(webhook_id, events[-1].sequence, new)
        return len(events) == _PAGE

    async def _next(self, webhook_id: WebhookId) -> tuple[Webhook | None, Delivery | None]:
        """The first delivery that may be tried now: none while an earlier one waits for the endpoint."""
        now = self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            webhook = await work.webhooks.get(webhook_id)
            delivery = await work.webhooks.first(webhook_id, now) if webhook.active else None
        return (webhook, delivery) if delivery and delivery.next_at <= now else (None, None)

    async def _attempt(self, webhook: Webhook, delivery: Delivery) -> bool:
        try:
            async with self.store.transaction(self.tenant) as work:
                event = await work.events.get(EventId(delivery.event_id))
        except EventNotFound:
            answer, dead = Answer(status=None, error=_GONE), True
        else:
            answer, dead = await self.sender.send(self._message(webhook, delivery, event)), False
        kept = self._after(delivery, answer, dead=dead)
        async with self.store.transaction(self.tenant) as work:
            await work.webhooks.keep(kept)
        return kept.state is DeliveryState.DELIVERED

    def _message(self, webhook: Webhook, delivery: Delivery, event: Event) -> Message:
        body = self.render(event)
        headers = (
            ("Content-Type", "application/json"),
            ("User-Agent", "visavis-webhooks/1"),
            ("Visavis-Delivery", str(delivery.id)),
            ("Visavis-Attempt", str(delivery.attempts + 1)),
            ("Visavis-Signature", signature(webhook.secret, body, self.clock.now())),
        )
        return Message(url=webhook.url, body=body, headers=headers)

    def _after(self, delivery: Delivery, answer: Answer, *, dead: bool) -> Delivery:
        now = self.clock.now()
        tried = replace(
            delivery,
            attempts=delivery.attempts + 1,
            first_attempt_at=delivery.first_attempt_at or now,
            status=answer.status,
            error=answer.error[:500],
        )
        if answer.accepted:
            return replace(tried, state=DeliveryState.DELIVERED, finished_at=now)
        wait = timedelta(seconds=retry_after_s(tried.attempts, self.chance()))
        if dead or now + wait - (tried.first_attempt_at or now) > PATIENCE:
            return replace(tried, state=DeliveryState.DEAD, finished_at=now)
        return replace(tried, next_at=now + wait)

    def _delivery(self, webhook: Webhook, event: Event) -> Delivery:
        now = self.clock.now()
        return Delivery(
            id=DeliveryId(self.identifiers.new()),
            webhook_id=webhook.id,
            event_id=event.id,
            event_sequence=event.sequence,
            created_at=now,
            next_at=now,
        )

    async def _again(self, webhook_id: WebhookId) -> None:
        """Its time is up; the others come first."""
        try:
            await self.queue.defer(Errand(task=DELIVER, tenant=self.tenant, key=str(webhook_id)))
        except Unavailable:
            return

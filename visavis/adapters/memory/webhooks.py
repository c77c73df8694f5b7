"""Webhooks in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.webhooks import REFUSALS
from visavis.domain.errors import DeliveryNotFound, WebhookNotFound
from visavis.domain.webhook import Delivery, DeliveryId, DeliveryState, Webhook, WebhookId


class MemoryWebhooks:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, webhook: Webhook) -> None:
        (await self._work.write()).jobs.webhooks[webhook.id] = webhook

    async def get(self, webhook_id: WebhookId) -> Webhook:
        webhooks = self._work.read().jobs.webhooks
        if webhook_id not in webhooks:
            raise WebhookNotFound
        return webhooks[webhook_id]

    async def all(self) -> list[Webhook]:
        webhooks = self._work.read().jobs.webhooks.values()
        return sorted(webhooks, key=lambda webhook: (webhook.created_at, webhook.id))

    async def replace(self, webhook: Webhook) -> None:
        tables = (await self._work.write()).jobs
        cursor = (await self.get(webhook.id)).cursor
        tables.webhooks[webhook.id] = replace(webhook, cursor=cursor)

    async def remove(self, webhook_id: WebhookId) -> None:
        tables = (await self._work.write()).jobs
        await self.get(webhook_id)
        del tables.webhooks[webhook_id]
        own = [one.id for one in tables.deliveries.values() if one.webhook_id == webhook_id]
        for delivery_id in own:
            del tables.deliveries[delivery_id]

    async def advance(self, webhook_id: WebhookId, cursor: int, deliveries: Sequence[Delivery]) -> None:
        tables = (await self._work.write()).jobs
        webhook = await self.get(webhook_id)
        tables.webhooks[webhook_id] = replace(webhook, cursor=max(cursor, webhook.cursor))
        known = {one.event_sequence for one in self._of(webhook_id)}
        new = [one for one in deliveries if one.event_sequence not in known]
        tables.deliveries |= {one.id: one for one in new}

    async def behind(self, now: datetime) -> list[WebhookId]:
        latest = self._work.read().event_sequence
        return [
            webhook.id
            for webhook in await self.all()
            if webhook.active
            and (
                webhook.cursor < latest
                or any(one.next_at <= now for one in self._of(webhook.id, DeliveryState.PENDING))
            )
        ]

    async def first(self, webhook_id: WebhookId, now: datetime) -> Delivery | None:
        pending = self._of(webhook_id, DeliveryState.PENDING)
        return next((one for one in pending if one.next_at <= now or one.status not in REFUSALS), None)

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        deliveries = self._work.read().jobs.deliveries
        if delivery_id not in deliveries:
            raise DeliveryNotFound
        return deliveries[delivery_id]

    async def keep(self, delivery: Delivery) -> None:
        tables = (await self._work.write()).jobs
        if delivery.id in tables.deliveries:
            tables.deliveries[delivery.id] = delivery

    async def deliveries(
        self,
        webhook_id: WebhookId,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        found = reversed(self._of(webhook_id, state))
        return [one for one in found if before is None or one.event_sequence < before][:limit]

    async def purge(self, finished_before: datetime) -> int:
        tables = (await self._work.write()).jobs
        deliveries = tables.deliveries.items()
        old = [id_ for id_, one in deliveries if one.finished_at and one.finished_at < finished_before]
        for delivery_id in old:
            del tables.deliveries[delivery_id]
        return len(old)

    def _of(self, webhook_id: WebhookId, state: DeliveryState | None = None) -> list[Delivery]:
        found = [
            one
            for one in self._work.read().jobs.deliveries.values()
            if one.webhook_id == webhook_id and (state is None or one.state is state)
        ]
        return sorted(found, key=lambda one: one.event_sequence)

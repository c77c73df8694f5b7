"""Webhooks: make, look at, change, remove; and what became of what was sent."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store
from visavis.application.ports.webhooks import Sender
from visavis.domain.audit import Action
from visavis.domain.errors import DeliveryNotFound
from visavis.domain.subject import TenantId
from visavis.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryState,
    Webhook,
    WebhookFilter,
    WebhookId,
)

_SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105  # what every secret begins with, so that people and scanners recognise one


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A webhook and its secret as text. This is the only time that it is shown; its bytes in UTF-8 are the key."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The webhooks of one tenant."""

    store: Store
    tenant: TenantId
    sender: Sender
    clock: Clock
    identifiers: Identifiers
    ledger: Ledger

    async def create(
        self, url: str, wanted: WebhookFilter | None = None, *, description: str = ""
    ) -> NewSecret:
        """Sends events from now on. Raises `ValueInvalid` for an address that nothing may be sent to."""
        await self.sender.check(url)
        secret = _new_secret()
        async with self.store.transaction(self.tenant) as work:
            latest = await work.events.page(EventFilter(), limit=1)
            webhook = Webhook(
                id=WebhookId(self.identifiers.new()),
                url=url,
                secret=secret.encode(),
                wanted=wanted or WebhookFilter(),
                created_at=self.clock.now(),
                description=description,
                cursor=latest[0].sequence if latest else 0,
            )
            await work.webhooks.add(webhook)
            await self.ledger.note(work, Action.WEBHOOK_CREATED, f"webhook:{webhook.id}")
        return NewSecret(webhook=webhook, secret=secret)

    async def get(self, webhook_id: WebhookId) -> Webhook:
        """Raises `WebhookNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.webhooks.get(webhook_id)

    async def all(self) -> list[Webhook]:
        async with self.store.transaction(self.tenant) as work:
            return await work.webhooks.all()

    async def change(
        self,
        webhook_id: WebhookId,
        *,
        url: str | None = None,
        wanted: WebhookFilter | None = None,
        active: bool | None = None,
        description: str | None = None,
    ) -> Webhook:
        """What is `None` stays. An inactive webhook gets what it missed when it is active again.

        Raises `WebhookNotFound`, `ValueInvalid`.
        """
        if url is not None:
            await self.sender.check(url)
        async with self.store.transaction(self.tenant) as work:
            old = await work.webhooks.get(webhook_id)
            new = replace(
                old,
                url=old.url if url is None else url,
                wanted=wanted or old.wanted,
                active=old.active if active is None else active,
                description=old.description if description is None else description,
            )
            await work.webhooks.replace(new)
            await self.ledger.note(work, Action.WEBHOOK_CHANGED, f"webhook:{webhook_id}", active=new.active)
        return new

    async def new_secret(self, webhook_id: WebhookId) -> NewSecret:
        """From now on everything is signed with it. Raises `WebhookNotFound`."""
        secret = _new_secret()
        async with self.store.transaction(self.tenant) as work:
            webhook = replace(await work.webhooks.get(webhook_id), secret=secret.encode())
            await work.webhooks.replace(webhook)
            await self.ledger.note(work, Action.WEBHOOK_CHANGED, f"webhook:{webhook_id}", secret=True)
        return NewSecret(webhook=webhook, secret=secret)

    async def remove(self, webhook_id: WebhookId) -> None:
        """Raises `WebhookNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.webhooks.remove(webhook_id)
            await self.ledger.note(work, Action.WEBHOOK_REMOVED, f"webhook:{webhook_id}")

    async def deliveries(
        self,
        webhook_id: WebhookId,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        """The latest events first; the dead ones are the dead letters. Raises `WebhookNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.webhooks.get(webhook_id)
            return await work.webhooks.deliveries(webhook_id, state=state, before=before, limit=limit)

    async def redeliver(self, delivery_id: DeliveryId, webhook_id: WebhookId | None = None) -> Delivery:
        """Sends it again as soon as possible, with a day's patience anew. Raises `DeliveryNotFound`, also for one of
        another webhook than the one given."""
        now = self.clock.now()
        async with self.store.transaction(self.tenant) as work:
            old = await work.webhooks.delivery(delivery_id)
            if webhook_id not in (None, old.webhook_id):
                raise DeliveryNotFound
            new = replace(
                old,
                state=DeliveryState.PENDING,
                next_at=now - timedelta(seconds=1),
                attempts=0,
                first_attempt_at=None,
                finished_at=None,
            )
            await work.webhooks.keep(new)
        return new


def _new_secret() -> str:
    return SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)

"""Webhooks and their deliveries, of one tenant, as a unit of work sees them; and what sends them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.webhook import Delivery, DeliveryId, DeliveryState, Webhook, WebhookId

REFUSALS = frozenset(range(400, 500)) - {401, 403, 408, 425, 429}
"""Statuses by which an endpoint that works refuses this very message, so that others need not wait for it."""


class Webhooks(Protocol):
    async def add(self, webhook: Webhook) -> None:
        """The secret is kept encrypted."""
        ...

    async def get(self, webhook_id: WebhookId) -> Webhook:
        """Raises `WebhookNotFound`."""
        ...

    async def all(self) -> list[Webhook]:
        """Oldest first."""
        ...

    async def replace(self, webhook: Webhook) -> None:
        """Everything but its cursor. Raises `WebhookNotFound`."""
        ...

    async def remove(self, webhook_id: WebhookId) -> None:
        """With its deliveries. Raises `WebhookNotFound`."""
        ...

    async def advance(self, webhook_id: WebhookId, cursor: int, deliveries: Sequence[Delivery]) -> None:
        """The new deliveries and how far the events were looked at, together. A delivery that is there already
        stays as it is."""
        ...

    async def behind(self, now: datetime) -> list[WebhookId]:
        """Active webhooks that have not seen the latest event, or have a pending delivery whose time has come."""
        ...

    async def first(self, webhook_id: WebhookId, now: datetime) -> Delivery | None:
        """The first pending delivery, in the order of events, whether its time has come or not; but those that were
        refused (`REFUSALS`) and wait for another try are passed over, however many they are."""
        ...

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        """Raises `DeliveryNotFound`."""
        ...

    async def keep(self, delivery: Delivery) -> None:
        """Replaces a delivery; does nothing if it is gone."""
        ...

    async def deliveries(
        self,
        webhook_id: WebhookId,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        """The latest events first, with an event sequence below `before`."""
        ...

    async def purge(self, finished_before: datetime) -> int:
        """Removes deliveries that ended before this time; how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent: a body with its headers."""

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The status of an endpoint's answer, or why there was none."""

    status: int | None
    error: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender(Protocol):
    async def check(self, url: str) -> None:
        """Raises `ValueInvalid` for an address that nothing may be sent to."""
        ...

    async def send(self, message: Message) -> Answer:
        """Posts it once, without following redirects. Whatever goes wrong is told in the answer."""
        ...

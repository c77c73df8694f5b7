"""Webhooks, and what became of what was sent to them."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.webhook import DeliveryState
from visavis.wire.v1.jobs import (
    DeliveryList,
    DeliveryNote,
    WebhookCreate,
    WebhookEdit,
    WebhookList,
    WebhookNote,
    WebhookSecret,
    WebhookWants,
)

M = TypeVar("M")


class Webhooks(Resource[M]):
    """Where events are sent to."""

    @operation
    def list(self) -> Flow[WebhookList]:
        """Oldest first."""
        return self._ask(get("v1", "webhooks"), WebhookList)

    @operation
    def create(
        self, url: str, *, wanted: WebhookWants | None = None, description: str = ""
    ) -> Flow[WebhookSecret]:
        """Events from now on are posted to it. The answer has the secret of the signatures, this once."""
        body = WebhookCreate(url=url, wanted=wanted or WebhookWants(), description=description)
        return self._ask(self._write(send("POST", "v1", "webhooks", body=body)), WebhookSecret)

    @operation
    def get(self, webhook_id: str | UUID) -> Flow[WebhookNote]:
        return self._ask(get("v1", "webhooks", webhook_id), WebhookNote)

    @operation
    def change(self, webhook_id: str | UUID, change: WebhookEdit) -> Flow[WebhookNote]:
        """What is left out stays as it is."""
        return self._ask(self._write(send("PATCH", "v1", "webhooks", webhook_id, body=change)), WebhookNote)

    @operation
    def renew_secret(self, webhook_id: str | UUID) -> Flow[WebhookSecret]:
        """Everything sent from now on is signed with the new one."""
        return self._ask(self._write(send("POST", "v1", "webhooks", webhook_id, "secret")), WebhookSecret)

    @operation
    def remove(self, webhook_id: str | UUID) -> Flow[None]:
        """With its deliveries."""
        return self._do(self._write(delete("v1", "webhooks", webhook_id)))

    @listing_of(DeliveryNote)
    def deliveries(
        self, webhook_id: str | UUID, *, state: DeliveryState | None = None, page_size: int = 100
    ) -> Flow[None]:
        """The latest events first; `DeliveryState.DEAD` are the dead letters."""
        request = get("v1", "webhooks", webhook_id, "deliveries", state=state, limit=page_size)
        return self._pages(request, DeliveryList, lambda page: page.deliveries)

    @operation
    def redeliver(self, webhook_id: str | UUID, delivery_id: str | UUID) -> Flow[DeliveryNote]:
        """As soon as possible, with a day's patience anew."""
        request = send("POST", "v1", "webhooks", webhook_id, "deliveries", delivery_id, "redeliver")
        return self._ask(self._write(request), DeliveryNote)

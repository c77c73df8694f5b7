"""What every implementation of webhooks must do."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT
from visavis.application.ports.store import Store
from visavis.domain.decision import Outcome
from visavis.domain.errors import DeliveryNotFound, WebhookNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryState,
    Webhook,
    WebhookFilter,
    WebhookId,
)


def a_webhook(url: str = "https://example.org/hook", *, cursor: int = 0) -> Webhook:
    return Webhook(
        id=WebhookId(uuid.uuid4()),
        url=url,
        secret=b"0123456789abcdef",
        wanted=WebhookFilter(
            kinds=frozenset({EventKind.IDENTIFIED}),
            outcomes=frozenset({Outcome.MATCH, Outcome.INCONCLUSIVE}),
            galleries=frozenset({"doors"}),
        ),
        created_at=START,
        description="the doors",
        cursor=cursor,
    )


def a_delivery(webhook: Webhook, sequence: int, *, minute: int = 0) -> Delivery:
    return Delivery(
        id=DeliveryId(uuid.uuid4()),
        webhook_id=webhook.id,
        event_id=uuid.uuid4(),
        event_sequence=sequence,
        created_at=START,
        next_at=START + timedelta(minutes=minute),
    )


def an_event() -> Event:
    return Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.IDENTIFIED,
        captured_at=START,
        recorded_at=START,
        gallery_id=None,
        gallery="doors",
        source="",
        reference="",
        position=0,
        outcome=Outcome.NON_MATCH,
    )


class WebhooksContract:
    async def test_a_webhook_comes_back_as_it_was(self, store: Store) -> None:
        webhook = a_webhook(cursor=3)
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
        async with store.transaction(TENANT) as unit:
            assert await unit.webhooks.get(webhook.id) == webhook
            assert await unit.webhooks.all() == [webhook]
            changed = replace(
                webhook, url="https://example.org/other", active=False, secret=b"x" * 20, cursor=99
            )
            await unit.webhooks.replace(changed)
            assert await unit.webhooks.get(webhook.id) == replace(changed, cursor=3)
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(WebhookNotFound):
                await unit.webhooks.get(webhook.id)
            with pytest.raises(WebhookNotFound):
                await unit.webhooks.remove(webhook.id)

    async def test_deliveries_go_with_their_webhook(self, store: Store) -> None:
        webhook = a_webhook()
        delivery = a_delivery(webhook, 1)
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
            await unit.webhooks.advance(webhook.id, 1, [delivery])
            await unit.webhooks.remove(webhook.id)
            with pytest.raises(DeliveryNotFound):
                await unit.webhooks.delivery(delivery.id)
            with pytest.raises(WebhookNotFound):
                await unit.webhooks.replace(webhook)

    async def test_an_event_is_delivered_once_however_often_it_is_looked_at(self, store: Store) -> None:
        webhook = a_webhook()
        first, again = a_delivery(webhook, 5), a_delivery(webhook, 5)
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
            await unit.webhooks.advance(webhook.id, 6, [first])
            await unit.webhooks.advance(webhook.id, 5, [again])
            assert (await unit.webhooks.get(webhook.id)).cursor == 6
            assert await unit.webhooks.deliveries(webhook.id) == [first]

    async def test_pending_deliveries_are_in_the_order_of_events(self, store: Store) -> None:
        webhook = a_webhook()
        one, two, three = a_delivery(webhook, 1, minute=9), a_delivery(webhook, 2), a_delivery(webhook, 3)
        done = replace(two, state=DeliveryState.DELIVERED, finished_at=START, attempts=1, status=204)
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
            await unit.webhooks.advance(webhook.id, 3, [three, two, one])
            await unit.webhooks.keep(done)
            assert await unit.webhooks.first(webhook.id, START) == one
            assert await unit.webhooks.delivery(two.id) == done
            assert await unit.webhooks.deliveries(webhook.id) == [three, done, one]
            assert await unit.webhooks.deliveries(webhook.id, before=3, limit=1) == [done]
            assert await unit.webhooks.deliveries(webhook.id, state=DeliveryState.DELIVERED) == [done]
            assert await unit.webhooks.purge(START + timedelta(seconds=1)) == 1
            assert await unit.webhooks.deliveries(webhook.id) == [three, one]

    async def test_refused_messages_are_passed_over_until_their_time_comes(self, store: Store) -> None:
        webhook, late = a_webhook(), timedelta(minutes=9)
        refused = [replace(a_delivery(webhook, n, minute=9), status=410, attempts=1) for n in range(1, 121)]
        held = replace(a_delivery(webhook, 121, minute=9), status=503, attempts=1)
        new = a_delivery(webhook, 122)
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
            await unit.webhooks.advance(webhook.id, 122, [*refused, held, new])
            for one in (*refused, held):
                await unit.webhooks.keep(one)
            assert await unit.webhooks.first(webhook.id, START) == held
            await unit.webhooks.keep(replace(held, state=DeliveryState.DEAD, finished_at=START))
            assert await unit.webhooks.first(webhook.id, START) == new
            assert await unit.webhooks.first(webhook.id, START + late) == refused[0]
            await unit.webhooks.remove(webhook.id)
            assert await unit.webhooks.first(webhook.id, START) is None

    async def test_who_is_behind(self, store: Store) -> None:
        webhook, idle = a_webhook(), a_webhook()
        async with store.transaction(TENANT) as unit:
            await unit.webhooks.add(webhook)
            await unit.webhooks.add(replace(idle, active=False))
            assert await unit.webhooks.behind(START) == []
            (event,) = await unit.events.add([an_event()])
        async with store.transaction(TENANT) as unit:
            assert await unit.webhooks.behind(START) == [webhook.id]
            await unit.webhooks.advance(webhook.id, event.sequence, [a_delivery(webhook, 1, minute=5)])
            assert await unit.webhooks.behind(START) == []
            assert await unit.webhooks.behind(START + timedelta(minutes=5)) == [webhook.id]

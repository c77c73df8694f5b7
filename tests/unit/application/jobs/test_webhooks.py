"""Deliveries to webhooks, over memory and a sender that does as it is told."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.unit.application.conftest import Bench
from visavis.adapters.memory.queue import MemoryQueue
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.jobs.deliver import DELIVER, DeliverWebhook
from visavis.application.jobs.sweep import Sweep
from visavis.application.jobs.webhooks import Webhooks
from visavis.application.ports.webhooks import Answer, Message
from visavis.domain.decision import Outcome
from visavis.domain.errors import DeliveryNotFound, ValueInvalid, WebhookNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import DEFAULT_TENANT
from visavis.domain.webhook import Delivery, DeliveryState, Webhook, WebhookFilter, signature_holds


@dataclass
class Post:
    """Keeps what is sent and gives the answers it was told, then 204."""

    answers: list[Answer] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    async def check(self, url: str) -> None:
        if "private" in url:
            raise ValueInvalid

    async def send(self, message: Message) -> Answer:
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Answer(status=204)


@dataclass
class Office:
    bench: Bench
    post: Post
    queue: MemoryQueue
    webhooks: Webhooks
    deliver: DeliverWebhook
    sweep: Sweep

    def made(self, wanted: WebhookFilter | None = None) -> tuple[Webhook, str]:
        made = self.bench.run(self.webhooks.create("https://example.org/hook", wanted))
        return made.webhook, made.secret

    def happen(self, *galleries: str, outcome: Outcome = Outcome.MATCH) -> list[Event]:
        async def add() -> list[Event]:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                return await work.events.add([self._event(name, outcome) for name in galleries])

        found: list[Event] = self.bench.run(add())
        return found

    def _event(self, gallery: str, outcome: Outcome) -> Event:
        now = self.bench.clock.now()
        return Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=now,
            recorded_at=now,
            gallery_id=None,
            gallery=gallery,
            source="",
            reference="",
            position=0,
            outcome=outcome,
        )

    def run(self, webhook: Webhook) -> int:
        accepted: int = self.bench.run(self.deliver(webhook.id))
        return accepted

    def bodies(self) -> list[bytes]:
        return [message.body for message in self.post.sent]

    def deliveries(self, webhook: Webhook, state: DeliveryState | None = None) -> Sequence[Delivery]:
        found: Sequence[Delivery] = self.bench.run(self.webhooks.deliveries(webhook.id, state=state))
        return found


@pytest.fixture
def office(bench: Bench) -> Office:
    kept = {"store": bench.store, "clock": bench.clock}
    post, queue = Post(), MemoryQueue()
    named = {"tenant": DEFAULT_TENANT, "sender": post, "identifiers": RandomIdentifiers()}
    return Office(
        bench=bench,
        post=post,
        queue=queue,
        webhooks=Webhooks(**kept, **named, ledger=bench.enrol.ledger),
        deliver=DeliverWebhook(
            **kept,
            **named,
            queue=queue,
            render=lambda event: f"{event.sequence} {event.gallery}".encode(),
            chance=lambda: 1.0,
        ),
        sweep=Sweep(**kept, queue=queue, backlog=bench.store.backlog()),
    )


def test_sends_what_happens_from_now_on_in_order_and_signed(office: Office) -> None:
    office.happen("before")
    webhook, secret = office.made()
    office.happen("one", "two")
    assert office.run(webhook) == 2
    assert office.bodies() == [b"2 one", b"3 two"]
    headers = dict(office.post.sent[0].headers)
    now = office.bench.clock.now()
    assert signature_holds(secret.encode(), b"2 one", headers["Visavis-Signature"], now)
    assert not signature_holds(secret.encode(), b"2 two", headers["Visavis-Signature"], now)
    late = now + timedelta(seconds=301)
    assert not signature_holds(secret.encode(), b"2 one", headers["Visavis-Signature"], late)
    assert headers["Visavis-Delivery"] == str(office.deliveries(webhook)[1].id)
    assert office.run(webhook) == 0


def test_a_line_that_was_revised_is_sent_again(office: Office) -> None:
    webhook, _ = office.made()
    (event,) = office.happen("one")
    assert office.run(webhook) == 1

    async def revise() -> None:
        async with office.bench.store.transaction(DEFAULT_TENANT) as work:
            await work.events.revise(replace(event, gallery="two", revision=1))

    office.bench.run(revise())
    assert office.run(webhook) == 1
    assert office.bodies() == [b"1 one", b"2 two"]


def test_sends_only_what_is_wanted(office: Office) -> None:
    wanted = WebhookFilter(galleries=frozenset({"doors"}), outcomes=frozenset({Outcome.MATCH}))
    webhook, _ = office.made(wanted)
    office.happen("doors", "visitors")
    office.happen("doors", outcome=Outcome.NON_MATCH)
    assert office.run(webhook) == 1
    assert office.bench.run(office.webhooks.get(webhook.id)).cursor == 3


def test_waits_longer_each_time_and_keeps_the_order(office: Office) -> None:
    webhook, _ = office.made()
    office.happen("one", "two")
    office.post.answers = [Answer(status=503), Answer(status=None, error="ConnectError")]
    assert office.run(webhook) == 0
    assert office.run(webhook) == 0  # not yet
    assert len(office.post.sent) == 1
    office.bench.clock.turn(seconds=5)
    assert office.run(webhook) == 0
    (_, first) = office.deliveries(webhook)
    assert (first.attempts, first.status, first.error) == (2, None, "ConnectError")
    assert first.next_at - office.bench.clock.now() == timedelta(seconds=10)
    office.bench.clock.turn(seconds=10)
    assert office.run(webhook) == 2
    assert office.bodies()[-2:] == [b"1 one", b"2 two"]


def test_a_message_that_is_refused_keeps_no_other_waiting(office: Office) -> None:
    webhook, _ = office.made()
    office.happen("one", "two")
    office.post.answers = [Answer(status=400)]
    assert office.run(webhook) == 1
    assert office.bodies() == [b"1 one", b"2 two"]
    assert [one.state for one in office.deliveries(webhook)] == [
        DeliveryState.DELIVERED,
        DeliveryState.PENDING,
    ]


def test_many_messages_that_are_refused_keep_no_newer_one_waiting(office: Office) -> None:
    webhook, _ = office.made()
    office.happen(*["refused"] * 130)
    office.post.answers = [Answer(status=410)] * 130
    assert office.run(webhook) == 0
    office.happen("new")
    assert office.run(webhook) == 1
    assert office.bodies()[-1] == b"131 new"
    office.post.answers = [Answer(status=403)]
    office.happen("closed", "behind")
    assert office.run(webhook) == 0  # that endpoint takes nothing, so order holds
    assert office.bodies()[-1] == b"132 closed"


def test_is_given_up_after_a_day_and_can_be_sent_again(office: Office) -> None:
    webhook, _ = office.made()
    office.happen("one")
    office.post.answers = [Answer(status=500)] * 1000
    for _ in range(200):
        office.run(webhook)
        office.bench.clock.turn(minutes=15)
    (dead,) = office.deliveries(webhook, DeliveryState.DEAD)
    assert 25 < dead.attempts < 60
    tries = len(office.post.sent)
    assert office.run(webhook) == 0
    assert len(office.post.sent) == tries
    office.post.answers = []
    office.bench.run(office.webhooks.redeliver(dead.id))
    assert office.run(webhook) == 1
    assert office.deliveries(webhook, DeliveryState.DEAD) == []
    with pytest.raises(DeliveryNotFound):
        office.bench.run(office.webhooks.redeliver(uuid.uuid4()))


def test_an_event_that_is_gone_is_not_waited_for(office: Office) -> None:
    webhook, _ = office.made()
    office.happen("one")
    office.post.answers = [Answer(status=500)]
    office.run(webhook)

    async def purge() -> None:
        async with office.bench.store.transaction(DEFAULT_TENANT) as work:
            await work.events.purge(None, office.bench.clock.now() + timedelta(days=1))

    office.bench.run(purge())
    office.bench.clock.turn(hours=1)
    office.run(webhook)
    (dead,) = office.deliveries(webhook)
    assert (dead.state, dead.error) == (DeliveryState.DEAD, "the event is no longer in the log")


def test_an_inactive_webhook_gets_what_it_missed(office: Office) -> None:
    webhook, _ = office.made()
    office.bench.run(office.webhooks.change(webhook.id, active=False))
    office.happen("one")
    assert office.bench.run(office.sweep.webhooks()) == 0
    assert office.run(webhook) == 0
    office.bench.run(office.webhooks.change(webhook.id, active=True))
    assert office.bench.run(office.sweep.webhooks()) == 1
    assert [(one.task, one.key) for one in office.queue.waiting] == [(DELIVER, str(webhook.id))]
    assert office.run(webhook) == 1


def test_a_new_secret_signs_from_then_on(office: Office) -> None:
    webhook, old = office.made()
    new = office.bench.run(office.webhooks.new_secret(webhook.id)).secret
    office.happen("one")
    office.run(webhook)
    header = dict(office.post.sent[0].headers)["Visavis-Signature"]
    now = office.bench.clock.now()
    assert signature_holds(new.encode(), b"1 one", header, now)
    assert not signature_holds(old.encode(), b"1 one", header, now)
    assert new not in repr(webhook)


def test_refuses_addresses_and_forgets_what_is_removed(office: Office) -> None:
    with pytest.raises(ValueInvalid):
        office.bench.run(office.webhooks.create("https://private.example"))
    with pytest.raises(ValueInvalid):
        office.bench.run(office.webhooks.create("https://user:secret@example.org"))
    webhook, _ = office.made()
    office.bench.run(office.webhooks.remove(webhook.id))
    with pytest.raises(WebhookNotFound):
        office.bench.run(office.webhooks.get(webhook.id))
    assert office.run(webhook) == 0

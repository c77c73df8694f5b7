"""When an alert is raised, counted, told, held back and given up."""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest

from tests.contract.making import TENANT, a_gallery, a_subject, an_event
from tests.contract.store_agents import an_agent
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.alerts.board import AlertBoard
from visavis.application.alerts.bulletin import Bulletin
from visavis.application.alerts.deliver import Outlets, SendAlerts
from visavis.application.alerts.evaluate import EvaluateAlerts
from visavis.application.alerts.rules import AlertRules
from visavis.application.alerts.silence import WatchedCamera, WatchSilence
from visavis.application.alerts.summarise import SummariseAlerts
from visavis.application.ledger import Ledger
from visavis.application.ports.alerts import AlertFilter
from visavis.application.ports.channels import Note
from visavis.application.ports.queue import Errand
from visavis.application.ports.webhooks import Answer, Message
from visavis.domain.access import SYSTEM
from visavis.domain.agent import Agent
from visavis.domain.alert import Alert, AlertRule, AtNight, ChannelId, Condition, Effects, Quiet
from visavis.domain.alert_kinds import AlertState, DispatchState, Severity, Trigger
from visavis.domain.camera import Camera, CameraId, Place
from visavis.domain.channel import MOST_ATTEMPTS, AppriseTarget, Channel, Dispatch
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventKind
from visavis.domain.hours import Hours
from visavis.domain.occurrence import Notice
from visavis.domain.schedule import Span
from visavis.domain.subject import Subject

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)  # a Monday
NEVER = frozenset[Outcome]()
ALWAYS = Hours(zone="UTC", weekly=((Span(begins=time(0), ends=time(0)),),) * 7)
NIGHTS = Hours(zone="UTC", weekly=((Span(begins=time(22), ends=time(6)),),) * 7)


@dataclass
class Hands:
    """A clock that stands still until it is moved."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Messenger:
    """Takes notes, or refuses them."""

    accepts: bool = True
    notes: list[Note] = field(default_factory=list)

    async def check(self, target: AppriseTarget) -> None:
        assert target.address

    async def send(self, target: AppriseTarget, note: Note) -> Answer:
        assert target.address
        self.notes.append(note)
        return Answer(status=200) if self.accepts else Answer(status=None, error="no")


class NoSender:
    async def check(self, url: str) -> None:
        raise AssertionError(url)

    async def send(self, message: Message) -> Answer:
        raise AssertionError(message)


class NoQueue:
    async def defer(self, errand: Errand) -> bool:
        return bool(errand)

    async def cancel(self, errand: Errand) -> bool:
        return bool(errand)

    async def rescue(self) -> int:
        return 0


def _render(bulletin: Bulletin) -> bytes:
    return str(bulletin.id).encode()


@dataclass
class Scene:
    """One tenant with a gallery, somebody known and a channel."""

    store: MemoryStore
    clock: Hands
    messenger: Messenger
    channel: Channel
    ada: Subject
    events: int = 0

    @property
    def board(self) -> AlertBoard:
        return AlertBoard(store=self.store, tenant=TENANT, ledger=self.ledger, clock=self.clock)

    @property
    def ledger(self) -> Ledger:
        return Ledger(actor=SYSTEM, clock=self.clock)

    @property
    def rules(self) -> AlertRules:
        return AlertRules(
            store=self.store,
            tenant=TENANT,
            clock=self.clock,
            identifiers=RandomIdentifiers(),
            ledger=self.ledger,
        )

    async def rule(
        self, condition: Condition, severity: Severity = Severity.WARNING, **effects: object
    ) -> AlertRule:
        return await self.rules.create(
            f"rule {random.random()}",
            condition,
            Effects(channels=(self.channel.id,), **effects),  # type: ignore[arg-type]
            severity=severity,
        )

    async def seen(
        self,
        subject: Subject | None = None,
        *,
        after_s: float = 0,
        lasts_s: float = 0,
        track: uuid.UUID | None = None,
        zone: str = "lobby",
        source: str = "gate",
    ) -> Event:
        at = NOON + timedelta(seconds=after_s)
        event = replace(
            an_event(subject=subject),
            captured_at=at,
            recorded_at=at,
            seen_until=at + timedelta(seconds=lasts_s),
            track=track,
            zone=zone,
            source=source,
        )
        async with self.store.transaction(TENANT) as work:
            (kept,) = await work.events.add([event])
        return kept

    async def ask(self) -> list[Alert]:
        """The alerts there are afterwards, oldest first."""
        evaluate = EvaluateAlerts(
            store=self.store, tenant=TENANT, clock=self.clock, identifiers=RandomIdentifiers()
        )
        await evaluate()
        return [one.alert for one in (await self.board.page(AlertFilter()))[::-1]]

    async def send(self) -> Sequence[Note]:
        """Summaries and messages that are due; everything sent so far."""
        await SummariseAlerts(
            store=self.store, tenant=TENANT, clock=self.clock, identifiers=RandomIdentifiers()
        )()
        outlets = Outlets(messengers=self.messenger, sender=NoSender(), clock=self.clock, render=_render)
        await SendAlerts(
            store=self.store,
            tenant=TENANT,
            outlets=outlets,
            queue=NoQueue(),
            clock=self.clock,
            chance=lambda: 1.0,
        )(self.channel.id)
        return self.messenger.notes

    async def messages(self) -> list[Dispatch]:
        async with self.store.transaction(TENANT) as work:
            return await work.channels.dispatches()


@pytest.fixture
async def scene() -> Scene:
    store = MemoryStore()
    ada, gallery = a_subject("Ada"), a_gallery()
    channel = Channel(
        id=ChannelId(uuid.uuid4()), name="x", target=AppriseTarget(address="a://b"), created_at=NOON
    )
    async with store.transaction(TENANT) as work:
        await work.galleries.add(gallery)
        await work.subjects.add(ada)
        await work.channels.add(channel)
    return Scene(store=store, clock=Hands(), messenger=Messenger(), channel=channel, ada=ada)


async def test_what_was_before_the_rule_is_no_news(scene: Scene) -> None:
    await scene.seen(scene.ada)
    await scene.rule(Condition())
    assert await scene.ask() == []
    await scene.seen(scene.ada)
    assert len(await scene.ask()) == 1
    assert len(await scene.ask()) == 1


async def test_the_same_subject_is_counted_until_the_window_is_over_or_it_is_resolved(scene: Scene) -> None:
    await scene.rule(Condition(), dedupe_s=60)
    for after_s in (0, 20, 59):
        await scene.seen(scene.ada, after_s=after_s)
    (alert,) = await scene.ask()
    assert (alert.count, alert.last_at - alert.opened_at) == (3, timedelta(seconds=59))
    await scene.seen(scene.ada, after_s=61)
    _, second = await scene.ask()
    await scene.board.change(second.id, AlertState.RESOLVED, note="gone")
    await scene.seen(scene.ada, after_s=62)
    assert len(await scene.ask()) == 3
    assert len(await scene.send()) == 3


async def test_unknowns_are_told_apart_by_their_tracks(scene: Scene) -> None:
    await scene.rule(Condition(outcomes=frozenset({Outcome.NON_MATCH})))
    one, other = uuid.uuid4(), uuid.uuid4()
    for track in (one, other, one):
        await scene.seen(track=track)
    assert sorted(alert.count for alert in await scene.ask()) == [1, 2]


async def test_a_revised_line_raises_what_it_did_not_raise_before_and_nothing_twice(scene: Scene) -> None:
    await scene.rule(Condition(outcomes=frozenset({Outcome.MATCH})), dedupe_s=0)
    unsure = await scene.seen()
    assert await scene.ask() == []
    for revision in (1, 2):
        sure = replace(unsure, outcome=Outcome.MATCH, subject_id=scene.ada.id, revision=revision)
        async with scene.store.transaction(TENANT) as work:
            await work.events.revise(sure)
        (alert,) = await scene.ask()
        assert (alert.count, alert.subject_id) == (1, scene.ada.id)


@pytest.mark.parametrize(
    ("condition", "raised"),
    [
        (Condition(subjects=frozenset()), False),
        (Condition(zones=frozenset({"yard"})), False),
        (Condition(zones=frozenset({"lobby"}), sources=frozenset({"gate"})), True),
        (Condition(outcomes=NEVER), True),
        (Condition(when=NIGHTS), False),
        (Condition(when=ALWAYS), True),
        (Condition(trigger=Trigger.DRIFT), False),
    ],
)
async def test_conditions(scene: Scene, condition: Condition, raised: bool) -> None:
    await scene.rule(condition)
    await scene.seen(scene.ada)
    assert bool(await scene.ask()) is raised


async def test_somebody_stays(scene: Scene) -> None:
    await scene.rule(Condition(lasting_s=30))
    for after_s in (0, 20):
        await scene.seen(scene.ada, after_s=after_s)
    await scene.seen(scene.ada, after_s=25, zone="yard")
    assert await scene.ask() == []
    await scene.seen(scene.ada, after_s=200)  # came back, and did not stay in between
    assert await scene.ask() == []
    await scene.seen(scene.ada, after_s=231)
    assert len(await scene.ask()) == 1


async def test_an_unknown_is_seen_for_long(scene: Scene) -> None:
    await scene.rule(Condition(outcomes=frozenset({Outcome.NON_MATCH}), lasting_s=10))
    await scene.seen(lasts_s=9, track=uuid.uuid4())
    assert await scene.ask() == []
    await scene.seen(lasts_s=10, track=uuid.uuid4())
    assert len(await scene.ask()) == 1


async def test_somebody_comes_again_and_again(scene: Scene) -> None:
    await scene.rule(Condition(times=3, within_s=600))
    for after_s in (0, 700, 900):
        await scene.seen(scene.ada, after_s=after_s)
        assert await scene.ask() == []
    await scene.seen(scene.ada, after_s=1000)
    assert len(await scene.ask()) == 1


async def test_more_than_so_many_messages_an_hour_are_told_together(scene: Scene) -> None:
    await scene.rule(Condition(), dedupe_s=0, most_per_hour=2)
    for after_s in range(5):
        await scene.seen(scene.ada, after_s=after_s)
    assert len(await scene.ask()) == 5
    assert len(await scene.send()) == 2
    scene.clock.at += timedelta(minutes=49)
    assert len(await scene.send()) == 2
    scene.clock.at += timedelta(minutes=1)
    notes = await scene.send()
    assert len(notes) == 3
    assert "3 alerts" in notes[-1].title
    assert notes[-1].text.count("\n") == 2
    states = [one.state for one in await scene.messages()]
    assert states.count(DispatchState.SUMMARISED) == 3


@pytest.mark.parametrize(
    ("severity", "others", "states"),
    [
        (Severity.WARNING, AtNight.HOLD, [DispatchState.HELD]),
        (Severity.WARNING, AtNight.DROP, [DispatchState.DROPPED]),
        (Severity.CRITICAL, AtNight.HOLD, [DispatchState.PENDING]),
    ],
)
async def test_quiet_hours(
    scene: Scene, severity: Severity, others: AtNight, states: list[DispatchState]
) -> None:
    scene.clock.at = NOON.replace(hour=23)
    await scene.rule(Condition(), severity, quiet=Quiet(hours=NIGHTS, others=others))
    await scene.seen(scene.ada)
    assert len(await scene.ask()) == 1
    assert [one.state for one in await scene.messages()] == states
    sent = len(await scene.send())
    scene.clock.at = NOON + timedelta(days=1)
    assert len(await scene.send()) - sent == (states == [DispatchState.HELD])


async def test_a_message_is_tried_again_and_given_up(scene: Scene) -> None:
    scene.messenger.accepts = False
    await scene.rule(Condition())
    await scene.seen(scene.ada)
    await scene.ask()
    for _ in range(MOST_ATTEMPTS + 3):
        await scene.send()
        scene.clock.at += timedelta(hours=2)
    (message,) = await scene.messages()
    assert (message.state, message.attempts) == (DispatchState.DEAD, MOST_ATTEMPTS)
    assert len(scene.messenger.notes) == MOST_ATTEMPTS


async def test_names_are_not_said_unless_the_channel_may(scene: Scene) -> None:
    await scene.rule(Condition(), dedupe_s=0)
    await scene.seen(scene.ada)
    await scene.ask()
    assert "Ada" not in (await scene.send())[-1].text
    async with scene.store.transaction(TENANT) as work:
        await work.channels.replace(replace(scene.channel, names=True))
    await scene.seen(scene.ada, after_s=1)
    await scene.ask()
    assert "Ada" in (await scene.send())[-1].text


async def test_a_drift_is_open_until_it_is_cleared(scene: Scene) -> None:
    await scene.rule(Condition(trigger=Trigger.DRIFT))
    for kind, reason, state in (
        (EventKind.DRIFT_RAISED, "brightness_lower", AlertState.OPEN),
        (EventKind.DRIFT_CLEARED, "brightness_higher", AlertState.RESOLVED),
    ):
        event = replace(an_event(), kind=kind, outcome=None, reasons=(reason,))
        async with scene.store.transaction(TENANT) as work:
            await work.events.add([event])
        (alert,) = await scene.ask()
        assert alert.state is state


async def test_what_the_server_notices_is_taken_up_once(scene: Scene) -> None:
    await scene.rule(Condition(trigger=Trigger.SILENT, sources=frozenset({"gate"})))
    notice = Notice(
        id=uuid.uuid4(), trigger=Trigger.SILENT, at=NOON, key="agent", text="no report", source="gate"
    )
    for one in (notice, replace(notice, id=uuid.uuid4(), source="yard")):
        await scene.board.notice(one)
    (alert,) = await scene.ask()
    assert (alert.text, alert.state, len(await scene.send())) == ("no report", AlertState.OPEN, 1)
    await scene.board.notice(replace(notice, id=uuid.uuid4(), over=True))
    assert [one.state for one in await scene.ask()] == [AlertState.RESOLVED]


async def test_who_changed_an_alert_is_written_down(scene: Scene) -> None:
    await scene.rule(Condition())
    await scene.seen(scene.ada)
    (alert,) = await scene.ask()
    changed = await scene.board.change(alert.id, AlertState.ACKNOWLEDGED, note="on my way")
    assert (changed.alert.state, changed.alert.by, changed.subject) == (
        AlertState.ACKNOWLEDGED,
        str(SYSTEM),
        "Ada",
    )
    assert changed.alert.sequence > alert.sequence


async def test_a_silent_agent_is_noticed_once_and_until_it_is_heard_of(scene: Scene) -> None:
    await scene.rule(Condition(trigger=Trigger.SILENT), dedupe_s=0)
    agent = replace(an_agent("gate"), enrolled_at=NOON - timedelta(minutes=10))
    async with scene.store.transaction(TENANT) as work:
        await work.agents.add(agent)
    watch = WatchSilence(
        store=scene.store,
        tenant=TENANT,
        clock=scene.clock,
        identifiers=RandomIdentifiers(),
        interval_s=60,
        cameras_of=lambda _: (),
    )
    assert await watch() == 1
    (alert,) = await scene.ask()
    assert (alert.source, alert.state) == ("gate", AlertState.OPEN)
    assert await watch() == 0
    async with scene.store.transaction(TENANT) as work:
        await work.agents.report(replace(agent, reported_at=NOON))
    assert await watch() == 1
    assert [one.state for one in await scene.ask()] == [AlertState.RESOLVED]
    assert await watch() == 0


async def test_a_camera_that_its_agent_says_is_down_is_noticed_until_it_is_up(scene: Scene) -> None:
    await scene.rule(Condition(trigger=Trigger.SILENT, zones=frozenset({"lobby"})), dedupe_s=0)
    await a_watched_camera(scene)
    said = [WatchedCamera(name="door-1", up=False, problem="the stream broke off")]
    watch = silence(scene, lambda _: said)
    assert await watch() == 1
    (alert,) = await scene.ask()
    assert (alert.source, alert.zone, alert.text) == ("door-1", "lobby", "the stream broke off")
    assert await watch() == 0
    said[:] = [WatchedCamera(name="door-1", up=True)]
    assert await watch() == 1
    assert [one.state for one in await scene.ask()] == [AlertState.RESOLVED]


async def test_a_camera_that_sends_nothing_is_noticed_by_rules_that_say_for_how_long(scene: Scene) -> None:
    await scene.rule(Condition(trigger=Trigger.SILENT), dedupe_s=0)
    slow = await scene.rule(Condition(trigger=Trigger.SILENT, lasting_s=600), dedupe_s=0)
    quick = await scene.rule(Condition(trigger=Trigger.SILENT, lasting_s=60), dedupe_s=0)
    await a_watched_camera(scene)
    await scene.seen(source="door-1")
    watch = silence(scene, lambda _: ())
    assert await watch() == 0
    scene.clock.at = NOON + timedelta(seconds=90)
    assert await watch() == 1
    (alert,) = await scene.ask()
    assert (alert.rule_id, alert.source, alert.zone) == (quick.id, "door-1", "lobby")
    assert await watch() == 0
    scene.clock.at = NOON + timedelta(seconds=601)
    assert await watch() == 1
    assert {one.rule_id for one in await scene.ask()} == {quick.id, slow.id}
    await scene.seen(source="door-1", after_s=600)
    assert await watch() == 1
    assert {one.state for one in await scene.ask()} == {AlertState.RESOLVED}


async def a_watched_camera(scene: Scene) -> None:
    """`door-1` in the lobby, watched by an agent that is well."""
    agent = replace(an_agent("gate"), enrolled_at=NOON - timedelta(minutes=10), reported_at=NOON)
    camera = Camera(
        id=CameraId(uuid.uuid4()),
        name="door-1",
        place=Place(zone="lobby"),
        created_at=NOON - timedelta(days=1),
    )
    async with scene.store.transaction(TENANT) as work:
        await work.agents.add(agent)
        await work.agents.report(agent)
        await work.cameras.add(camera)


def silence(scene: Scene, cameras_of: Callable[[Agent], Sequence[WatchedCamera]]) -> WatchSilence:
    return WatchSilence(
        store=scene.store,
        tenant=TENANT,
        clock=scene.clock,
        identifiers=RandomIdentifiers(),
        interval_s=3600,
        cameras_of=cameras_of,
    )

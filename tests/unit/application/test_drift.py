"""Drift from event to alarm, over memory."""

import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, calibration, picture
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.monitors import Monitors
from visavis.application.ports.events import EventFilter
from visavis.application.ports.monitors import MonitorFilter
from visavis.application.reenrolment import ReEnrolment
from visavis.application.watch_drift import WatchDrift, Watching
from visavis.domain.decision import Calibration, Outcome
from visavis.domain.drift import Monitor, Signal, SignalState
from visavis.domain.drift_words import sentence
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.observation import Observation
from visavis.domain.subject import DEFAULT_TENANT
from visavis.evaluation.ageing import AgeingLimits
from visavis.evaluation.drift import Rule

RULE = Rule(reference=200, window=50)


@dataclass
class Watch:
    """A gallery with cameras, and the watch over them."""

    bench: Bench
    watch: WatchDrift
    monitors: Monitors
    sent: int = 0

    def send(
        self,
        count: int,
        source: str = "gate-1",
        *,
        brightness: float = 128.0,
        rejected: bool = False,
        model: str = str(MODEL),
        fpir: float | None = None,
    ) -> None:
        """Captures of strangers, a second apart."""
        chance = np.random.default_rng(self.sent)
        events = []
        for _ in range(count):
            self.bench.clock.turn(seconds=1)
            now = self.bench.clock.now()
            events.append(
                Event(
                    id=EventId(uuid.uuid4()),
                    kind=EventKind.REJECTED if rejected else EventKind.IDENTIFIED,
                    captured_at=now,
                    recorded_at=now,
                    gallery_id=self.bench.gallery.id,
                    gallery=self.bench.gallery.name,
                    source=source,
                    reference="",
                    position=0,
                    outcome=None if rejected else Outcome.NON_MATCH,
                    score=0.1,
                    fpir=float(chance.uniform(0.01, 1)) if fpir is None else fpir,
                    model="" if rejected else model,
                    quality=float(chance.normal(80, 5)),
                    observed=Observation(
                        detection=0.9, brightness=float(chance.normal(brightness, 20)), inter_eye_px=60.0
                    ),
                )
            )
        self.sent += count

        async def add() -> None:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                await work.events.add(events)

        self.bench.run(add())

    def look(self) -> int:
        seen: int = self.bench.run(self.watch())
        return seen

    def monitor(self, source: str = "gate-1") -> Monitor:
        (found,) = self.bench.run(self.monitors.page(MonitorFilter(source=source)))
        one: Monitor = found
        return one

    def told(self) -> list[tuple[EventKind, str, tuple[str, ...]]]:
        """Events about drift."""

        async def page() -> list[Event]:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                return await work.events.page(EventFilter(), after=0, limit=100_000)

        found = self.bench.run(page())
        return [(one.kind, one.source, one.reasons) for one in found if one.kind.value.startswith("drift")]


@pytest.fixture
def watch(bench: Bench) -> Watch:
    kept: dict[str, Any] = {"store": bench.store, "tenant": DEFAULT_TENANT}
    ledger = bench.enrol.ledger
    return Watch(
        bench=bench,
        watch=WatchDrift(
            **kept,
            ledger=ledger,
            clock=bench.clock,
            identifiers=RandomIdentifiers(),
            software="visavis test",
            watching=Watching(rule=RULE),
        ),
        monitors=Monitors(**kept, ledger=ledger, clock=bench.clock),
    )


def test_a_darker_camera_raises_an_alarm_and_the_light_ends_it(watch: Watch) -> None:
    watch.send(300)
    watch.send(300, "gate-2")
    assert watch.look() == 600
    assert watch.told() == []
    watch.send(110, brightness=60)
    watch.send(110, "gate-2")
    watch.look()
    assert watch.told() == [(EventKind.DRIFT_RAISED, "gate-1", ("brightness_lower",))]
    monitor = watch.monitor()
    (state,) = monitor.alarms
    said = sentence(state, monitor.source)
    assert said.startswith("Faces from gate-1 are darker than in the reference: mean grey value 6")
    assert watch.monitor("gate-2").alarms == ()
    entry = watch.bench.entries()[-1]
    assert (entry.record.action, entry.record.target) == ("drift.raised", f"monitor:{monitor.id}")
    assert entry.record.details["signal"] == "brightness"
    watch.send(140)
    watch.look()
    assert [told[0] for told in watch.told()] == [EventKind.DRIFT_RAISED, EventKind.DRIFT_CLEARED]
    assert watch.monitor().alarms == ()


def test_its_own_events_are_no_captures_and_nothing_is_looked_at_twice(watch: Watch) -> None:
    watch.send(200)
    watch.send(100, brightness=40)
    watch.look()
    captures = watch.monitor().captures
    assert watch.look() == len(watch.told()) == 1
    assert watch.look() == 0
    assert watch.monitor().captures == captures == 300


def test_a_person_declares_what_is_normal(watch: Watch) -> None:
    watch.send(200)
    watch.send(100, brightness=40)
    watch.look()
    accepted = watch.bench.run(watch.monitors.accept(watch.monitor().id))
    assert accepted.alarms == ()
    assert accepted.pinned
    assert watch.bench.entries()[-1].record.action == "drift.accepted"
    assert watch.bench.entries()[-1].record.details["signals"] == "brightness"
    watch.send(400, brightness=40)
    watch.look()
    assert len(watch.told()) == 1
    watch.send(110, brightness=128)
    watch.look()
    assert watch.told()[-1] == (EventKind.DRIFT_RAISED, "gate-1", ("brightness_higher",))


def test_refused_faces_are_counted(watch: Watch) -> None:
    watch.send(210)
    for _ in range(3):
        watch.send(25, rejected=True)
        watch.send(25)
    watch.look()
    assert (EventKind.DRIFT_RAISED, "gate-1", ("rejected_higher",)) in watch.told()


def test_strangers_who_score_higher_than_calibrated_are_told_without_any_reference(watch: Watch) -> None:
    watch.send(110, fpir=0.3)
    watch.look()
    assert watch.told() == [(EventKind.DRIFT_RAISED, "gate-1", ("calibration_higher",))]
    (state,) = watch.monitor().alarms
    assert "the stated error rate does not hold" in sentence(state, "gate-1")


def test_another_model_begins_anew_where_scores_and_quality_are_concerned(watch: Watch) -> None:
    watch.send(250)
    watch.look()
    watch.send(10, model="another")
    watch.look()
    monitor = watch.monitor()
    assert monitor.state(Signal.QUALITY).reference.total == 10
    assert monitor.state(Signal.NON_MATED_SCORE).reference.total == 10
    assert monitor.state(Signal.BRIGHTNESS).reference.total == 200


def test_another_calibration_begins_anew_where_error_rates_are_concerned(watch: Watch) -> None:
    """Who follows the alarm's advice is not alarmed again, by what the new one says or by what is left of the old."""

    def calibrated(kept: Calibration | None) -> None:
        async def write() -> None:
            async with watch.bench.store.transaction(DEFAULT_TENANT) as work:
                await work.galleries.set_calibration(watch.bench.gallery.id, kept)

        watch.bench.run(write())

    watch.send(250)
    watch.send(110, fpir=0.3)
    watch.look()
    raised = watch.told()
    assert {told[2] for told in raised} >= {("calibration_higher",)}
    watch.send(110, fpir=0.3)
    calibrated(replace(calibration(), data="our own people"))
    watch.look()
    monitor = watch.monitor()
    for signal in (Signal.CALIBRATION, Signal.NON_MATED_SCORE):
        assert monitor.state(signal) == SignalState.new(signal)
    assert monitor.state(Signal.BRIGHTNESS).reference.total == 200
    watch.send(250, fpir=0.9)
    watch.look()
    assert watch.told() == raised
    assert watch.monitor().state(Signal.NON_MATED_SCORE).reference.total == 200
    calibrated(None)
    watch.send(1)
    watch.look()
    assert watch.monitor().state(Signal.NON_MATED_SCORE).reference.total == 0


def test_a_reference_lasts_as_long_as_it_is_told_to(watch: Watch) -> None:
    slow = replace(watch.watch, watching=Watching(rule=RULE, span=timedelta(hours=1)))
    watch.send(1000)
    watch.bench.run(slow())
    assert watch.monitor().state(Signal.BRIGHTNESS).reference.total == 1000
    watch.bench.clock.turn(hours=1)
    watch.send(60)
    watch.bench.run(slow())
    state = watch.monitor().state(Signal.BRIGHTNESS)
    assert (state.reference.total, state.window.total) == (1000, 10)


def test_ever_new_sources_get_no_more_monitors_than_there_is_room_for(watch: Watch) -> None:
    few = replace(watch.watch, watching=Watching(rule=RULE, most_monitors=3))
    for number in range(6):
        watch.send(1, f"camera {number}")
    assert watch.bench.run(few()) == 6
    page = watch.bench.run(watch.monitors.page())
    assert [one.source for one in page] == ["camera 0", "camera 1", "camera 2"]
    watch.bench.clock.turn(days=100)
    assert watch.bench.run(few.tidy()) == 3


def test_what_is_known_already_takes_no_room_twice(watch: Watch) -> None:
    few = replace(watch.watch, watching=Watching(rule=RULE, most_monitors=3))
    for sources in (("a", "b"), ("a", "b", "c", "d")):
        for source in sources:
            watch.send(1, source)
        watch.bench.run(few())
    assert [one.source for one in watch.bench.run(watch.monitors.page())] == ["a", "b", "c"]


def test_nothing_is_told_of_a_gallery_that_is_gone(watch: Watch) -> None:
    watch.send(110, fpir=0.3)

    async def remove() -> None:
        async with watch.bench.store.transaction(DEFAULT_TENANT) as work:
            await work.galleries.remove(watch.bench.gallery.id)

    watch.bench.run(remove())
    told = len(watch.bench.entries())
    assert watch.look() == 110
    assert watch.told() == []
    assert len(watch.bench.entries()) == told
    assert watch.look() == 0


def test_what_an_identification_measured_stands_in_its_event(bench: Bench) -> None:
    found = bench.run(bench.identify(bench.gallery, picture("ada", "bob")))
    events = bench.run(bench.record.identified(bench.gallery, found))
    assert [event.observed.detection for event in events] == [0.9, 0.9]
    assert events[0].observed.inter_eye_px == pytest.approx(6.0)
    assert events[0].observed.brightness is None


def test_whom_to_photograph_again(bench: Bench) -> None:
    listing = ReEnrolment(store=bench.store, tenant=DEFAULT_TENANT, clock=bench.clock)
    for name in ("ada", "bob", "cid"):
        quality = 20.0 if name == "bob" else 90.0
        bench.run(bench.enrol(bench.gallery, name, [(name, picture(name, quality=quality))]))
    bench.run(bench.subjects.create("dan", [bench.gallery]))

    def names(**options: Any) -> list[tuple[str, tuple[str, ...]]]:
        page = bench.run(listing(bench.gallery, AgeingLimits(), **options))
        return [(one.subject.name, one.ageing.reasons) for one in page.entries]

    assert names() == [("bob", ("low_quality",))]
    bench.clock.turn(days=2000)
    assert [name for name, _ in names()] == ["ada", "bob", "cid"]
    assert [name for name, _ in names(limit=1)] == ["ada"]
    assert [name for name, _ in names(after="ada")] == ["bob", "cid"]
    first = bench.run(listing(bench.gallery, AgeingLimits(), limit=2))
    assert first.next_after == "bob"
    assert bench.run(listing(bench.gallery, AgeingLimits(), after="bob", limit=2)).next_after is None

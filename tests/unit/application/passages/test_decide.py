"""Decisions at doors: each event once, upwards only; told to the log and the audit; held open and forced."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.contract.making import START, TENANT, a_gallery, a_subject, an_event
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.ledger import Ledger
from visavis.application.passages.contact import DoorContact
from visavis.application.passages.decide import DecideAccess
from visavis.application.passages.doors import DoorPlan, Doors
from visavis.application.passages.journal import Journal
from visavis.application.passages.schedules import Schedules
from visavis.application.ports.access_decisions import AccessFilter
from visavis.application.ports.events import EventFilter
from visavis.domain.access import SYSTEM
from visavis.domain.admission import AccessDecision, AccessOutcome, AccessReason
from visavis.domain.audit import Action
from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.door import AccessRule, Door, DoorCamera, Passback, PassbackMode
from visavis.domain.errors import DoorNotFound, ScheduleNotFound, StillUsed
from visavis.domain.event import Event, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, AttackThreshold, LivePolicy
from visavis.domain.sample import Sample
from visavis.domain.schedule import ScheduleId
from visavis.domain.subject import Subject

pytestmark = pytest.mark.anyio
THRESHOLD = AttackThreshold(value=0.5, detector="pad", data="lab", apcer=0.02, bpcer=0.01)
GRANTED, DENIED = AccessOutcome.GRANTED, AccessOutcome.DENIED
CAMERAS = (
    DoorCamera(name="in", direction=Direction.ENTRY),
    DoorCamera(name="out", direction=Direction.EXIT),
)


@dataclass
class Clock:
    at: timedelta = timedelta(0)

    def now(self) -> datetime:
        return START + self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Detector:
    """Says of everybody what it is told to."""

    finding: AttackFinding | None = None
    name: str = "pad"
    threshold: AttackThreshold | None = THRESHOLD

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        return [self.finding] * len(samples)


@dataclass
class House:
    """A gallery with Ada and Bob, a door, and everything around it."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: Clock = field(default_factory=Clock)
    gallery: Gallery = field(default_factory=lambda: a_gallery("staff"))
    ada: Subject = field(default_factory=lambda: a_subject("Ada"))
    bob: Subject = field(default_factory=lambda: a_subject("Bob"))
    detector: Detector | None = None

    async def build(self, plan: DoorPlan | None = None, name: str = "front") -> Door:
        async with self.store.transaction(TENANT) as work:
            await work.galleries.add(self.gallery)
            for subject in (self.ada, self.bob):
                await work.subjects.add(subject)
                await work.subjects.join(self.gallery.id, subject.id)
        return await self.doors.put(name, self.gallery, plan or DoorPlan(cameras=CAMERAS))

    @property
    def ledger(self) -> Ledger:
        return Ledger(actor=SYSTEM, clock=self.clock)

    @property
    def doors(self) -> Doors:
        return Doors(
            store=self.store,
            tenant=TENANT,
            ledger=self.ledger,
            clock=self.clock,
            identifiers=RandomIdentifiers(),
        )

    @property
    def journal(self) -> Journal:
        return Journal(ledger=self.ledger, identifiers=RandomIdentifiers(), software="test")

    @property
    def decide(self) -> DecideAccess:
        return DecideAccess(
            store=self.store,
            tenant=TENANT,
            journal=self.journal,
            clock=self.clock,
            identifiers=RandomIdentifiers(),
            attack=self.detector,
        )

    @property
    def contact(self) -> DoorContact:
        return DoorContact(
            store=self.store,
            tenant=TENANT,
            journal=self.journal,
            clock=self.clock,
            identifiers=RandomIdentifiers(),
        )

    async def see(
        self, subject: Subject | None, camera: str = "in", *, outcome: Outcome | None = None, ago: float = 1
    ) -> Event:
        """Somebody is logged at a camera."""
        at = self.clock.now() - timedelta(seconds=ago)
        found = outcome or (Outcome.MATCH if subject else Outcome.NON_MATCH)
        event = replace(
            an_event(self.gallery, subject=subject, source=camera),
            captured_at=at,
            recorded_at=self.clock.now(),
            outcome=found,
            track=uuid.uuid4(),
        )
        async with self.store.transaction(TENANT) as work:
            (kept,) = await work.events.add([event])
        return kept

    async def revise(self, event: Event, subject: Subject) -> None:
        revised = replace(event, outcome=Outcome.MATCH, subject_id=subject.id, revision=event.revision + 1)
        async with self.store.transaction(TENANT) as work:
            await work.events.revise(revised)

    async def decisions(self) -> list[AccessDecision]:
        async with self.store.transaction(TENANT) as work:
            return await work.access_decisions.page(AccessFilter(), after=0)

    async def told(self) -> list[tuple[EventKind, tuple[str, ...]]]:
        """What webhooks and others who follow the log hear."""
        async with self.store.transaction(TENANT) as work:
            log = await work.events.page(EventFilter(), after=0)
        return [(one.kind, one.reasons) for one in log if one.kind is not EventKind.IDENTIFIED]

    async def audited(self) -> list[Action]:
        async with self.store.transaction(TENANT) as work:
            return [entry.record.action async for batch in work.audit.everything() for entry in batch]


async def test_each_event_at_the_door_is_decided_once() -> None:
    house = House()
    await house.build()
    await house.see(house.ada)
    await house.see(None)
    await house.see(house.bob, "elsewhere")
    assert await house.decide() == 2
    assert await house.decide() == 0, "its own events are no news"
    first, second = await house.decisions()
    assert (first.outcome, first.subject_id, first.direction) == (GRANTED, house.ada.id, Direction.ENTRY)
    assert (second.outcome, second.reasons) == (DENIED, (AccessReason.UNKNOWN,))
    assert await house.told() == [
        (EventKind.ACCESS_GRANTED, ()),
        (EventKind.ACCESS_DENIED, ("unknown",)),
    ]
    assert (await house.audited())[-2:] == [Action.ACCESS_GRANTED, Action.ACCESS_DENIED]


async def test_a_track_opens_the_door_when_it_becomes_surer_and_only_once() -> None:
    house = House()
    await house.build()
    event = await house.see(None, outcome=Outcome.INCONCLUSIVE)
    await house.decide()
    (before,) = await house.decisions()
    assert before.reasons == (AccessReason.INCONCLUSIVE,)
    await house.revise(event, house.ada)
    assert await house.decide() == 1
    (after,) = await house.decisions()
    assert (after.id, after.outcome, after.revision) == (before.id, GRANTED, 1)
    assert (after.sequence, after.event_revision, after.reasons) == (2, 1, ())
    await house.revise(replace(event, revision=1), house.bob)
    assert await house.decide() == 0
    assert await house.decisions() == [after]
    assert [kind for kind, _ in await house.told()] == [EventKind.ACCESS_DENIED, EventKind.ACCESS_GRANTED]


async def test_another_reason_is_kept_and_not_told_again() -> None:
    house = House()
    await house.build(DoorPlan(cameras=CAMERAS, rules=()))
    event = await house.see(None)
    await house.decide()
    await house.revise(event, house.ada)
    await house.decide()
    (decision,) = await house.decisions()
    assert (decision.reasons, decision.subject_id) == ((AccessReason.NOT_ALLOWED,), house.ada.id)
    assert len(await house.told()) == 1


async def test_what_came_before_the_door_or_late_opens_nothing() -> None:
    house = House()
    house.clock.forward(-3600)
    async with house.store.transaction(TENANT) as work:
        await work.galleries.add(house.gallery)
    await house.see(None)
    house.clock.forward(3600)
    async with house.store.transaction(TENANT) as work:
        await work.subjects.add(house.ada)
    await house.doors.put("front", house.gallery, DoorPlan(cameras=CAMERAS))
    await house.see(house.ada, ago=40)
    await house.decide()
    (decision,) = await house.decisions()
    assert decision.reasons == (AccessReason.UNTIMELY,)


async def test_events_of_another_gallery_are_none_of_its_business() -> None:
    house = House()
    await house.build()
    house.gallery = a_gallery("guests")
    async with house.store.transaction(TENANT) as work:
        await work.galleries.add(house.gallery)
    await house.see(house.ada)
    assert await house.decide() == 0


async def test_doors_of_an_area_share_who_is_inside() -> None:
    house = House()
    hard = DoorPlan(cameras=CAMERAS, area="building", passback=Passback(mode=PassbackMode.HARD, reset_s=3600))
    await house.build(hard)
    side = (DoorCamera(name="side", direction=Direction.ENTRY),)
    await house.doors.put("side", house.gallery, replace(hard, cameras=side))
    outcomes = []
    for camera, wait in (("in", 60), ("side", 60), ("out", 60), ("side", 0), ("side", 3700), ("side", 0)):
        await house.see(house.ada, camera)
        await house.decide()
        last = (await house.decisions())[-1]
        outcomes.append((camera, last.outcome, last.reasons))
        house.clock.forward(wait)
    back = (AccessReason.ANTI_PASSBACK,)
    assert outcomes == [
        ("in", GRANTED, ()),
        ("side", DENIED, back),
        ("out", GRANTED, ()),
        ("side", GRANTED, ()),
        ("side", GRANTED, ()),
        ("side", GRANTED, ()),
    ], "the fifth is still passing; then it is forgotten"


async def test_a_door_that_asks_for_live_people_lets_nobody_in_whom_nobody_looked_at() -> None:
    house = House(detector=Detector())
    await house.build(DoorPlan(cameras=CAMERAS, live=LivePolicy(require_live=True)))
    await house.see(house.ada)
    await house.decide()
    (decision,) = await house.decisions()
    assert decision.reasons == (AccessReason.LIVENESS_UNAVAILABLE,)
    assert decision.attack_threshold == 0.5


@pytest.mark.parametrize(
    ("score", "outcome", "reasons"),
    [(0.4, GRANTED, ()), (0.5, DENIED, (AccessReason.ATTACK_SUSPECTED,))],
)
async def test_the_threshold_of_the_detector_decides_where_the_door_has_none(
    score: float, outcome: AccessOutcome, reasons: tuple[AccessReason, ...]
) -> None:
    house = House(detector=Detector())
    door = await house.build(DoorPlan(cameras=CAMERAS, live=LivePolicy(require_live=True)))
    event = await house.see(house.ada)
    finding = AttackFinding(score=score, detector="pad", instrument="print")
    async with house.store.transaction(TENANT) as work:
        await work.access_decisions.claim()
        decision, told = await house.decide.on(work, door, event, finding)
    assert (decision.outcome, decision.reasons, told) == (outcome, reasons, True)
    assert (decision.attack, decision.attack_threshold) == (finding, 0.5)
    assert await house.decide() == 0, "who follows the log does not decide it again without the finding"


async def test_a_door_that_was_opened_by_nobody_was_forced() -> None:
    house = House()
    await house.build()
    await house.contact("front", is_open=False)
    house.clock.forward(1)
    _, (forced,) = await house.contact("front", is_open=True)
    assert forced.outcome is AccessOutcome.FORCED
    assert (await house.contact("front", is_open=True))[1] == [], "said again"
    await house.contact("front", is_open=False)
    await house.see(house.ada)
    await house.decide()
    house.clock.forward(15)
    assert (await house.contact("front", is_open=True))[1] == []
    assert [kind for kind, _ in await house.told()] == [EventKind.DOOR_FORCED, EventKind.ACCESS_GRANTED]
    with pytest.raises(DoorNotFound):
        await house.contact("nowhere", is_open=True)


async def test_a_door_that_stands_open_is_told_of_once() -> None:
    house = House()
    await house.build()
    await house.see(house.ada)
    await house.decide()
    await house.contact("front", is_open=True)
    house.clock.forward(29)
    assert await house.contact.overdue() == 0
    house.clock.forward(1)
    assert await house.contact.overdue() == 1
    assert await house.contact.overdue() == 0
    assert (await house.contact("front", is_open=False))[1] == []
    await house.contact("front", is_open=True)
    house.clock.forward(31)
    _, (late,) = await house.contact("front", is_open=False)
    assert late.outcome is AccessOutcome.HELD_OPEN, "nobody looked before it was closed"
    assert Action.DOOR_HELD_OPEN in await house.audited()


async def test_a_schedule_in_use_stays() -> None:
    house = House()
    schedules = Schedules(
        store=house.store, tenant=TENANT, ledger=house.ledger, identifiers=RandomIdentifiers()
    )
    closed = await schedules.put("never", zone="UTC", weekly=((),) * 7)
    await house.build(DoorPlan(cameras=CAMERAS, rules=(AccessRule(schedule=closed.id),)))
    with pytest.raises(StillUsed) as refused:
        await schedules.remove("never")
    assert "front" in refused.value.advice
    await house.doors.put("front", house.gallery, DoorPlan())
    await schedules.remove("never")
    gone = AccessRule(schedule=ScheduleId(uuid.uuid4()))
    with pytest.raises(ScheduleNotFound):
        await house.doors.put("front", house.gallery, DoorPlan(rules=(gone,)))

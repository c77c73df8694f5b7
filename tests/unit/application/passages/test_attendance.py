"""Reports of attendance: who counts, what people corrected, what must be live; everything audited."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.contract.making import TENANT, a_gallery, a_subject, an_event
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.ledger import Ledger
from visavis.application.passages.attendance import AttendanceReport, Attendee, ReportAttendance
from visavis.application.passages.doors import DoorPlan, Doors
from visavis.application.passages.plans import Attendances, CorrectionRequest
from visavis.domain.access import SYSTEM
from visavis.domain.admission import AccessDecision, AccessId, AccessOutcome
from visavis.domain.attendance import AttendanceChange, AttendancePlan, CorrectionId, Irregularity, Period
from visavis.domain.audit import Action
from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.door import DoorCamera
from visavis.domain.errors import (
    CorrectionNotFound,
    EventNotFound,
    PlanNotFound,
    ScheduleNotFound,
    ValueInvalid,
)
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, LivePolicy
from visavis.domain.schedule import ScheduleId
from visavis.domain.subject import Subject, SubjectKind

pytestmark = pytest.mark.anyio
DAY = date(2026, 3, 2)
TODAY = Period(first=DAY, last=DAY)


@dataclass(frozen=True)
class Evening:
    def now(self) -> datetime:
        return datetime(2026, 3, 2, 22, tzinfo=UTC)


@dataclass
class Office:
    store: MemoryStore = field(default_factory=MemoryStore)
    gallery: Gallery = field(default_factory=lambda: a_gallery("staff"))
    ada: Subject = field(default_factory=lambda: a_subject("Ada"))
    bob: Subject = field(default_factory=lambda: a_subject("Bob"))

    async def build(self) -> "Office":
        unknown = replace(a_subject("unknown"), kind=SubjectKind.ANONYMOUS)
        async with self.store.transaction(TENANT) as work:
            await work.galleries.add(self.gallery)
            for subject in (self.bob, self.ada, unknown):
                await work.subjects.add(subject)
                await work.subjects.join(self.gallery.id, subject.id)
        await self.attendances.set_plan(AttendancePlan(gallery_id=self.gallery.id, zone="UTC"))
        return self

    @property
    def ledger(self) -> Ledger:
        return Ledger(actor=SYSTEM, clock=Evening())

    @property
    def attendances(self) -> Attendances:
        return Attendances(
            store=self.store,
            tenant=TENANT,
            ledger=self.ledger,
            clock=Evening(),
            identifiers=RandomIdentifiers(),
        )

    async def report(self, subject: Subject | None = None) -> AttendanceReport:
        made = ReportAttendance(store=self.store, tenant=TENANT, ledger=self.ledger, clock=Evening())
        return await made(self.gallery, TODAY, subject_id=subject.id if subject else None)

    async def ada_s(self) -> Attendee:
        return (await self.report(self.ada)).people[0]

    async def see(
        self, subject: Subject, hour: int, direction: Direction = Direction.ENTRY, **given: object
    ) -> Event:
        at = datetime(2026, 3, 2, hour, tzinfo=UTC)
        event = replace(
            an_event(self.gallery, subject=subject),
            captured_at=at,
            recorded_at=at,
            direction=direction,
            **given,
        )
        async with self.store.transaction(TENANT) as work:
            (kept,) = await work.events.add([event])
        return kept

    async def actions(self) -> list[Action]:
        async with self.store.transaction(TENANT) as work:
            return [entry.record.action async for batch in work.audit.everything() for entry in batch]


async def test_every_member_with_a_name_is_listed_seen_or_not() -> None:
    office = await Office().build()
    await office.see(office.ada, 8)
    await office.see(office.ada, 16, Direction.EXIT)
    await office.see(office.ada, 17, kind=EventKind.ACCESS_GRANTED, outcome=None)
    report = await office.report()
    assert [(one.name, one.total.present_s / 3600) for one in report.people] == [("Ada", 8), ("Bob", 0)]
    assert report.people[1].days == ()
    assert (await office.actions())[-1] is Action.ATTENDANCE_REPORTED


async def test_what_a_person_decided_about_an_event_counts() -> None:
    office = await Office().build()
    await office.see(office.ada, 8)
    wrong = await office.see(office.ada, 9, Direction.EXIT)
    unsure = await office.see(office.ada, 17, Direction.EXIT, outcome=Outcome.INCONCLUSIVE, subject_id=None)
    async with office.store.transaction(TENANT) as work:
        await work.events.review(wrong.id, Outcome.NON_MATCH, None)
        await work.events.review(unsure.id, Outcome.MATCH, office.ada.id)
    assert (await office.ada_s()).total.present_s == 9 * 3600


async def test_corrections_count_until_they_are_undone() -> None:
    office = await Office().build()
    await office.see(office.ada, 8)
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    wanted = CorrectionRequest(
        subject_id=office.ada.id, kind=AttendanceChange.OUT, at=at, reason="The camera was covered."
    )
    made = await office.attendances.correct(office.gallery, wanted)
    (day,) = (await office.ada_s()).days
    assert (day.present_s, day.irregularities, day.corrected) == (7 * 3600, (), True)
    undone = await office.attendances.undo(office.gallery.id, made.id)
    assert undone == await office.attendances.undo(office.gallery.id, made.id)
    (day,) = (await office.ada_s()).days
    assert (day.stays[0].running, day.corrected) == (True, False)
    assert await office.attendances.corrections(office.gallery) == [undone]
    actions = await office.actions()
    assert actions.count(Action.ATTENDANCE_CORRECTED) == 1
    assert actions.count(Action.ATTENDANCE_CORRECTION_UNDONE) == 1


async def test_a_sighting_can_be_left_out_by_whom_it_concerns_only() -> None:
    office = await Office().build()
    event = await office.see(office.ada, 8)
    wanted = CorrectionRequest(
        subject_id=office.ada.id, kind=AttendanceChange.IGNORE, event_id=event.id, reason="It was her twin."
    )
    await office.attendances.correct(office.gallery, wanted)
    assert (await office.ada_s()).days == ()
    for other in (
        replace(wanted, subject_id=office.bob.id),
        replace(wanted, event_id=EventId(uuid.uuid4())),
    ):
        with pytest.raises(EventNotFound):
            await office.attendances.correct(office.gallery, other)


async def test_what_cannot_be() -> None:
    office = await Office().build()
    with pytest.raises(ValueInvalid):
        CorrectionRequest(subject_id=office.ada.id, kind=AttendanceChange.IN, reason="no time")
    with pytest.raises(CorrectionNotFound):
        await office.attendances.undo(office.gallery.id, CorrectionId(uuid.uuid4()))
    plan = AttendancePlan(gallery_id=office.gallery.id, zone="UTC", schedule=ScheduleId(uuid.uuid4()))
    with pytest.raises(ScheduleNotFound):
        await office.attendances.set_plan(plan)
    other = a_gallery("guests")
    async with office.store.transaction(TENANT) as work:
        await work.galleries.add(other)
    office.gallery = other
    with pytest.raises(PlanNotFound) as refused:
        await office.report()
    assert "guests" in refused.value.advice


async def test_only_sightings_that_a_door_found_to_be_live_count_where_that_is_asked() -> None:
    office = await Office().build()
    plan = AttendancePlan(gallery_id=office.gallery.id, zone="UTC", live=LivePolicy(require_live=True))
    await office.attendances.set_plan(plan)
    came = await office.see(office.ada, 8)
    await office.see(office.ada, 12, Direction.EXIT)
    (day,) = (await office.ada_s()).days
    assert (day.stays, day.irregularities) == ((), (Irregularity.NOT_LIVE,))
    doors = Doors(
        store=office.store,
        tenant=TENANT,
        ledger=office.ledger,
        clock=Evening(),
        identifiers=RandomIdentifiers(),
    )
    door = await doors.put("front", office.gallery, DoorPlan(cameras=(DoorCamera(name="gate"),)))
    decision = AccessDecision(
        id=AccessId(uuid.uuid4()),
        door_id=door.id,
        door=door.name,
        gallery_id=door.gallery_id,
        gallery=door.gallery,
        area=door.leads_into,
        outcome=AccessOutcome.GRANTED,
        at=came.captured_at,
        decided_at=came.captured_at + timedelta(seconds=1),
        event_id=came.id,
        attack=AttackFinding(score=0.1, detector="pad"),
        attack_threshold=0.5,
    )
    async with office.store.transaction(TENANT) as work:
        await work.access_decisions.claim()
        await work.access_decisions.keep(decision)
    (day,) = (await office.ada_s()).days
    assert day.stays[0].since == came.captured_at
    assert Irregularity.NOT_LIVE in day.irregularities, "her going is still in doubt"

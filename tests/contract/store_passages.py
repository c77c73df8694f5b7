"""What every store promises about schedules, doors, decisions at them, and attendance."""

import asyncio
import uuid
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, a_gallery, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.access_decisions import AccessFilter
from visavis.application.ports.store import Store
from visavis.domain.access import SYSTEM
from visavis.domain.admission import AccessDecision, AccessId, AccessOutcome, AccessReason, Passage
from visavis.domain.attendance import AttendanceChange, AttendancePlan, Correction, CorrectionId
from visavis.domain.camera import Direction
from visavis.domain.door import AccessRule, Contact, Door, DoorCamera, DoorId, Passback, PassbackMode
from visavis.domain.errors import (
    AlreadyExists,
    CorrectionNotFound,
    DoorNotFound,
    EventNotFound,
    GalleryNotFound,
    ScheduleNotFound,
    SubjectNotFound,
)
from visavis.domain.event import EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, AttackThreshold, LivePolicy
from visavis.domain.schedule import Schedule, ScheduleId, Span, SpecialDay
from visavis.domain.subject import Subject, SubjectId

LIVE = LivePolicy(
    require_live=True,
    threshold=AttackThreshold(value=1 / 3, detector="pad", data="lab", apcer=0.02, bpcer=0.01),
)
ANY = AccessFilter()


def a_schedule(name: str = "hours") -> Schedule:
    return Schedule(
        id=ScheduleId(uuid.uuid4()),
        name=name,
        zone="Europe/Berlin",
        weekly=((Span(begins=time(8), ends=time(12)), Span(begins=time(22), ends=time(6))), *((),) * 6),
        special=(
            SpecialDay(
                day=date(2026, 12, 25), note="Weihnachten", spans=(Span(begins=time(0), ends=time(0)),)
            ),
        ),
    )


def a_door(gallery: Gallery, name: str = "front", *rules: AccessRule) -> Door:
    """With everything that a door can have."""
    return Door(
        id=DoorId(uuid.uuid4()),
        name=name,
        gallery_id=gallery.id,
        gallery=gallery.name,
        cameras=(DoorCamera(name="z-in", direction=Direction.ENTRY), DoorCamera(name="a-hall")),
        rules=rules or (AccessRule(name="all"),),
        created_at=START,
        area="building",
        passback=Passback(mode=PassbackMode.HARD, reset_s=77),
        live=LIVE,
        repeat_s=1,
        late_s=2,
        unlock_s=3,
        hold_open_s=4,
    )


def a_decision(door: Door, subject: Subject | None = None, *, minute: int = 0) -> AccessDecision:
    at = START + timedelta(minutes=minute)
    return AccessDecision(
        id=AccessId(uuid.uuid4()),
        door_id=door.id,
        door=door.name,
        gallery_id=door.gallery_id,
        gallery=door.gallery,
        area=door.leads_into,
        outcome=AccessOutcome.GRANTED,
        at=at,
        decided_at=at + timedelta(seconds=1),
        reasons=(AccessReason.ANTI_PASSBACK,),
        source="z-in",
        direction=Direction.ENTRY,
        event_id=EventId(uuid.uuid4()),
        event_revision=3,
        track=uuid.uuid4(),
        subject_id=subject.id if subject else None,
        rule="all",
        schedule="hours",
        turns_at=START,
        attack=AttackFinding(score=0.1, detector="pad", instrument="print"),
        attack_threshold=1 / 3,
        revision=2,
    )


def an_attendance_correction(gallery: Gallery, subject: Subject, *, minute: int = 0) -> Correction:
    return Correction(
        id=CorrectionId(uuid.uuid4()),
        gallery_id=gallery.id,
        subject_id=subject.id,
        kind=AttendanceChange.OUT,
        at=START + timedelta(minutes=minute),
        reason="The camera was covered.",
        made_by=SYSTEM,
        made_at=START,
    )


async def opened(store: Store, *names: str) -> tuple[Door, list[Subject]]:
    """A door of a gallery with these subjects."""
    gallery, subjects = await prepared(store, *names)
    door = a_door(gallery)
    async with store.transaction(TENANT) as unit:
        await unit.doors.put(door)
    return door, list(subjects)


async def decided(store: Store, *decisions: AccessDecision) -> list[AccessDecision]:
    async with store.transaction(TENANT) as unit:
        await unit.access_decisions.claim()
        kept = [await unit.access_decisions.keep(one) for one in decisions]
    return [one for one in kept if one is not None]


class PassagesContract:
    async def test_a_schedule_comes_back_as_it_was(self, store: Store) -> None:
        one = a_schedule()
        async with store.transaction(TENANT) as unit:
            await unit.schedules.put(one)
        changed = replace(one, name="other", zone="UTC", special=())
        async with store.transaction(TENANT) as unit:
            assert await unit.schedules.by_name("hours") == one
            assert await unit.schedules.of([one.id, ScheduleId(uuid.uuid4())]) == {one.id: one}
            assert await unit.schedules.of([]) == {}
            await unit.schedules.put(changed)
        async with store.transaction(TENANT) as unit:
            assert await unit.schedules.all() == [changed]
            with pytest.raises(AlreadyExists):
                await unit.schedules.put(a_schedule("other"))
            assert await unit.schedules.all() == [changed], "the transaction goes on"
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(ScheduleNotFound):
                await unit.schedules.by_name("other")
        async with store.transaction(TENANT) as unit:
            await unit.schedules.remove(one.id)
            with pytest.raises(ScheduleNotFound):
                await unit.schedules.remove(one.id)

    async def test_who_uses_a_schedule(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        one, rule = a_schedule(), AccessRule(name="r")
        async with store.transaction(TENANT) as unit:
            await unit.schedules.put(one)
            assert await unit.schedules.users(one.id) == []
            await unit.doors.put(a_door(gallery, "side", replace(rule, schedule=one.id)))
            await unit.attendance.set_plan(AttendancePlan(gallery_id=gallery.id, zone="UTC", schedule=one.id))
        async with store.transaction(TENANT) as unit:
            assert await unit.schedules.users(one.id) == ["side", gallery.name]

    async def test_a_door_comes_back_as_it_was(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        rules = (
            AccessRule(name="listed", subjects=frozenset({ada.id, bob.id}), valid_from=START),
            AccessRule(name="nobody", subjects=frozenset(), valid_until=START),
            AccessRule(name="everybody", schedule=ScheduleId(uuid.uuid4())),
        )
        door = a_door(gallery, "front", *rules)
        async with store.transaction(TENANT) as unit:
            await unit.doors.put(door)
        async with store.transaction(TENANT) as unit:
            assert await unit.doors.by_name("front") == door
            assert await unit.doors.all() == [door]
            assert await unit.doors.all(frozenset({"other"})) == []
            assert await unit.doors.all(frozenset({gallery.name})) == [door]
            assert await unit.doors.at(["a-hall", "elsewhere"]) == [door]
            assert await unit.doors.at(["elsewhere"]) == await unit.doors.at([]) == []
        changed = replace(door, name="back", rules=rules[1:2], live=LivePolicy(), cameras=(), area="")
        async with store.transaction(TENANT) as unit:
            await unit.doors.put(changed)
        async with store.transaction(TENANT) as unit:
            assert await unit.doors.all() == [changed]
            with pytest.raises(AlreadyExists):
                await unit.doors.put(a_door(gallery, "back"))
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.doors.all() == await unit.doors.at(["a-hall"]) == []
            with pytest.raises(DoorNotFound):
                await unit.doors.remove(door.id)

    async def test_a_door_needs_its_gallery_and_its_subjects(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        stranger = AccessRule(subjects=frozenset({SubjectId(uuid.uuid4())}))
        with pytest.raises(SubjectNotFound):
            async with store.transaction(TENANT) as unit:
                await unit.doors.put(a_door(gallery, "front", stranger))
        with pytest.raises(GalleryNotFound):
            async with store.transaction(TENANT) as unit:
                await unit.doors.put(a_door(a_gallery("gone")))
        with pytest.raises(GalleryNotFound):
            async with store.transaction(TENANT) as unit:
                await unit.attendance.set_plan(AttendancePlan(gallery_id=a_gallery().id, zone="UTC"))

    async def test_what_a_contact_says(self, store: Store) -> None:
        door, _ = await opened(store)
        contact = Contact(open=True, since=START)
        async with store.transaction(TENANT) as unit:
            assert await unit.doors.contact(door.id) is None
            await unit.doors.set_contact(door.id, contact)
        late = START + timedelta(seconds=4)
        async with store.transaction(TENANT) as unit:
            assert await unit.doors.contact(door.id) == contact
            assert await unit.doors.contacts([door.id]) == {door.id: contact}
            assert await unit.doors.standing_open(late - timedelta(microseconds=1)) == []
            assert await unit.doors.standing_open(late) == [(door, contact)]
            await unit.doors.put(replace(door, hold_open_s=60))
            assert await unit.doors.contact(door.id) == contact
            assert await unit.doors.standing_open(late) == []
            await unit.doors.put(door)
            await unit.doors.set_contact(door.id, replace(contact, told=True))
            assert await unit.doors.standing_open(late) == []
            await unit.doors.set_contact(door.id, Contact(open=False, since=late))
            assert await unit.doors.standing_open(late + timedelta(days=1)) == []

    async def test_a_decision_comes_back_as_it_was(self, store: Store) -> None:
        door, (ada,) = await opened(store, "Ada")
        decision = a_decision(door, ada)
        (kept,) = await decided(store, decision)
        assert kept == replace(decision, sequence=1)
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.get(decision.id) == kept
            assert await unit.access_decisions.of(door.id, kept.event_id or EventId(uuid.uuid4())) == kept
            assert await unit.access_decisions.of(door.id, EventId(uuid.uuid4())) is None
            assert await unit.access_decisions.latest() == 1
            assert await unit.access_decisions.granted_at(door.id) == kept.decided_at
        again = replace(
            kept,
            outcome=AccessOutcome.DENIED,
            reasons=(),
            attack=None,
            attack_threshold=None,
            revision=3,
            turns_at=None,
        )
        (changed,) = await decided(store, again)
        assert changed == replace(again, sequence=2)
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.page(ANY) == [changed]
            assert await unit.access_decisions.granted_at(door.id) is None

    async def test_decisions_belong_to_their_tenant(self, store: Store) -> None:
        door, _ = await opened(store)
        (kept,) = await decided(store, a_decision(door))
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.access_decisions.page(ANY) == []
            assert await unit.access_decisions.latest() == await unit.access_decisions.claim() == 0
            with pytest.raises(EventNotFound):
                await unit.access_decisions.get(kept.id)

    async def test_pages_of_decisions(self, store: Store) -> None:
        door, (ada, bob) = await opened(store, "Ada", "Bob")
        denied = replace(a_decision(door, bob, minute=2), outcome=AccessOutcome.DENIED)
        a, b, c = await decided(store, a_decision(door, ada), a_decision(door, minute=1), denied)

        async def page(wanted: AccessFilter = ANY, **given: int) -> list[AccessDecision]:
            async with store.transaction(TENANT) as unit:
                return await unit.access_decisions.page(wanted, **given)

        assert await page() == [c, b, a]
        assert await page(after=1) == [b, c]
        assert await page(before=3, limit=1) == [b]
        assert await page(AccessFilter(subject_id=ada.id)) == [a]
        assert await page(AccessFilter(outcome=AccessOutcome.DENIED)) == [c]
        assert await page(AccessFilter(door_id=DoorId(uuid.uuid4()))) == []
        assert await page(AccessFilter(galleries=frozenset())) == []
        assert await page(AccessFilter(galleries=frozenset({door.gallery}), since=b.at, until=c.at)) == [b]

    async def test_the_latest_passage_counts(self, store: Store) -> None:
        door, (ada, bob) = await opened(store, "Ada", "Bob")
        entered, left = (
            a_decision(door, ada),
            replace(a_decision(door, ada, minute=5), direction=Direction.EXIT),
        )
        denied = replace(a_decision(door, ada, minute=9), outcome=AccessOutcome.DENIED)
        seen = replace(a_decision(door, ada, minute=8), direction=Direction.PASSING)
        await decided(store, left, entered, denied, seen)
        async with store.transaction(TENANT) as unit:
            found = await unit.access_decisions.passage("building", ada.id, START)
            assert found == Passage(door_id=door.id, direction=Direction.EXIT, at=left.at)
            assert await unit.access_decisions.passage("building", ada.id, left.at) == found
            since = left.at + timedelta(microseconds=1)
            assert await unit.access_decisions.passage("building", ada.id, since) is None
            assert await unit.access_decisions.passage("yard", ada.id, START) is None
            assert await unit.access_decisions.passage("building", bob.id, START) is None

    async def test_which_events_were_found_to_be_live(self, store: Store) -> None:
        door, _ = await opened(store)
        live, plain = a_decision(door), replace(a_decision(door), attack=None)
        denied = replace(a_decision(door), outcome=AccessOutcome.DENIED)
        await decided(store, live, plain, denied)
        ids = [one.event_id for one in (live, plain, denied) if one.event_id is not None]
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.live(ids) == {live.event_id}
            assert await unit.access_decisions.live([]) == frozenset()

    async def test_an_erased_subject_is_named_nowhere(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        door = a_door(gallery, "front", AccessRule(name="two", subjects=frozenset({ada.id, bob.id})))
        async with store.transaction(TENANT) as unit:
            await unit.doors.put(door)
            await unit.attendance.add(an_attendance_correction(gallery, ada))
            await unit.attendance.add(an_attendance_correction(gallery, bob))
        (kept,) = await decided(store, a_decision(door, ada))
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.get(kept.id) == replace(kept, subject_id=None)
            (rule,) = (await unit.doors.by_name("front")).rules
            assert rule.subjects == {bob.id}
            assert [one.subject_id for one in await unit.attendance.corrections()] == [bob.id]
        (late,) = await decided(store, a_decision(door, ada))
        assert late.subject_id is None
        with pytest.raises(SubjectNotFound):
            async with store.transaction(TENANT) as unit:
                await unit.attendance.add(an_attendance_correction(gallery, ada))

    async def test_all_of_it_goes_with_the_gallery(self, store: Store) -> None:
        door, (ada,) = await opened(store, "Ada")
        async with store.transaction(TENANT) as unit:
            gallery = await unit.galleries.get(door.gallery_id)
            await unit.attendance.set_plan(AttendancePlan(gallery_id=gallery.id, zone="UTC"))
            await unit.attendance.add(an_attendance_correction(gallery, ada))
        await decided(store, a_decision(door, ada))
        async with store.transaction(TENANT) as unit:
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.doors.all() == []
            assert await unit.access_decisions.page(ANY) == []
            assert await unit.attendance.plan(gallery.id) is None
            assert await unit.attendance.corrections() == []
        assert await decided(store, a_decision(door)) == []

    async def test_decisions_go_with_their_door_and_with_their_age(self, store: Store) -> None:
        door, _ = await opened(store)
        _, new = await decided(store, a_decision(door), a_decision(door, minute=60))
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.purge(door.gallery_id, new.decided_at) == 1
            assert await unit.access_decisions.page(ANY) == [new]
            await unit.doors.remove(door.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.page(ANY) == []
            with pytest.raises(DoorNotFound):
                await unit.doors.by_name(door.name)

    async def test_the_log_is_followed_by_one_at_a_time(self, store: Store) -> None:
        async def forward() -> None:
            async with store.transaction(TENANT) as unit:
                position = await unit.access_decisions.claim()
                await asyncio.sleep(0.01)
                await unit.access_decisions.advance(position + 1)

        await asyncio.gather(*(forward() for _ in range(4)))
        async with store.transaction(TENANT) as unit:
            assert await unit.access_decisions.claim() == 4

    async def test_a_plan_comes_back_as_it_was(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        plan = AttendancePlan(
            gallery_id=gallery.id,
            zone="Asia/Kathmandu",
            day_begins=time(4, 30),
            cameras=(DoorCamera(name="z", direction=Direction.EXIT), DoorCamera(name="a")),
            late_s=1,
            early_s=2,
            duplicate_s=3,
            longest_s=3600,
            live=LIVE,
        )
        async with store.transaction(TENANT) as unit:
            assert await unit.attendance.plan(gallery.id) is None
            await unit.attendance.set_plan(replace(plan, zone="UTC"))
            await unit.attendance.set_plan(plan)
        async with store.transaction(TENANT) as unit:
            assert await unit.attendance.plan(gallery.id) == plan
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.attendance.plan(gallery.id) is None

    async def test_corrections_are_kept_and_undone(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        first, second = (
            an_attendance_correction(gallery, ada),
            an_attendance_correction(gallery, bob, minute=10),
        )
        ignored = replace(
            an_attendance_correction(gallery, ada, minute=20),
            kind=AttendanceChange.IGNORE,
            event_id=EventId(uuid.uuid4()),
        )
        async with store.transaction(TENANT) as unit:
            for one in (second, first, ignored):
                await unit.attendance.add(one)
        undone = replace(first, undone_by=SYSTEM, undone_at=START + timedelta(days=1))
        async with store.transaction(TENANT) as unit:
            assert await unit.attendance.get(first.id) == first
            await unit.attendance.replace(undone)
        async with store.transaction(TENANT) as unit:
            book = unit.attendance
            assert await book.corrections(gallery_id=gallery.id) == [undone, second, ignored]
            assert await book.corrections(undone=False) == [second, ignored]
            assert await book.corrections(subject_ids=[ada.id]) == [undone, ignored]
            assert await book.corrections(subject_ids=[]) == []
            assert await book.corrections(since=second.at, until=ignored.at) == [second]
            assert await book.purge(gallery.id, second.at) == 1
            with pytest.raises(CorrectionNotFound):
                await book.replace(undone)
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.attendance.corrections() == []
            with pytest.raises(CorrectionNotFound):
                await unit.attendance.get(second.id)

    async def test_an_event_of_a_door_is_in_the_log(self, store: Store) -> None:
        """The kinds that doors add are kept like others."""
        gallery, _ = await prepared(store)
        event = replace(an_event(gallery), kind=EventKind.DOOR_FORCED, outcome=None)
        async with store.transaction(TENANT) as unit:
            (kept,) = await unit.events.add([event])
            assert (await unit.events.get(kept.id)).kind is EventKind.DOOR_FORCED

    async def test_tenants_with_doors_are_found(self, store: Store) -> None:
        backlog = store.backlog()  # type: ignore[attr-defined]
        assert await backlog.doors() == await backlog.standing_open(START) == []
        door, _ = await opened(store)
        async with store.transaction(TENANT) as unit:
            await unit.doors.set_contact(door.id, Contact(open=True, since=START))
        assert await backlog.doors() == [TENANT]
        assert await backlog.standing_open(START) == []
        assert await backlog.standing_open(START + timedelta(seconds=4)) == [TENANT]
        async with store.transaction(TENANT) as unit:
            await unit.doors.put(replace(door, cameras=()))
        assert await backlog.doors() == []

"""Who may pass: every reason against, and the order in which they count."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from visavis.domain.admission import (
    AccessDecision,
    AccessId,
    AccessOutcome,
    AccessReason,
    Circumstances,
    Passage,
    Ruling,
    ruling,
)
from visavis.domain.admission_words import explained
from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.door import AccessRule, Door, DoorCamera, DoorId, Passback, PassbackMode
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.liveness import AttackFinding, AttackThreshold, LivePolicy
from visavis.domain.schedule import Schedule, ScheduleId, Span
from visavis.domain.subject import GalleryId, SubjectId

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday, 10:00 in Berlin
GALLERY, ADA, BOB = GalleryId(uuid.UUID(int=1)), SubjectId(uuid.UUID(int=2)), SubjectId(uuid.UUID(int=3))
EVERYBODY = AccessRule(name="everybody")
THRESHOLD = AttackThreshold(value=0.5, detector="pad", data="lab", apcer=0.02, bpcer=0.01)
LIVE = LivePolicy(require_live=True, threshold=THRESHOLD)
NIGHT = Schedule(
    id=ScheduleId(uuid.UUID(int=4)),
    name="night",
    zone="Europe/Berlin",
    weekly=((Span(begins=time(22), ends=time(6)),),) * 7,
)
AT_NIGHT = AccessRule(name="night shift", schedule=NIGHT.id)


def door(*rules: AccessRule, **given: object) -> Door:
    return Door(
        **{
            "id": DoorId(uuid.UUID(int=9)),
            "name": "front",
            "gallery_id": GALLERY,
            "gallery": "staff",
            "cameras": (DoorCamera(name="in-1", direction=Direction.ENTRY), DoorCamera(name="hall")),
            "rules": rules or (EVERYBODY,),
            "created_at": NOW - timedelta(days=1),
        }
        | given
    )


def event(outcome: Outcome = Outcome.MATCH, *, ago: float = 0.5, subject: SubjectId | None = ADA) -> Event:
    return Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.IDENTIFIED,
        captured_at=NOW - timedelta(seconds=ago),
        recorded_at=NOW,
        gallery_id=GALLERY,
        gallery="staff",
        source="in-1",
        reference="",
        position=0,
        outcome=outcome,
        subject_id=subject if outcome is Outcome.MATCH else None,
    )


def ruled(at: Door, one: Event | None = None, **given: object) -> Ruling:
    return ruling(at, one or event(), Circumstances(**{"now": NOW, "schedules": {NIGHT.id: NIGHT}} | given))


def reasons(at: Door, one: Event | None = None, **given: object) -> tuple[AccessReason, ...]:
    found = ruled(at, one, **given)
    assert found.outcome is AccessOutcome.DENIED
    return found.reasons


def test_everybody_of_the_gallery_may_pass_a_door_without_limits() -> None:
    found = ruled(door())
    assert (found.outcome, found.reasons, found.rule) == (AccessOutcome.GRANTED, (), "everybody")


def test_a_door_without_rules_lets_nobody_pass() -> None:
    assert reasons(replace(door(), rules=())) == (AccessReason.NOT_ALLOWED,)


def test_strangers_and_doubts_stay_outside() -> None:
    assert reasons(door(), event(Outcome.NON_MATCH)) == (AccessReason.UNKNOWN,)
    assert reasons(door(), event(Outcome.INCONCLUSIVE)) == (AccessReason.INCONCLUSIVE,)
    assert reasons(door(), event(subject=None)) == (AccessReason.UNKNOWN,), "erased in this moment"


def test_a_list_names_who_may_pass() -> None:
    listed = door(AccessRule(name="board", subjects=frozenset({BOB})))
    assert reasons(listed) == (AccessReason.NOT_ALLOWED,)
    assert ruled(listed, event(subject=BOB)).outcome is AccessOutcome.GRANTED
    assert reasons(door(AccessRule(subjects=frozenset()))) == (AccessReason.NOT_ALLOWED,)


def test_the_schedule_says_when_it_opens_next() -> None:
    found = ruled(door(AT_NIGHT))
    assert (found.reasons, found.schedule) == ((AccessReason.OUTSIDE_SCHEDULE,), "night")
    assert found.turns_at == datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
    late = NOW.replace(hour=22)
    seen = replace(event(), captured_at=late, recorded_at=late)
    assert ruled(door(AT_NIGHT), seen, now=late).outcome is AccessOutcome.GRANTED
    assert reasons(door(AT_NIGHT), schedules={}) == (AccessReason.OUTSIDE_SCHEDULE,), (
        "a schedule that is gone"
    )


def test_a_rule_lasts_from_its_beginning_until_its_end() -> None:
    moment = event().captured_at
    assert ruled(door(AccessRule(valid_from=moment))).outcome is AccessOutcome.GRANTED
    early = ruled(door(AccessRule(valid_from=NOW + timedelta(days=1))))
    assert (early.reasons, early.turns_at) == ((AccessReason.NOT_YET_VALID,), NOW + timedelta(days=1))
    assert reasons(door(AccessRule(valid_until=moment))) == (AccessReason.EXPIRED,)
    with pytest.raises(ValueInvalid):
        AccessRule(valid_from=NOW, valid_until=NOW)


def test_any_rule_lets_pass_and_the_nearest_one_is_told() -> None:
    over = AccessRule(name="over", valid_until=NOW - timedelta(days=1))
    assert ruled(door(over, AT_NIGHT, EVERYBODY)).rule == "everybody"
    assert ruled(door(over, AT_NIGHT)).rule == "night shift"
    assert ruled(door(AT_NIGHT, over)).rule == "night shift"


@pytest.mark.parametrize("ago", [31, 3600, -31])
def test_what_was_not_seen_just_now_opens_nothing(ago: float) -> None:
    assert reasons(door(), event(ago=ago)) == (AccessReason.UNTIMELY,)
    assert ruled(door(late_s=7200), event(ago=ago)).outcome is AccessOutcome.GRANTED


def test_a_track_that_goes_on_is_timely() -> None:
    track = replace(event(ago=300), seen_until=NOW - timedelta(seconds=1))
    assert ruled(door(), track).outcome is AccessOutcome.GRANTED


def test_who_must_be_live_is_not_let_in_where_nobody_can_tell() -> None:
    asks = door(live=LIVE)
    fine, attack = AttackFinding(score=0.49, detector="pad"), AttackFinding(score=0.5, detector="pad")
    assert reasons(asks) == (AccessReason.LIVENESS_UNAVAILABLE,)
    assert ruled(asks, attack=fine).outcome is AccessOutcome.GRANTED
    assert reasons(asks, attack=attack) == (AccessReason.ATTACK_SUSPECTED,)
    other = AttackFinding(score=0.0, detector="another")
    assert reasons(asks, attack=other) == (AccessReason.LIVENESS_UNAVAILABLE,), (
        "no threshold for this detector"
    )
    bare = door(live=LivePolicy(require_live=True))
    assert reasons(bare, attack=fine) == (AccessReason.LIVENESS_UNAVAILABLE,), "no threshold at all"
    assert ruled(door(), attack=attack).outcome is AccessOutcome.GRANTED, "nobody asked"


def passed(direction: Direction, minutes: float, *, door_id: int = 9) -> Passage:
    return Passage(
        door_id=DoorId(uuid.UUID(int=door_id)), direction=direction, at=NOW - timedelta(minutes=minutes)
    )


def test_coming_in_twice_is_noted_or_refused() -> None:
    again = passed(Direction.ENTRY, 10)
    hard = door(passback=Passback(mode=PassbackMode.HARD))
    soft = door(passback=Passback(mode=PassbackMode.SOFT))
    assert ruled(door(), earlier=again).reasons == ()
    noted = ruled(soft, earlier=again)
    assert (noted.outcome, noted.reasons) == (AccessOutcome.GRANTED, (AccessReason.ANTI_PASSBACK,))
    assert noted.turns_at == again.at
    assert reasons(hard, earlier=again) == (AccessReason.ANTI_PASSBACK,)
    assert ruled(hard, earlier=passed(Direction.EXIT, 10)).outcome is AccessOutcome.GRANTED
    assert ruled(hard, earlier=None).outcome is AccessOutcome.GRANTED


def test_a_passage_lasts_a_moment_and_is_forgotten_after_a_while() -> None:
    hard = door(passback=Passback(mode=PassbackMode.HARD, reset_s=3600))
    assert ruled(hard, earlier=passed(Direction.ENTRY, 0.3)).outcome is AccessOutcome.GRANTED
    assert reasons(hard, earlier=passed(Direction.ENTRY, 0.3, door_id=8)) == (AccessReason.ANTI_PASSBACK,)
    assert ruled(hard, earlier=passed(Direction.ENTRY, 61)).outcome is AccessOutcome.GRANTED
    hall = replace(event(), source="hall")
    assert ruled(hard, hall, earlier=passed(Direction.ENTRY, 10)).outcome is AccessOutcome.GRANTED, (
        "no direction"
    )


def test_every_reason_has_words() -> None:
    decision = AccessDecision(
        id=AccessId(uuid.uuid4()),
        door_id=DoorId(uuid.uuid4()),
        door="front",
        gallery_id=GALLERY,
        gallery="staff",
        area="front",
        outcome=AccessOutcome.DENIED,
        at=NOW,
        decided_at=NOW,
        turns_at=NOW,
    )
    said = {reason: explained(replace(decision, reasons=(reason,))) for reason in AccessReason}
    assert len(set(said.values())) == len(AccessReason)
    assert all(text.endswith(".") for text in said.values())
    outcomes = {explained(replace(decision, outcome=one)) for one in AccessOutcome if one.value != "denied"}
    assert len(outcomes) == 3

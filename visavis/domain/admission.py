"""Who may pass a door now: a decision and its grounds, in words that machines and people keep."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.door import AccessRule, Door, DoorId, PassbackMode
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId
from visavis.domain.liveness import AttackFinding, Liveness, judged
from visavis.domain.schedule import Schedule, ScheduleId
from visavis.domain.subject import GalleryId, SubjectId

AccessId = NewType("AccessId", uuid.UUID)


class AccessOutcome(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    HELD_OPEN = "held_open"  #: the door stands open for too long
    FORCED = "forced"  #: the door was opened and nobody had been let in


class AccessReason(StrEnum):
    """Why not; beside a grant: what was noted."""

    UNKNOWN = "unknown"  #: nobody of the gallery
    INCONCLUSIVE = "inconclusive"  #: not sure enough
    NOT_ALLOWED = "not_allowed"  #: no rule names this subject
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    OUTSIDE_SCHEDULE = "outside_schedule"
    ANTI_PASSBACK = "anti_passback"
    ATTACK_SUSPECTED = "attack_suspected"
    LIVENESS_UNAVAILABLE = "liveness_unavailable"  #: must be live, and nobody can tell
    UNTIMELY = "untimely"  #: the face was not seen just now


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """That somebody was let into an area or out of it."""

    door_id: DoorId
    direction: Direction
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows from an event at a door. `rule` and `schedule` are names of what counted; `turns_at` is when the
    reason began or ends: the schedule opens then, the rule begins or ended then, the earlier passage was then."""

    outcome: AccessOutcome
    reasons: tuple[AccessReason, ...] = ()
    rule: str = ""
    schedule: str = ""
    turns_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecision:
    """A line about a door, everything that explains it included. `at` is when it happened, `decided_at` when it was
    decided; `event_revision` is the revision of the event it follows from.

    One event, and so one track, has one decision at a door: it may turn from denied to granted when the track's
    decision becomes surer (`revision` counts that), never back. `sequence` numbers the decisions of a tenant; one that
    changed takes the next.
    """

    id: AccessId
    door_id: DoorId
    door: str
    gallery_id: GalleryId
    gallery: str
    area: str
    outcome: AccessOutcome
    at: datetime
    decided_at: datetime
    reasons: tuple[AccessReason, ...] = ()
    source: str = ""
    direction: Direction = Direction.PASSING
    event_id: EventId | None = None
    event_revision: int = 0
    track: uuid.UUID | None = None
    subject_id: SubjectId | None = None
    rule: str = ""
    schedule: str = ""
    turns_at: datetime | None = None
    attack: AttackFinding | None = None
    attack_threshold: float | None = None
    revision: int = 0
    sequence: int = 0

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or self.decided_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def granted(self) -> bool:
        return self.outcome is AccessOutcome.GRANTED

    @property
    def live(self) -> bool:
        """Whether a detector looked at it and took it for a live person."""
        return self.granted and self.attack is not None and self.attack_threshold is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a ruling needs to know beside the event: schedules of the door's rules, when the subject passed last in the
    door's area, what the attack detector said of this presentation, and the time."""

    now: datetime
    schedules: Mapping[ScheduleId, Schedule]
    earlier: Passage | None = None
    attack: AttackFinding | None = None


def ruling(door: Door, event: Event, given: Circumstances) -> Ruling:
    """The first reason against, from what concerns the presentation to what concerns the person."""
    against = _of_the_presentation(door, event, given)
    if against is not None:
        return Ruling(outcome=AccessOutcome.DENIED, reasons=(against,))
    if event.subject_id is None:  # erased in this moment
        return Ruling(outcome=AccessOutcome.DENIED, reasons=(AccessReason.UNKNOWN,))
    found = _of_the_rules(door.rules, event.subject_id, event.ended_at, given.schedules)
    if found.outcome is AccessOutcome.DENIED:
        return found
    return _after_passback(door, event, given, found)


def _of_the_presentation(door: Door, event: Event, given: Circumstances) -> AccessReason | None:
    if abs(given.now - event.ended_at) > timedelta(seconds=door.late_s):
        return AccessReason.UNTIMELY
    if event.outcome is not Outcome.MATCH:
        inconclusive = event.outcome is Outcome.INCONCLUSIVE
        return AccessReason.INCONCLUSIVE if inconclusive else AccessReason.UNKNOWN
    match judged(door.live, given.attack):
        case Liveness.ATTACK:
            return AccessReason.ATTACK_SUSPECTED
        case Liveness.UNAVAILABLE:
            return AccessReason.LIVENESS_UNAVAILABLE
    return None


def _of_the_rules(
    rules: Sequence[AccessRule],
    subject_id: SubjectId,
    at: datetime,
    schedules: Mapping[ScheduleId, Schedule],
) -> Ruling:
    """A grant if any rule lets the subject pass; else the reason of the rule that came nearest to it."""
    nearest = Ruling(outcome=AccessOutcome.DENIED, reasons=(AccessReason.NOT_ALLOWED,))
    for rule in rules:
        if not rule.names(subject_id):
            continue
        found = _of_one(rule, at, schedules)
        if found.outcome is AccessOutcome.GRANTED:
            return found
        if _NEARNESS[found.reasons[0]] > _NEARNESS[nearest.reasons[0]]:
            nearest = found
    return nearest


_NEARNESS = {
    AccessReason.NOT_ALLOWED: 0,
    AccessReason.EXPIRED: 1,
    AccessReason.NOT_YET_VALID: 2,
    AccessReason.OUTSIDE_SCHEDULE: 3,
}


def _of_one(rule: AccessRule, at: datetime, schedules: Mapping[ScheduleId, Schedule]) -> Ruling:
    if rule.valid_until is not None and at >= rule.valid_until:
        return _denied(AccessReason.EXPIRED, rule, turns_at=rule.valid_until)
    if rule.valid_from is not None and at < rule.valid_from:
        return _denied(AccessReason.NOT_YET_VALID, rule, turns_at=rule.valid_from)
    if rule.schedule is None:
        return Ruling(outcome=AccessOutcome.GRANTED, rule=rule.name)
    schedule = schedules.get(rule.schedule)
    if schedule is None:  # gone: nothing is open
        return _denied(AccessReason.OUTSIDE_SCHEDULE, rule)
    if not schedule.is_open(at):
        return _denied(
            AccessReason.OUTSIDE_SCHEDULE, rule, schedule=schedule.name, turns_at=schedule.next_change(at)
        )
    return Ruling(outcome=AccessOutcome.GRANTED, rule=rule.name, schedule=schedule.name)


def _denied(
    reason: AccessReason, rule: AccessRule, *, schedule: str = "", turns_at: datetime | None = None
) -> Ruling:
    return Ruling(
        outcome=AccessOutcome.DENIED, reasons=(reason,), rule=rule.name, schedule=schedule, turns_at=turns_at
    )


def _after_passback(door: Door, event: Event, given: Circumstances, found: Ruling) -> Ruling:
    direction = door.direction_at(event.source, event.direction)
    if given.earlier is None or not violates_passback(door, direction, given.earlier, event.ended_at):
        return found
    hard = door.passback.mode is PassbackMode.HARD
    return Ruling(
        outcome=AccessOutcome.DENIED if hard else AccessOutcome.GRANTED,
        reasons=(AccessReason.ANTI_PASSBACK,),
        rule=found.rule,
        schedule=found.schedule,
        turns_at=given.earlier.at,
    )


def violates_passback(door: Door, direction: Direction, earlier: Passage, at: datetime) -> bool:
    """Whether somebody who passed last as `earlier` passes in the same direction again."""
    since = at - earlier.at
    if door.passback.mode is PassbackMode.OFF or direction is Direction.PASSING:
        return False
    if earlier.direction is not direction or since > timedelta(seconds=door.passback.reset_s):
        return False
    return earlier.door_id != door.id or since > timedelta(seconds=door.repeat_s)

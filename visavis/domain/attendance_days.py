"""From sightings to days: pairs of coming and going, and what does not add up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from visavis.domain.attendance import (
    AttendanceChange,
    AttendancePlan,
    DayRecord,
    Irregularity,
    Seen,
    Sighting,
    Stay,
)
from visavis.domain.camera import Direction
from visavis.domain.schedule import Schedule
from visavis.domain.subject import SubjectId

_ZERO: Final = timedelta(0)


def days_of(
    seen: Seen,
    plan: AttendancePlan,
    days: Sequence[date],
    *,
    now: datetime,
    schedule: Schedule | None = None,
) -> list[DayRecord]:
    """A record for each of the days, in their order. Sightings may reach beyond the days, and should by the longest
    stay on either side, so that stays over midnight are whole."""
    counted, unlive = _counted(seen, plan)
    stays = _stays(counted, plan, now)
    excused = {plan.day_of(one.at) for one in seen.corrections if one.kind is AttendanceChange.EXCUSE}
    touched = {plan.day_of(one.at) for one in seen.corrections}
    doubtful = {plan.day_of(one.at) for one in unlive}
    records = []
    for day in days:
        own = tuple(stay for stay in stays if plan.day_of(stay.anchor) == day)
        expected = _expected(schedule, plan, day)
        found = _Judged(
            plan=plan, stays=own, expected=expected, now=now, excused=day in excused, doubtful=day in doubtful
        )
        records.append(found.record(day, seen.subject_id, corrected=day in touched))
    return records


def _counted(seen: Seen, plan: AttendancePlan) -> tuple[list[Sighting], list[Sighting]]:
    """Sightings that count, with those that people added, in order; and those that are not known to be live."""
    ignored = {one.event_id for one in seen.corrections if one.kind is AttendanceChange.IGNORE}
    kept = [one for one in seen.sightings if one.event_id is None or one.event_id not in ignored]
    unlive = [one for one in kept if plan.live.require_live and not one.live]
    added = [
        Sighting(at=one.at, direction=_DIRECTIONS[one.kind], manual=True)
        for one in seen.corrections
        if one.kind in _DIRECTIONS
    ]
    counted = [one for one in kept if not plan.live.require_live or one.live]
    return sorted([*counted, *added], key=lambda one: one.at), unlive


_DIRECTIONS = {AttendanceChange.IN: Direction.ENTRY, AttendanceChange.OUT: Direction.EXIT}


def _stays(sightings: Sequence[Sighting], plan: AttendancePlan, now: datetime) -> list[Stay]:
    """Directed sightings are paired; on days without any, the first sighting is coming and the last is going."""
    directed = [one for one in sightings if one.direction is not Direction.PASSING]
    stays = paired(_single(directed, plan), plan, now)
    known = {plan.day_of(one.at) for one in directed}
    free: dict[date, list[Sighting]] = {}
    for one in sightings:
        if one.direction is Direction.PASSING and plan.day_of(one.at) not in known:
            free.setdefault(plan.day_of(one.at), []).append(one)
    stays += [_around(group, plan, now) for group in free.values()]
    return sorted(stays, key=lambda stay: stay.anchor)


def _single(sightings: Iterable[Sighting], plan: AttendancePlan) -> list[Sighting]:
    """Of sightings in the same direction close after each other one is left: the first of coming, the last of going."""
    found: list[Sighting] = []
    latest: datetime | None = None
    for one in sightings:
        near = latest is not None and one.at - latest <= timedelta(seconds=plan.duplicate_s)
        if found and near and found[-1].direction is one.direction:
            if one.direction is Direction.EXIT:
                found[-1] = one
        else:
            found.append(one)
        latest = one.last
    return found


def paired(sightings: Iterable[Sighting], plan: AttendancePlan, now: datetime) -> list[Stay]:
    """Each coming with the going after it. One that is missing leaves half a stay, and so does a stay that would be
    longer than the longest."""
    longest = timedelta(seconds=plan.longest_s)
    stays: list[Stay] = []
    inside: Sighting | None = None
    for one in sightings:
        if one.direction is Direction.ENTRY:
            if inside is not None:
                stays.append(_half(inside))
            inside = one
        elif inside is not None and one.last - inside.at <= longest:
            manual = inside.manual or one.manual
            stays.append(Stay(since=inside.at, until=one.last, manual=manual))
            inside = None
        else:
            if inside is not None:
                stays.append(_half(inside))
            stays.append(Stay(since=None, until=one.last, manual=one.manual))
            inside = None
    if inside is not None:
        running = now - inside.at <= longest
        stays.append(Stay(since=inside.at, until=None, manual=inside.manual, running=running))
    return stays


def _half(coming: Sighting) -> Stay:
    return Stay(since=coming.at, until=None, manual=coming.manual)


def _around(sightings: Sequence[Sighting], plan: AttendancePlan, now: datetime) -> Stay:
    """From the first to the last sighting of a day; seen once, or not for long, is not seen going."""
    first, last = sightings[0], max(one.last for one in sightings)
    if last - first.at > timedelta(seconds=plan.duplicate_s):
        return Stay(since=first.at, until=last)
    today = plan.day_of(now) == plan.day_of(first.at)
    return Stay(since=first.at, until=None, running=today)


def _expected(schedule: Schedule | None, plan: AttendancePlan, day: date) -> list[tuple[datetime, datetime]]:
    """What the schedule plans for a day: spans that begin in it."""
    if schedule is None:
        return []
    begins, ends = plan.begins(day), plan.begins(day + timedelta(days=1))
    around = [one for step in (-1, 0, 1) for one in schedule.openings_of(day + timedelta(days=step))]
    return [(one.begins, one.ends) for one in around if begins <= one.begins < ends]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One day, and what is irregular about it."""

    plan: AttendancePlan
    stays: tuple[Stay, ...]
    expected: list[tuple[datetime, datetime]]
    now: datetime
    excused: bool
    doubtful: bool

    def record(self, day: date, subject_id: SubjectId, *, corrected: bool) -> DayRecord:
        breaks = self._breaks()
        return DayRecord(
            day=day,
            subject_id=subject_id,
            stays=self.stays,
            first_in=self._first_in,
            last_out=self._last_out,
            present_s=sum((one.duration(self.now) for one in self.stays), _ZERO).total_seconds(),
            breaks=len(breaks),
            break_s=sum(breaks, _ZERO).total_seconds(),
            expected_s=sum((ends - begins for begins, ends in self.expected), _ZERO).total_seconds(),
            late_s=0.0 if self.excused else self._late.total_seconds(),
            early_s=0.0 if self.excused else self._early.total_seconds(),
            irregularities=tuple(self._irregularities()),
            excused=self.excused,
            corrected=corrected,
        )

    @property
    def _first_in(self) -> datetime | None:
        return min((one.since for one in self.stays if one.since is not None), default=None)

    @property
    def _last_out(self) -> datetime | None:
        """Nobody who is still there has left."""
        if any(one.running for one in self.stays):
            return None
        return max((one.until for one in self.stays if one.until is not None), default=None)

    @property
    def _late(self) -> timedelta:
        """After the first planned beginning, beyond the tolerance."""
        if not self.expected or self._first_in is None or any(one.since is None for one in self.stays[:1]):
            return _ZERO
        late = self._first_in - self.expected[0][0]
        return late if late > timedelta(seconds=self.plan.late_s) else _ZERO

    @property
    def _early(self) -> timedelta:
        """Before the last planned end, beyond the tolerance."""
        if not self.expected or self._last_out is None or any(one.until is None for one in self.stays[-1:]):
            return _ZERO
        early = self.expected[-1][1] - self._last_out
        return early if early > timedelta(seconds=self.plan.early_s) else _ZERO

    def _breaks(self) -> list[timedelta]:
        pairs = zip(self.stays, self.stays[1:], strict=False)
        gaps = [
            two.since - one.until for one, two in pairs if one.until is not None and two.since is not None
        ]
        return [gap for gap in gaps if gap > _ZERO]

    def _irregularities(self) -> Iterable[Irregularity]:
        if any(one.since is None for one in self.stays):
            yield Irregularity.MISSING_IN
        if any(one.until is None and not one.running for one in self.stays):
            yield Irregularity.MISSING_OUT
        if self.doubtful:
            yield Irregularity.NOT_LIVE
        if self.excused:
            return
        if self._late:
            yield Irregularity.LATE
        if self._early:
            yield Irregularity.EARLY
        if self.expected and not self.stays and self.expected[-1][1] <= self.now:
            yield Irregularity.ABSENT
        if self.stays and not self.expected and self.scheduled:
            yield Irregularity.UNPLANNED

    @property
    def scheduled(self) -> bool:
        return self.plan.schedule is not None

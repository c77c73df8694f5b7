"""Who was there, from when until when: first in, last out, hours, breaks, and what does not add up.

Days are those of the plan's time zone and begin at its day boundary; a stay belongs to the day on which it began, so
that a night shift is one stay of one day wherever the boundary lies. `attendance_days` makes days of sightings.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.access import Actor
from visavis.domain.camera import Direction
from visavis.domain.door import DoorCamera
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.liveness import LivePolicy
from visavis.domain.schedule import ScheduleId, checked_zone, moment_of, zone_of
from visavis.domain.subject import GalleryId, SubjectId

CorrectionId = NewType("CorrectionId", uuid.UUID)

_ZERO: Final = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendancePlan:
    """How attendance in a gallery is counted; one for each gallery.

    `cameras` say what being seen by them means, where the cameras' own places do not. Sightings in the same direction
    within `duplicate_s` are one. A stay longer than `longest_s` is two halves of which the others are missing. Without
    a `schedule` nobody is late, early or absent.
    """

    gallery_id: GalleryId
    zone: str
    day_begins: time = time(0)
    schedule: ScheduleId | None = None
    cameras: tuple[DoorCamera, ...] = ()
    late_s: int = 300
    early_s: int = 300
    duplicate_s: int = 300
    longest_s: int = 16 * 3600
    live: LivePolicy = field(default_factory=LivePolicy)

    def __post_init__(self) -> None:
        checked_zone(self.zone)
        if self.day_begins.tzinfo is not None or len(self.cameras) > 200:
            raise ValueInvalid("A day begins at a wall time; a plan has at most 200 cameras.")
        if not all(0 <= one <= 86_400 for one in (self.late_s, self.early_s, self.duplicate_s)):
            raise ValueInvalid("The tolerances of a plan lie between 0 and a day.")
        if not 3600 <= self.longest_s <= 36 * 3600:
            raise ValueInvalid("The longest stay lies between 1 and 36 hours.")

    def direction_at(self, camera: str, told: Direction) -> Direction:
        """What being seen by this camera means; `told` is what the event says of it."""
        own = next((one.direction for one in self.cameras if one.name == camera), None)
        return told if own is None else own

    def day_of(self, at: datetime) -> date:
        """The day that a moment belongs to: by the clock on the wall, from `day_begins` on."""
        wall = at.astimezone(zone_of(self.zone))
        return wall.date() if wall.time() >= self.day_begins else wall.date() - timedelta(days=1)

    def begins(self, day: date) -> datetime:
        """When a day begins, UTC."""
        return moment_of(day, self.day_begins, zone_of(self.zone))


class AttendanceChange(StrEnum):
    """What a person adds to what the cameras saw."""

    IN = "in"  #: came at `at`
    OUT = "out"  #: left at `at`
    IGNORE = "ignore"  #: the sighting `event_id` does not count
    EXCUSE = "excuse"  #: the day of `at` is excused: no late, early or absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Made by a person, with a reason; it stays when it is undone, and says by whom."""

    id: CorrectionId
    gallery_id: GalleryId
    subject_id: SubjectId
    kind: AttendanceChange
    at: datetime
    reason: str
    made_by: Actor
    made_at: datetime
    event_id: EventId | None = None
    undone_by: Actor | None = None
    undone_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.reason.strip() or len(self.reason) > 500:
            raise ValueInvalid("A correction has a reason of 1 to 500 characters.")
        if (self.kind is AttendanceChange.IGNORE) != (self.event_id is not None):
            raise ValueInvalid("A sighting to be ignored is named by its event, and nothing else is.")
        if self.at.tzinfo is None or self.made_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def holds(self) -> bool:
        return self.undone_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody was seen, or is said to have come or gone (`manual`). `until` is when a track ended; `live`: whether
    it counts for a plan that asks for live presentations."""

    at: datetime
    direction: Direction
    until: datetime | None = None
    event_id: EventId | None = None
    manual: bool = False
    live: bool = True

    @property
    def last(self) -> datetime:
        return self.until or self.at


class Irregularity(StrEnum):
    """What somebody should look at."""

    MISSING_IN = "missing_in"  #: gone without having come
    MISSING_OUT = "missing_out"  #: come, and never gone
    LATE = "late"
    EARLY = "early"  #: gone early
    ABSENT = "absent"
    UNPLANNED = "unplanned"  #: there on a day on which nothing is planned
    NOT_LIVE = "not_live"  #: seen, but nobody could tell that it was a live person


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """From coming to going; one of both may be missing, and `running` is a stay that has not ended yet."""

    since: datetime | None
    until: datetime | None
    manual: bool = False
    running: bool = False

    @property
    def anchor(self) -> datetime:
        """What tells the day it belongs to."""
        found = self.since or self.until
        if found is None:
            raise ValueInvalid("A stay has a beginning or an end.")
        return found

    def duration(self, now: datetime) -> timedelta:
        """Until now, if it is running; nothing, if half of it is missing."""
        if self.since is None:
            return _ZERO
        if self.until is None:
            return max(now - self.since, _ZERO) if self.running else _ZERO
        return self.until - self.since


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """One day of one subject. Durations are elapsed time, so that the night on which clocks change counts as long as
    it was. `expected_s` is what the schedule plans, `break_s` what lies between stays."""

    day: date
    subject_id: SubjectId
    stays: tuple[Stay, ...]
    first_in: datetime | None
    last_out: datetime | None
    present_s: float
    breaks: int
    break_s: float
    expected_s: float
    late_s: float
    early_s: float
    irregularities: tuple[Irregularity, ...]
    excused: bool
    corrected: bool

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell of this day."""
        return not (self.stays or self.irregularities or self.expected_s or self.excused)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything about one subject that the days are made of; corrections that hold only."""

    subject_id: SubjectId
    sightings: Sequence[Sighting]
    corrections: Sequence[Correction] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days, both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not 0 <= (self.last - self.first).days < 400:
            raise ValueInvalid("A report covers one to 400 days.")

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def around(self, plan: AttendancePlan) -> tuple[datetime, datetime]:
        """The moments from which sightings are needed, UTC."""
        margin = timedelta(seconds=plan.longest_s)
        begins, ends = plan.begins(self.first), plan.begins(self.last + timedelta(days=1))
        return (begins - margin).astimezone(UTC), (ends + margin).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the days of a period add up to."""

    subject_id: SubjectId
    days_present: int
    present_s: float
    break_s: float
    expected_s: float
    late: int
    early: int
    absent: int
    irregular: int


def total_of(subject_id: SubjectId, records: Sequence[DayRecord]) -> Total:
    def having(what: Irregularity) -> int:
        return sum(what in one.irregularities for one in records)

    return Total(
        subject_id=subject_id,
        days_present=sum(bool(one.stays) for one in records),
        present_s=sum(one.present_s for one in records),
        break_s=sum(one.break_s for one in records),
        expected_s=sum(one.expected_s for one in records),
        late=having(Irregularity.LATE),
        early=having(Irregularity.EARLY),
        absent=having(Irregularity.ABSENT),
        irregular=sum(bool(one.irregularities) for one in records),
    )

"""When something is open: weekly spans in a time zone, and days that differ from them.

A span belongs to the day on which it begins, also where it ends on the next one. Clocks that are put forward or back
are taken as people take them: what begins or ends at a time that is skipped does so at the moment of the change, and
of a time that comes twice a span has both. How wall times map to moments is PEP 495 and the IANA data base.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from typing import Final, NewType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import checked_name

ScheduleId = NewType("ScheduleId", uuid.UUID)

_DAY = timedelta(days=1)
_MOST_SPANS: Final = 20  #: of one day
_MOST_DAYS: Final = 2000  #: that differ
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


class Weekday(IntEnum):
    """As `date.weekday` counts."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Span:
    """From `begins` until `ends`, wall times; an end that is not later is one on the next day, so that 00:00 to 00:00
    is the whole day."""

    begins: time
    ends: time

    def __post_init__(self) -> None:
        if self.begins.tzinfo is not None or self.ends.tzinfo is not None:
            raise ValueInvalid("The times of a span are wall times: the schedule has the time zone.")

    @property
    def overnight(self) -> bool:
        return self.ends <= self.begins


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialDay:
    """A day with spans of its own instead of those of its weekday; without any it is closed, as a holiday is."""

    day: date
    spans: tuple[Span, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.note) > 100 or len(self.spans) > _MOST_SPANS:
            raise ValueInvalid("A special day has a note of at most 100 characters and 20 spans.")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Opening:
    """From `begins` (included) until `ends` (not included), UTC."""

    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A named schedule, unique in its tenant. `weekly` has the spans of Monday to Sunday."""

    id: ScheduleId
    name: str
    zone: str
    weekly: tuple[tuple[Span, ...], ...]
    special: tuple[SpecialDay, ...] = ()

    def __post_init__(self) -> None:
        checked_name(self.name, what="schedule name")
        checked_zone(self.zone)
        if len(self.weekly) != len(Weekday) or any(len(spans) > _MOST_SPANS for spans in self.weekly):
            raise ValueInvalid("A schedule has spans for seven days, at most 20 for each.")
        days = [one.day for one in self.special]
        if len(days) > _MOST_DAYS or len(set(days)) != len(days):
            raise ValueInvalid("A schedule has at most 2,000 special days, each once.")

    def spans_of(self, day: date) -> tuple[Span, ...]:
        """What begins on this day."""
        for one in self.special:
            if one.day == day:
                return one.spans
        return self.weekly[day.weekday()]

    def openings_of(self, day: date) -> list[Opening]:
        """What begins on this day, in order; spans that touch or overlap are one."""
        return list(_merged(iter(self._openings(day))))

    def openings(self, since: datetime, until: datetime) -> list[Opening]:
        """Everything that is open at some moment of this time, in order, as whole openings."""
        zone = zone_of(self.zone)
        first = since.astimezone(zone).date() - 2 * _DAY
        last = until.astimezone(zone).date() + _DAY
        found = _merged(one for day in _days(first, last) for one in self._openings(day))
        return [one for one in found if one.begins < until and one.ends > since]

    def is_open(self, at: datetime) -> bool:
        return bool(self.openings(at, at + timedelta(microseconds=1)))

    def next_change(self, at: datetime) -> datetime | None:
        """When it opens or closes next; `None` if it never does any more."""
        zone = zone_of(self.zone)
        today = at.astimezone(zone).date()
        last = max([today, *(one.day for one in self.special)]) + timedelta(days=15)
        horizon = _moment(last, time(0), zone, last=False)
        found = _merged(one for day in _days(today - 2 * _DAY, last) for one in self._openings(day))
        for one in found:
            if one.begins > at:
                return one.begins
            if one.ends > at:
                return one.ends if one.ends < horizon else None
        return None

    def _openings(self, day: date) -> list[Opening]:
        zone, found = zone_of(self.zone), []
        for span in sorted(self.spans_of(day)):
            begins = _moment(day, span.begins, zone, last=False)
            ends = _moment(day + _DAY if span.overnight else day, span.ends, zone, last=True)
            if begins < ends:  # else the clock skipped all of it
                found.append(Opening(begins=begins, ends=ends))
        return found


def checked_zone(name: str) -> str:
    """The name; raises `ValueInvalid` unless it is a time zone of the IANA data base, such as Europe/Berlin."""
    zone_of(name)
    return name


def zone_of(name: str) -> ZoneInfo:
    """Raises `ValueInvalid`."""
    known = len(name) <= 64 and _ZONE.fullmatch(name)
    try:
        return ZoneInfo(name if known else "")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueInvalid(
            f"{name[:64]!r} is no time zone.", hint="Use a name of the IANA data base, such as Europe/Berlin."
        ) from error


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment of a wall time, UTC: the first of a time that comes twice, the change for one that is skipped."""
    return _moment(day, at, zone, last=False)


def _moment(day: date, at: time, zone: ZoneInfo, *, last: bool) -> datetime:
    wall = datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    before, after = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if before > after:
        return _change(after, before, zone)
    return after if last else before


def _change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The moment between both at which the clock was put forward, to the second."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def _merged(openings: Iterator[Opening]) -> Iterator[Opening]:
    """Openings in order of their beginning, without gaps or overlaps between them."""
    held: Opening | None = None
    for one in openings:
        if held is None:
            held = one
        elif one.begins <= held.ends:
            held = Opening(begins=held.begins, ends=max(held.ends, one.ends))
        else:
            yield held
            held = one
    if held is not None:
        yield held

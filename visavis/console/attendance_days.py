"""Attendance as pictures: periods, presence by hour, a day as bands."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from visavis.console.charts import Chart, bars
from visavis.console.weekly import SHORT, Band
from visavis.domain.attendance import Irregularity
from visavis.wire.v1.attendance import AttendanceNote, DayNote, PresenceNote

VIEWS: Final = ("day", "week", "month")
IRREGULAR: Final = {
    Irregularity.MISSING_IN.value: "not seen coming",
    Irregularity.MISSING_OUT.value: "not seen going",
    Irregularity.LATE.value: "late",
    Irregularity.EARLY.value: "left early",
    Irregularity.ABSENT.value: "absent",
    Irregularity.UNPLANNED.value: "not planned",
    Irregularity.NOT_LIVE.value: "nobody live",
}
LEVELS: Final = {
    Irregularity.ABSENT.value: "bad",
    Irregularity.NOT_LIVE.value: "bad",
    Irregularity.UNPLANNED.value: "",
}
"""Kinds of badges; all others are to be watched."""
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a view, with the days that lead to those before and behind."""

    view: str
    first: date
    last: date
    before: date
    behind: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def title(self) -> str:
        if self.view == "day":
            return f"{self.first:%A}, {self.first.day} {self.first:%B %Y}"
        if self.view == "month":
            return f"{self.first:%B %Y}"
        return f"{self.first.day} {self.first:%B} – {self.last.day} {self.last:%B %Y}"


def span_of(view: str, day: date) -> Span:
    """The view that this day lies in: itself, its week from Monday on, or its month."""
    if view == "day":
        first = last = day
    elif view == "month":
        first, last = day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
    else:
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    return Span(view, first, last, first - timedelta(days=1), last + timedelta(days=1))


def hours_chart(report: AttendanceNote, days: Sequence[date], title: str = "Hours of all, by day") -> Chart:
    """Hours of all people of the report together, day by day."""
    sums = dict.fromkeys(days, 0.0)
    for person in report.people:
        for one in person.days:
            if one.day in sums:
                sums[one.day] += one.present_s / 3600
    labels = [f"{SHORT[day.weekday()]} {day.day}" for day in days]
    return bars(title, labels, [[round(one, 1) for one in sums.values()]], unit=" h")


def presence_chart(report: AttendanceNote, zone: ZoneInfo) -> Chart:
    """How many people were there in each hour of the day, on average over the days on which anybody was."""
    counts, busy = [0.0] * 24, set()
    for person in report.people:
        for one in person.days:
            if one.stays:
                busy.add(one.day)
            for hour in range(24):
                counts[hour] += _there(one, hour, zone, report.made_at)
    most = max(len(busy), 1)
    labels = [f"{hour}:00" for hour in range(24)]
    title = "People present by hour" + (", on average" if most > 1 else "")
    return bars(title, labels, [[round(one / most, 1) for one in counts]])


def bands_of(one: DayNote, zone: ZoneInfo, now: datetime) -> list[Band]:
    """The stays of a day from midnight to midnight; one whose other end is missing is a thin mark."""
    found = []
    for begins, ends in _stays(one.stays, now):
        midnight = datetime.combine(one.day, time(0), zone)
        start = min(max((begins - midnight).total_seconds() / _DAY_S, 0.0), 1.0)
        end = min(max((ends - midnight).total_seconds() / _DAY_S, start), 1.0)
        found.append(Band(round(100 * start, 2), round(max(100 * (end - start), 0.4), 2)))
    return found


def _there(one: DayNote, hour: int, zone: ZoneInfo, now: datetime) -> float:
    begins = datetime.combine(one.day, time(hour), zone)
    ends = begins + timedelta(hours=1)
    return float(any(since < ends and until > begins for since, until in _stays(one.stays, now)))


def _stays(stays: Iterable[PresenceNote], now: datetime) -> list[tuple[datetime, datetime]]:
    found = []
    for stay in stays:
        begins = stay.since or stay.until
        ends = stay.until or (now if stay.running else stay.since)
        if begins is not None and ends is not None:
            found.append((begins, ends))
    return found

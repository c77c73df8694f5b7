"""Hours of a week: as rows of a form, in words, and as a picture."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from visavis.wire.v1.alert_rules import WeeklyHours
from visavis.wire.v1.schedules import ScheduleNote

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Span = tuple[str, str]
"""From a wall time until another, HH:MM; one that is not later is on the next day."""
Week = Mapping[str, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Row:
    """The same span on several days."""

    days: tuple[str, ...]
    begins: str
    ends: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of one day; `x` and `width` are parts of it in percent."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class PictureDay:
    """A day of the picture: what is open on it, with what the evening before leaves, and the same in words."""

    name: str
    bands: tuple[Band, ...]
    text: str


def week_of_rule(hours: WeeklyHours | None) -> dict[str, list[Span]]:
    if hours is None:
        return {}
    return {day: [_cut(text) for text in getattr(hours, day)] for day in DAYS}


def week_of_schedule(schedule: ScheduleNote) -> dict[str, list[Span]]:
    return {day: [(one.begins, one.ends) for one in getattr(schedule, day)] for day in DAYS}


def rows_of(week: Week) -> list[Row]:
    """As few rows as say all of it, in the order of the week."""
    days_of: dict[Span, list[str]] = {}
    for day in DAYS:
        for span in week.get(day, ()):
            days_of.setdefault(span, []).append(day)
    return [Row(tuple(days), *span) for span, days in days_of.items()]


def said(week: Week) -> str:
    """Such as "on Mon–Fri between 22:00 and 06:00"; nothing for no hours."""
    return " or ".join(_row_said(row) for row in rows_of(week))


def picture(week: Week) -> list[PictureDay]:
    """Seven days, each from midnight to midnight."""
    return [_day(number, week) for number in range(7)]


def spans_said(spans: Iterable[Span]) -> str:
    return ", ".join(
        "all day" if one == ("00:00", "00:00") else f"{one[0]}–{one[1]}" for one in spans
    )  # a span of a day


def _row_said(row: Row) -> str:
    days = "" if len(row.days) == len(DAYS) else f"on {days_said(row.days)} "
    if (row.begins, row.ends) == ("00:00", "00:00"):
        return days.strip() or "at any time"
    return f"{days}between {row.begins} and {row.ends}"


def days_said(days: Iterable[str]) -> str:
    """Runs of three days or more are told by their ends."""
    numbers = sorted(DAYS.index(day) for day in days)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{SHORT[run[0]]}–{SHORT[run[-1]]}" if len(run) > 2 else ", ".join(SHORT[one] for one in run)
        for run in runs
    )


def _day(number: int, week: Week) -> PictureDay:
    own, before = week.get(DAYS[number], ()), week.get(DAYS[number - 1], ())
    bands = [
        Band(_share(begins), (100.0 if _over(one) else _share(one[1])) - _share(begins))
        for one in own
        for begins in one[:1]
    ]
    bands += [Band(0.0, _share(one[1])) for one in before if _over(one) and one[1] != "00:00"]
    return PictureDay(SHORT[number], tuple(bands), spans_said(own) or "closed")


def _over(span: Span) -> bool:
    return span[1] <= span[0]


def _share(wall: str) -> float:
    return round((int(wall[:2]) * 60 + int(wall[3:])) / 14.4, 3)


def _cut(text: str) -> Span:
    begins, _, ends = text.partition("-")
    return begins, ends

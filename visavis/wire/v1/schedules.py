"""Schedules: when something is open."""

import re
from datetime import date, datetime, time
from typing import Annotated, Final, Self

from pydantic import Field

from visavis.domain.errors import ValueInvalid
from visavis.domain.schedule import Schedule, Span, SpecialDay
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.values import PLAIN, Name, closed

_WALL: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
WallTime = Annotated[str, Field(pattern=_WALL, examples=["08:00"], description="HH:MM on the wall.")]
Zone = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=PLAIN,
        examples=["Europe/Berlin"],
        description="Time zone of the IANA data base.",
    ),
]


def wall_time(text: str) -> time:
    """Raises `ValueInvalid`."""
    if not re.fullmatch(_WALL, text):
        raise ValueInvalid("A time on the wall is HH:MM.")
    return time.fromisoformat(text)


class SpanNote(Model):
    """From `begins` until `ends`; an end that is not later is one on the next day, 00:00 to 00:00 is the whole day."""

    model_config = closed(begins="08:00", ends="18:00")

    begins: WallTime
    ends: WallTime

    @classmethod
    def of(cls, span: Span) -> Self:
        return cls(begins=f"{span.begins:%H:%M}", ends=f"{span.ends:%H:%M}")

    @property
    def span(self) -> Span:
        return Span(begins=wall_time(self.begins), ends=wall_time(self.ends))


Spans = Annotated[tuple[SpanNote, ...], Field(max_length=20)]


class SpecialDayNote(Model):
    """A day that differs from its weekday; without spans it is closed."""

    model_config = closed(day="2026-12-25", spans=[], note="Christmas")

    day: date
    spans: Spans = ()
    note: Annotated[str, Field(max_length=100, pattern=PLAIN)] = ""

    @classmethod
    def of(cls, one: SpecialDay) -> Self:
        return cls(day=one.day, spans=tuple(SpanNote.of(span) for span in one.spans), note=one.note)

    @property
    def special(self) -> SpecialDay:
        return SpecialDay(day=self.day, spans=tuple(one.span for one in self.spans), note=self.note)


class _Week(Model):
    """Spans belong to the day on which they begin."""

    zone: Zone
    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()
    special: Annotated[tuple[SpecialDayNote, ...], Field(max_length=2000)] = ()

    @property
    def weekly(self) -> tuple[tuple[Span, ...], ...]:
        return tuple(tuple(one.span for one in getattr(self, name)) for name in DAYS)


DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class ScheduleWrite(_Week):
    """A whole schedule."""

    model_config = closed(
        zone="Europe/Berlin",
        monday=[{"begins": "08:00", "ends": "18:00"}],
        special=[{"day": "2026-12-25", "note": "Christmas"}],
    )

    @property
    def specials(self) -> tuple[SpecialDay, ...]:
        return tuple(one.special for one in self.special)


class ScheduleNote(_Week):
    """A schedule, and how it is now."""

    id: Identifier
    name: Name
    open: bool = Field(description="Now.")
    next_change: datetime | None = Field(description="When it opens or closes next; null: never.")

    @classmethod
    def of(cls, schedule: Schedule, now: datetime) -> Self:
        return cls(
            id=str(schedule.id),
            name=schedule.name,
            zone=schedule.zone,
            special=tuple(SpecialDayNote.of(one) for one in schedule.special),
            open=schedule.is_open(now),
            next_change=schedule.next_change(now),
            **{
                name: tuple(SpanNote.of(span) for span in spans)
                for name, spans in zip(DAYS, schedule.weekly, strict=True)
            },
        )


class ScheduleList(Model):
    schedules: tuple[ScheduleNote, ...] = Field(description="By name.")

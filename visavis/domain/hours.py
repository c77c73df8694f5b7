"""Weekly hours that belong to one rule, in its time zone: a schedule without a name of its own."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from visavis.domain.schedule import Schedule, ScheduleId, Span

_NOBODY = ScheduleId(uuid.UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`weekly` has the spans of Monday to Sunday; times and clock changes are as in `Schedule`."""

    zone: str
    weekly: tuple[tuple[Span, ...], ...]

    def __post_init__(self) -> None:
        self._schedule()

    def cover(self, at: datetime) -> bool:
        return self._schedule().is_open(at)

    def end(self, at: datetime) -> datetime | None:
        """When the hours that cover this moment are over; `None` if they never are."""
        return self._schedule().next_change(at)

    def _schedule(self) -> Schedule:
        return Schedule(id=_NOBODY, name="hours", zone=self.zone, weekly=self.weekly)

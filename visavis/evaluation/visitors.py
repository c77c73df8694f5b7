"""Figures about visitors, added up visit by visit: nothing here grows with their number but dwell times.

Visits come subject by subject, so that a subject is counted once wherever it is counted, without a list of who was.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

import numpy as np

from visavis.domain.subject import SubjectId
from visavis.domain.visit import By, Visit

PERCENTILES = (25, 50, 75, 90, 95)
EDGES_S = (60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0)
"""Where one bar of a histogram of dwell times ends and the next begins; the last one has no end."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dwell:
    """How long visits, or stays, took: number, mean and percentiles, s. Without any, there are no figures. `counts`
    says how many lie below each of `EDGES_S` and not below the one before; the last: above all of them."""

    count: int
    mean_s: float | None
    percentiles_s: tuple[float, ...]
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, seconds: "array[float]") -> "Dwell":
        if not seconds:
            return cls(count=0, mean_s=None, percentiles_s=())
        values = np.frombuffer(seconds, np.float64)
        return cls(
            count=len(values),
            mean_s=float(values.mean()),
            percentiles_s=tuple(float(one) for one in np.percentile(values, PERCENTILES)),
            counts=tuple(int(one) for one in np.histogram(values, (0.0, *EDGES_S, np.inf))[0]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """`start` of an hour or a day; or the `name` of a zone, camera or site. `visitors` are different ones; `new` of
    them had not been here before, `returning` had."""

    name: str
    start: datetime | None
    visitors: int
    new: int
    returning: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`visitors` are different ones in the whole range; `new` and `returning` are visits."""

    visitors: int
    visits: int
    new: int
    returning: int
    dwell: Dwell
    buckets: tuple[Bucket, ...]


@dataclass(slots=True, eq=False)
class LocalHours:
    """The hours of a time zone; each quarter of an hour is looked up once, since offsets are multiples of it."""

    zone: tzinfo
    _known: dict[int, datetime] = field(default_factory=dict)

    def __call__(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """The beginnings of the local hours that a time touches. When clocks go back, an hour comes twice, and its two
        beginnings differ by their offset."""
        known: datetime | None = None
        moment = first
        while True:
            if (hour := self._of(min(moment, last))) is not known:
                yield hour
            if moment >= last:
                return
            known, moment = hour, moment + _HOUR

    def _of(self, moment: datetime) -> datetime:
        quarter = int(moment.timestamp() // 900)
        known = self._known.get(quarter)
        if known is None:
            hour = moment.astimezone(self.zone).replace(minute=0, second=0, microsecond=0)
            known = self._known.setdefault(quarter, self._known.get(self._first(hour), hour))
            self._known.setdefault(self._first(hour), known)
        return known

    @staticmethod
    def _first(hour: datetime) -> int:
        """The quarter in which it begins, so that all four have one and the same beginning."""
        return int(hour.timestamp() // 900)


@dataclass(slots=True, eq=False)
class _Once:
    """Counts things of one subject after the other, each once for each subject."""

    counts: Counter[object] = field(default_factory=Counter)
    _subject: SubjectId | None = None
    _met: set[object] = field(default_factory=set)

    def add(self, subject: SubjectId, things: Iterable[object]) -> None:
        if subject != self._subject:
            self._subject, self._met = subject, set()
        for one in things:
            if one not in self._met:
                self._met.add(one)
                self.counts[one] += 1


@dataclass(slots=True, eq=False)
class SummaryTally:
    """Everything in one number, and by what was asked. Hours and days are those of `zone`."""

    by: By
    zone: tzinfo
    _visitors: _Once = field(default_factory=_Once)
    _new: _Once = field(default_factory=_Once)
    _all: int = 0
    _visits: int = 0
    _returning: int = 0
    _dwell: "array[float]" = field(default_factory=lambda: array("d"))
    _last: SubjectId | None = None
    _hours: LocalHours = field(init=False)

    def __post_init__(self) -> None:
        self._hours = LocalHours(self.zone)

    def add(self, visit: Visit) -> None:
        self._all += visit.subject_id != self._last
        self._last = visit.subject_id
        self._visits += 1
        self._returning += visit.returning
        self._dwell.append(visit.dwell_s)
        keys = set(_keys(visit, self.by, self._hours))
        self._visitors.add(visit.subject_id, keys)
        if not visit.returning:
            self._new.add(visit.subject_id, keys)

    def result(self) -> Summary:
        counts, new = self._visitors.counts, self._new.counts
        return Summary(
            visitors=self._all,
            visits=self._visits,
            new=self._visits - self._returning,
            returning=self._returning,
            dwell=Dwell.of(self._dwell),
            buckets=tuple(
                Bucket(
                    name="" if isinstance(key, datetime) else str(key),
                    start=key if isinstance(key, datetime) else None,
                    visitors=counts[key],
                    new=new[key],
                    returning=counts[key] - new[key],
                )
                for key in sorted(counts, key=lambda one: (str(type(one)), one))
            ),
        )


def _keys(visit: Visit, by: By, hours: LocalHours) -> Iterator[object]:
    """Where, or when, the visitor was seen."""
    for one in visit.sightings:
        match by:
            case By.ZONE:
                yield one.zone
            case By.CAMERA:
                yield one.source
            case By.SITE:
                yield one.site
            case By.DAY:
                yield from {_day(hour) for hour in hours(one.first_at, one.last_at)}
            case By.HOUR:
                yield from hours(one.first_at, one.last_at)


def _day(hour: datetime) -> datetime:
    return hour.replace(hour=0, fold=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """So many visitors went from one zone to the next; the empty text is outside."""

    origin: str
    target: str
    transitions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneDwell:
    zone: str
    stays: Dwell


@dataclass(frozen=True, slots=True, kw_only=True)
class Flows:
    """The most frequent first; and how long visitors stayed in each zone."""

    flows: tuple[Flow, ...]
    zones: tuple[ZoneDwell, ...]


@dataclass(slots=True, eq=False)
class FlowTally:
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _stays: "dict[str, array[float]]" = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        self._counts.update(visit.transitions)
        for stay in visit.stays:
            self._stays.setdefault(stay.zone, array("d")).append(stay.dwell_s)

    def result(self) -> Flows:
        ranked = sorted(self._counts.items(), key=lambda one: (-one[1], one[0]))
        return Flows(
            flows=tuple(
                Flow(origin=origin, target=target, transitions=count) for (origin, target), count in ranked
            ),
            zones=tuple(
                ZoneDwell(zone=zone, stays=Dwell.of(seconds)) for zone, seconds in sorted(self._stays.items())
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """`visitors[weekday][hour]`, Monday first: different ones in each hour of each day, added up over the weeks."""

    visitors: tuple[tuple[int, ...], ...]
    days: tuple[int, ...]  #: how many Mondays, Tuesdays, … had visitors


@dataclass(slots=True, eq=False)
class HeatTally:
    zone: tzinfo
    _once: _Once = field(default_factory=_Once)
    _hours: LocalHours = field(init=False)

    def __post_init__(self) -> None:
        self._hours = LocalHours(self.zone)

    def add(self, visit: Visit) -> None:
        seen = (self._hours(one.first_at, one.last_at) for one in visit.sightings)
        self._once.add(visit.subject_id, (hour for some in seen for hour in some))

    def result(self) -> Heat:
        grid, days = np.zeros((7, 24), int), set[date]()
        for hour, count in self._once.counts.items():
            if isinstance(hour, datetime):
                grid[hour.weekday(), hour.hour] += count
                days.add(hour.date())
        return Heat(
            visitors=tuple(tuple(int(one) for one in row) for row in grid),
            days=tuple(sum(day.weekday() == weekday for day in days) for weekday in range(7)),
        )

"""Visitors: who came, when, for how long and along which way, added up from the detection log while it is read."""

import heapq
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Protocol, TypeAlias

from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.ports.visitors import Seen, SightingFilter
from visavis.domain.errors import ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.subject import SubjectId, TenantId
from visavis.domain.visit import GAP, By, Visit, narrowed, visits
from visavis.evaluation.visitors import (
    Flows,
    FlowTally,
    Heat,
    HeatTally,
    Summary,
    SummaryTally,
)

_MARGIN = timedelta(days=1)  #: beyond the range, so that visits that reach over its ends are whole
_LONGEST = timedelta(days=1)
_BATCH = 1000

Place: TypeAlias = tuple[datetime, SubjectId, str]
"""When a visit began, whose it is, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Which visits: those that began from `since` on and before `until`, at this site, of this subject. Of a zone or a
    camera only what happened there counts. A visit ends when nobody saw the visitor for longer than `gap`."""

    since: datetime | None = None
    until: datetime | None = None
    site: str | None = None
    zone: str | None = None
    source: str | None = None
    subject_id: SubjectId | None = None
    gap: timedelta = GAP

    def __post_init__(self) -> None:
        if not timedelta(0) < self.gap <= _LONGEST:
            raise ValueInvalid("A visit has gaps of more than nothing and at most a day.")

    def covers(self, visit: Visit) -> bool:
        return (self.since is None or visit.first_at >= self.since) and (
            self.until is None or visit.first_at < self.until
        )


class _Tally(Protocol):
    def add(self, visit: Visit) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedVisit:
    """A visit, and what its visitor is called where the gallery's policy allows names."""

    visit: Visit
    name: str | None

    @property
    def place(self) -> Place:
        return _place(self.visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Reports of one tenant. Memory holds one visitor at a time, and figures; a log of a million lines is read once."""

    store: Store
    tenant: TenantId

    async def summary(self, gallery: Gallery, wanted: Range, *, by: By, zone: tzinfo) -> Summary:
        """How many, new and returning, for how long; and by hour, day, zone, camera or site."""
        tally = SummaryTally(by=by, zone=zone)
        await self._count(gallery, wanted, tally)
        return tally.result()

    async def flows(self, gallery: Gallery, wanted: Range) -> Flows:
        """From which zone to which, and how long they stay in each."""
        tally = FlowTally()
        await self._count(gallery, wanted, tally)
        return tally.result()

    async def hours(self, gallery: Gallery, wanted: Range, *, zone: tzinfo) -> Heat:
        """By hour and day of the week."""
        tally = HeatTally(zone=zone)
        await self._count(gallery, wanted, tally)
        return tally.result()

    async def page(
        self, gallery: Gallery, wanted: Range, *, before: Place | None = None, limit: int = 100
    ) -> list[NamedVisit]:
        """The latest visits first, those before a place in that order."""
        latest: list[tuple[Place, Visit]] = []
        if before is not None:
            end = before[0] + timedelta(microseconds=1)
            wanted = replace(wanted, until=end if wanted.until is None else min(end, wanted.until))
        async with self.store.transaction(self.tenant) as work:
            async for visit in _visits(work, gallery, wanted):
                place = _place(visit)
                if before is not None and place >= before:
                    continue
                if len(latest) < limit:
                    heapq.heappush(latest, (place, visit))
                elif place > latest[0][0]:
                    heapq.heapreplace(latest, (place, visit))
            found = [visit for _, visit in sorted(latest, key=lambda one: one[0], reverse=True)]
            return await _named(work, gallery, found)

    async def everything(self, gallery: Gallery, wanted: Range) -> AsyncIterator[list[NamedVisit]]:
        """All visits, visitor by visitor, in batches."""
        batch: list[Visit] = []
        async with self.store.transaction(self.tenant) as work:
            async for visit in _visits(work, gallery, wanted):
                batch.append(visit)
                if len(batch) == _BATCH:
                    yield await self._with_names(gallery, batch)
                    batch = []
        if batch:
            yield await self._with_names(gallery, batch)

    async def _with_names(self, gallery: Gallery, found: Sequence[Visit]) -> list[NamedVisit]:
        """In a transaction of its own: the first one is busy reading."""
        if not gallery.policy.visitor_names:
            return [NamedVisit(visit=visit, name=None) for visit in found]
        async with self.store.transaction(self.tenant) as work:
            return await _named(work, gallery, found)

    async def _count(self, gallery: Gallery, wanted: Range, tally: _Tally) -> None:
        async with self.store.transaction(self.tenant) as work:
            async for visit in _visits(work, gallery, wanted):
                tally.add(visit)


async def _visits(work: UnitOfWork, gallery: Gallery, wanted: Range) -> AsyncIterator[Visit]:
    """Subject by subject and site by site, each in order."""
    reading = SightingFilter(
        gallery_id=gallery.id,
        subject_id=wanted.subject_id,
        site=wanted.site,
        since=None if wanted.since is None else wanted.since - _MARGIN,
        until=None if wanted.until is None else wanted.until + _MARGIN,
    )
    together: list[Seen] = []
    async for batch in work.visitors.sightings(reading):
        for one in batch:
            if together and _whose(one) != _whose(together[0]):
                for visit in _of_one(together, wanted):
                    yield visit
                together = []
            together.append(one)
    for visit in _of_one(together, wanted):
        yield visit


def _of_one(seen: Sequence[Seen], wanted: Range) -> list[Visit]:
    if not seen:
        return []
    found = visits([one.sighting for one in seen], wanted.gap, earliest=seen[0].earliest)
    covered = [visit for visit in found if wanted.covers(visit)]
    if wanted.zone is None and wanted.source is None:
        return covered
    parts = (narrowed(visit, zone=wanted.zone, source=wanted.source) for visit in covered)
    return [part for part in parts if part is not None]


def _whose(one: Seen) -> tuple[SubjectId, str]:
    return one.sighting.subject_id, one.sighting.site


def _place(visit: Visit) -> Place:
    return visit.first_at, visit.subject_id, visit.site


async def _named(work: UnitOfWork, gallery: Gallery, found: Sequence[Visit]) -> list[NamedVisit]:
    """Anonymous identifiers only, unless the policy says that names may be shown."""
    names: dict[SubjectId, str] = {}
    if gallery.policy.visitor_names and found:
        names = await work.subjects.names(list({visit.subject_id for visit in found}))
    return [NamedVisit(visit=visit, name=names.get(visit.subject_id)) for visit in found]

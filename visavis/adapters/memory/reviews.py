"""Reviews in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.reviews import ReviewCounts, ReviewFilter, ReviewPlace
from visavis.domain.errors import ReviewConflict, ReviewNotFound
from visavis.domain.event import EventId
from visavis.domain.review import Opinion, ReviewCase, ReviewState


class MemoryReviews:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def open(self, cases: Sequence[ReviewCase]) -> None:
        if not cases:
            return
        tables = await self._work.write()
        for one in cases:
            known = tables.reviews.get(one.event_id)
            if not _is_living(tables, one) or (known and known.state is not ReviewState.OPEN):
                continue
            tables.reviews[one.event_id] = replace(one, opened_at=known.opened_at) if known else one

    async def drop(self, event_id: EventId) -> None:
        tables = await self._work.write()
        known = tables.reviews.get(event_id)
        if known is not None and known.state is ReviewState.OPEN:
            del tables.reviews[event_id]

    async def get(self, event_id: EventId, *, lock: bool = False) -> ReviewCase:
        tables = await self._work.write() if lock else self._work.read()
        found = tables.reviews.get(event_id)
        if found is None or not _is_living(tables, found):
            raise ReviewNotFound
        ordered = sorted(found.opinions, key=lambda one: (one.final, one.at))
        return replace(found, opinions=tuple(ordered))

    async def page(
        self,
        wanted: ReviewFilter,
        *,
        after: ReviewPlace | None = None,
        latest: bool = False,
        limit: int = 100,
    ) -> list[ReviewCase]:
        chosen = [replace(one, opinions=()) for one in self._wanted(wanted)]
        ordered = sorted(chosen, key=lambda one: (one.opened_at, one.event_id), reverse=latest)
        if after is not None:
            ordered = [
                one
                for one in ordered
                if (
                    (one.opened_at, one.event_id) < after if latest else (one.opened_at, one.event_id) > after
                )
            ]
        return ordered[:limit]

    async def counts(self, wanted: ReviewFilter) -> ReviewCounts:
        found = self._wanted(replace(wanted, states=None))
        counted = Counter((one.state, one.kind) for one in found)
        return ReviewCounts(
            states=tuple((state, kind, count) for (state, kind), count in sorted(counted.items())),
            compared=sum(one.needed == 2 and len(one.opinions) >= 2 for one in found),
            split=sum(one.split for one in found),
        )

    async def claim(self, event_id: EventId, by: str, until: datetime | None) -> None:
        case = await self.get(event_id)
        tables = await self._work.write()
        holder = by if until is not None else ""
        tables.reviews[event_id] = replace(case, claimed_by=holder, claimed_until=until)

    async def add(self, opinion: Opinion, state: ReviewState, *, split: bool) -> None:
        case = await self.get(opinion.event_id)
        if case.opinion_of(opinion.by) is not None:
            raise ReviewConflict("This reviewer has an opinion already.")
        tables = await self._work.write()
        tables.reviews[opinion.event_id] = replace(
            case,
            opinions=(*case.opinions, opinion),
            state=state,
            split=split,
            claimed_by="",
            claimed_until=None,
            decided_at=opinion.at if state is ReviewState.DECIDED else None,
        )

    async def withdraw(self, event_id: EventId, by: str, state: ReviewState) -> None:
        case = await self.get(event_id)
        tables = await self._work.write()
        tables.reviews[event_id] = replace(
            case,
            opinions=tuple(one for one in case.opinions if one.by != by),
            state=state,
            split=state is ReviewState.DISAGREED,
            claimed_by="",
            claimed_until=None,
            decided_at=None,
        )

    def _wanted(self, wanted: ReviewFilter) -> list[ReviewCase]:
        tables = self._work.read()
        return [one for one in tables.reviews.values() if _is_wanted(tables, one, wanted)]


def _is_living(tables: Tables, case: ReviewCase) -> bool:
    members = tables.members.get(case.gallery_id, frozenset())
    return (
        case.event_id in tables.events
        and case.gallery_id in tables.galleries
        and (case.candidate is None or case.candidate in members)
    )


def _is_wanted(tables: Tables, one: ReviewCase, wanted: ReviewFilter) -> bool:
    if not _is_living(tables, one):
        return False
    left = wanted.left_to is None or (
        one.opinion_of(wanted.left_to) is None
        and not (wanted.now is not None and one.claimed_from(wanted.left_to, wanted.now))
    )
    return (
        left
        and wanted.gallery_id in (None, one.gallery_id)
        and (wanted.galleries is None or tables.galleries[one.gallery_id].name in wanted.galleries)
        and wanted.kind in (None, one.kind)
        and (wanted.states is None or one.state in wanted.states)
    )

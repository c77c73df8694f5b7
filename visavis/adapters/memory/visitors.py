"""The detection log by visitor, in memory."""

from collections.abc import AsyncIterator
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.visitors import Seen, SightingFilter
from visavis.domain.event import Event, EventKind
from visavis.domain.subject import SubjectId
from visavis.domain.visit import Sighting


class MemoryVisitors:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def sightings(self, wanted: SightingFilter, *, batch: int = 2000) -> AsyncIterator[list[Seen]]:
        named = sorted(
            (
                (event.subject_id, event.site, event.captured_at, event.sequence, event)
                for event in self._work.read().events.values()
                if event.subject_id is not None
                and event.gallery_id == wanted.gallery_id
                and event.kind is EventKind.IDENTIFIED
            ),
            key=lambda one: one[:4],
        )
        earliest: dict[tuple[SubjectId, str], datetime] = {}
        for subject_id, site, at, _, _ in named:
            earliest.setdefault((subject_id, site), at)
        found = [
            Seen(sighting=_sighting(event, subject_id), earliest=earliest[subject_id, site])
            for subject_id, site, _, _, event in named
            if _is_wanted(event, wanted)
        ]
        for start in range(0, len(found), batch):
            yield found[start : start + batch]


def _sighting(event: Event, subject_id: SubjectId) -> Sighting:
    return Sighting(
        subject_id=subject_id,
        site=event.site,
        zone=event.zone,
        source=event.source,
        first_at=event.captured_at,
        last_at=event.ended_at,
    )


def _is_wanted(event: Event, wanted: SightingFilter) -> bool:
    return (
        (wanted.subject_id is None or event.subject_id == wanted.subject_id)
        and (wanted.site is None or event.site == wanted.site)
        and (wanted.since is None or event.captured_at >= wanted.since)
        and (wanted.until is None or event.captured_at < wanted.until)
    )

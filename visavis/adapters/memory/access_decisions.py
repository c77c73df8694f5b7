"""Decisions at doors in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.access_decisions import AccessFilter
from visavis.domain.admission import AccessDecision, AccessId, Passage
from visavis.domain.camera import Direction
from visavis.domain.door import DoorId
from visavis.domain.errors import EventNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId


class MemoryAccessDecisions:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self, galleries: Sequence[GalleryId] = ()) -> int:  # noqa: ARG002  # writers take turns
        return (await self._work.write()).passages.position

    async def advance(self, sequence: int) -> None:
        (await self._work.write()).passages.position = sequence

    async def of(self, door_id: DoorId, event_id: EventId) -> AccessDecision | None:
        found = (one for one in self._living() if (one.door_id, one.event_id) == (door_id, event_id))
        return next(found, None)

    async def keep(self, decision: AccessDecision) -> AccessDecision | None:
        tables = await self._work.write()
        door = tables.passages.doors.get(decision.door_id)
        if door is None or door.gallery_id not in tables.galleries:
            return None
        tables.passages.decided += 1
        subject_id = decision.subject_id if decision.subject_id in tables.subjects else None
        kept = replace(decision, sequence=tables.passages.decided, subject_id=subject_id)
        tables.passages.decisions[kept.id] = kept
        return kept

    async def passage(self, area: str, subject_id: SubjectId, since: datetime) -> Passage | None:
        found = [
            one
            for one in self._living()
            if (one.area, one.subject_id) == (area, subject_id)
            and one.granted
            and one.at >= since
            and one.direction is not Direction.PASSING
        ]
        if not found:
            return None
        last = max(found, key=lambda one: (one.at, one.sequence))
        return Passage(door_id=last.door_id, direction=last.direction, at=last.at)

    async def granted_at(self, door_id: DoorId) -> datetime | None:
        found = [one for one in self._living() if one.door_id == door_id and one.granted]
        return max(found, key=lambda one: one.sequence).decided_at if found else None

    async def get(self, access_id: AccessId) -> AccessDecision:
        found = next((one for one in self._living() if one.id == access_id), None)
        if found is None:
            raise EventNotFound
        return found

    async def page(
        self, wanted: AccessFilter, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[AccessDecision]:
        chosen = [
            one
            for one in self._living()
            if _is_wanted(one, wanted)
            and (before is None or one.sequence < before)
            and (after is None or one.sequence > after)
        ]
        return sorted(chosen, key=lambda one: one.sequence, reverse=after is None)[:limit]

    async def latest(self) -> int:
        return self._work.read().passages.decided

    async def live(self, events: Sequence[EventId]) -> frozenset[EventId]:
        wanted = set(events)
        return frozenset(
            one.event_id
            for one in self._living()
            if one.event_id is not None
            and one.event_id in wanted
            and one.granted
            and one.attack is not None
            and one.attack_threshold is not None
            and one.attack.score < one.attack_threshold
        )

    async def purge(self, gallery_id: GalleryId, decided_before: datetime) -> int:
        tables = (await self._work.write()).passages
        old = [
            key
            for key, one in tables.decisions.items()
            if one.gallery_id == gallery_id and one.decided_at < decided_before
        ]
        for key in old:
            del tables.decisions[key]
        return len(old)

    def _living(self) -> list[AccessDecision]:
        """Those whose door, and so whose gallery, is still there."""
        tables = self._work.read()
        doors = {key for key, one in tables.passages.doors.items() if one.gallery_id in tables.galleries}
        return [one for one in tables.passages.decisions.values() if one.door_id in doors]


def _is_wanted(decision: AccessDecision, wanted: AccessFilter) -> bool:
    return (
        wanted.door_id in (None, decision.door_id)
        and (wanted.galleries is None or decision.gallery in wanted.galleries)
        and wanted.subject_id in (None, decision.subject_id)
        and wanted.outcome in (None, decision.outcome)
        and (wanted.since is None or decision.at >= wanted.since)
        and (wanted.until is None or decision.at < wanted.until)
    )

"""Templates of events in memory."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.probes import KeptProbe
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import Template


class MemoryProbes:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def keep(self, probes: Sequence[KeptProbe]) -> None:
        if not probes:
            return
        tables = await self._work.write()
        living = [one for one in probes if one.event_id in tables.events]
        tables.probes.update({one.event_id: one for one in living if one.gallery_id in tables.galleries})

    async def of(self, event_id: EventId) -> Template | None:
        return (await self.of_all([event_id])).get(event_id)

    async def of_all(self, event_ids: Sequence[EventId]) -> dict[EventId, Template]:
        """Events and galleries that are gone have none."""
        tables = self._work.read()
        found = [tables.probes[one] for one in event_ids if one in tables.probes and one in tables.events]
        return {one.event_id: one.template for one in found if one.gallery_id in tables.galleries}

    async def forget(self, subject_id: SubjectId, gallery_id: GalleryId | None = None) -> int:
        return (await self._work.write()).forget_probes(subject_id, gallery_id)

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        tables = await self._work.write()
        old = [one.event_id for one in tables.probes.values() if one.expires <= now][:limit]
        for event_id in old:
            del tables.probes[event_id]
        return len(old)

"""Pictures of events in memory. Nothing is encrypted, because nothing is stored."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.pictures import KeptPicture
from visavis.domain.event import EventId


class MemoryEventPictures:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def keep(self, pictures: Sequence[KeptPicture]) -> None:
        if not pictures:
            return
        tables = await self._work.write()
        living = [one for one in pictures if one.event_id in tables.events]
        tables.pictures.update({one.event_id: one for one in living if one.gallery_id in tables.galleries})

    async def of(self, event_id: EventId) -> bytes | None:
        if not await self.kept([event_id]):
            return None
        return self._work.read().pictures[event_id].content

    async def kept(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        """Events and galleries that are gone have none."""
        tables = self._work.read()
        found = [tables.pictures[one] for one in event_ids if one in tables.pictures and one in tables.events]
        return frozenset(one.event_id for one in found if one.gallery_id in tables.galleries)

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        tables = await self._work.write()
        old = [one.event_id for one in tables.pictures.values() if one.expires <= now][:limit]
        for event_id in old:
            del tables.pictures[event_id]
        return len(old)

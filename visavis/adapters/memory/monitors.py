"""Monitors of drift in memory."""

from collections.abc import Sequence
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.monitors import MonitorFilter
from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.errors import MonitorNotFound
from visavis.domain.subject import GalleryId


class MemoryMonitors:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self) -> int:
        return (await self._work.write()).drift_position

    async def advance(self, sequence: int) -> None:
        (await self._work.write()).drift_position = sequence

    async def of(self, gallery_id: GalleryId, source: str) -> Monitor | None:
        found = (m for m in self._living() if (m.gallery_id, m.source) == (gallery_id, source))
        return next(found, None)

    async def get(self, monitor_id: MonitorId) -> Monitor:
        found = next((monitor for monitor in self._living() if monitor.id == monitor_id), None)
        if found is None:
            raise MonitorNotFound
        return found

    async def keep(self, monitors: Sequence[Monitor]) -> frozenset[MonitorId]:
        tables = await self._work.write()
        kept = {one.id: one for one in monitors if one.gallery_id in tables.galleries}
        tables.monitors.update(kept)
        return frozenset(kept)

    async def page(
        self, wanted: MonitorFilter, *, after: MonitorId | None = None, limit: int = 100
    ) -> list[Monitor]:
        ordered = sorted(self._living(), key=lambda one: (one.gallery, one.source, one.id))
        if after is not None:
            places = [place for place, one in enumerate(ordered) if one.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        return [one for one in ordered if _is_wanted(one, wanted)][:limit]

    async def count(self) -> int:
        return len(self._living())

    async def purge(self, last_before: datetime) -> int:
        tables = await self._work.write()
        old = [one.id for one in tables.monitors.values() if one.last_at < last_before]
        for monitor_id in old:
            del tables.monitors[monitor_id]
        return len(old)

    def _living(self) -> list[Monitor]:
        """Those whose gallery is still there."""
        tables = self._work.read()
        return [one for one in tables.monitors.values() if one.gallery_id in tables.galleries]


def _is_wanted(monitor: Monitor, wanted: MonitorFilter) -> bool:
    return (
        wanted.gallery_id in (None, monitor.gallery_id)
        and (wanted.galleries is None or monitor.gallery in wanted.galleries)
        and wanted.source in (None, monitor.source)
        and wanted.alarming in (None, monitor.alarm_since is not None)
    )

"""Monitors of drift of one tenant, as a unit of work sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.subject import GalleryId


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFilter:
    """What to look for; `None` means any. `galleries` are names, for callers that are limited to some."""

    gallery_id: GalleryId | None = None
    galleries: frozenset[str] | None = None
    source: str | None = None
    alarming: bool | None = None


class Monitors(Protocol):
    async def claim(self) -> int:
        """How far the detection log was looked at: the sequence of the last event, 0 before the first. No other
        transaction claims it until this one ends."""
        ...

    async def advance(self, sequence: int) -> None:
        """Moves on to this event."""
        ...

    async def of(self, gallery_id: GalleryId, source: str) -> Monitor | None: ...

    async def get(self, monitor_id: MonitorId) -> Monitor:
        """Raises `MonitorNotFound`."""
        ...

    async def keep(self, monitors: Sequence[Monitor]) -> frozenset[MonitorId]:
        """New or changed ones. One of a gallery that is gone is left out, and monitors go with their gallery; which
        were kept."""
        ...

    async def page(
        self, wanted: MonitorFilter, *, after: MonitorId | None = None, limit: int = 100
    ) -> list[Monitor]:
        """By gallery and source, those behind `after`; empty if that is gone."""
        ...

    async def count(self) -> int: ...

    async def purge(self, last_before: datetime) -> int:
        """Removes monitors without a capture since; how many."""
        ...

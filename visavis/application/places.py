"""Where events happened: the place of the camera that is their source, at that time."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from visavis.application.ports.store import UnitOfWork
from visavis.domain.camera import Place
from visavis.domain.event import Event

_MOST = 10_000


@dataclass(slots=True, kw_only=True)
class Places:
    """Of the cameras of one tenant. What was looked up counts for `fresh_s` seconds, so that captures that follow each
    other closely cost one look together."""

    fresh_s: float = 0.0
    now: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Place | None]] = field(default_factory=dict)

    async def __call__(self, work: UnitOfWork, events: Sequence[Event]) -> list[Event]:
        """The events with their places; those of other sources as they are."""
        places = {source: await self._of(work, source) for source in {event.source for event in events}}
        return [_at(event, places[event.source]) for event in events]

    async def _of(self, work: UnitOfWork, source: str) -> Place | None:
        if not source:
            return None
        read_at, place = self._known.get(source, (None, None))
        if read_at is None or self.now() - read_at > self.fresh_s:
            camera = await work.cameras.find(source)
            place = camera.place if camera else None
            if self.fresh_s:
                self._keep(source, place)
        return place

    def _keep(self, source: str, place: Place | None) -> None:
        """Whoever calls its source by another name each time does not fill the memory."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[source] = (self.now(), place)


def _at(event: Event, place: Place | None) -> Event:
    if place is None:
        return event
    return replace(event, site=place.site, zone=place.zone, direction=place.direction)

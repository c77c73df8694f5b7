"""The detection log as a stream: what is kept is told, from any point on, without a gap."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from visavis.application.ports.events import EventFilter
from visavis.application.ports.feed import Feed
from visavis.application.ports.store import Store
from visavis.domain.event import Event
from visavis.domain.subject import TenantId

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowEvents:
    """Woken by the store's announcements, and every `poll_s` seconds in case one was missed."""

    store: Store
    tenant: TenantId
    feed: Feed
    poll_s: float = 5.0

    async def __call__(
        self, wanted: EventFilter | None = None, *, after: int | None = None
    ) -> AsyncGenerator[list[Event], None]:
        """Events with a sequence above `after` (`None`: from now on), in order; an empty list when nothing came for
        `poll_s` seconds, so that a connection can be kept alive. Never ends; to be closed."""
        wanted = wanted or EventFilter()
        async with self.feed.subscribe(self.tenant) as subscription:
            place = await self._latest() if after is None else after
            while True:
                events, place = await self._page(wanted, place)
                if events:
                    yield events
                elif not await subscription.wait(self.poll_s):
                    yield []

    async def _page(self, wanted: EventFilter, place: int) -> tuple[list[Event], int]:
        async with self.store.transaction(self.tenant) as work:
            events = await work.events.page(wanted, after=place, limit=_PAGE)
        return events, events[-1].sequence if events else place

    async def _latest(self) -> int:
        async with self.store.transaction(self.tenant) as work:
            latest = await work.events.page(EventFilter(), limit=1)
        return latest[0].sequence if latest else 0

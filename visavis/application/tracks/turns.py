"""Who remembers unknowns, one after the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from visavis.domain.subject import GalleryId


@dataclass(slots=True)
class Turns:
    """In one process: whoever remembers holds a transaction while searching in another, so one at a time does it in
    each gallery, and only few do at all; else all connections were held by those who wait for one more."""

    most: int = 2
    _room: asyncio.Semaphore | None = None
    _galleries: dict[GalleryId, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def of(self, gallery_id: GalleryId) -> AsyncIterator[None]:
        """A turn in this gallery."""
        if self._room is None:
            self._room = asyncio.Semaphore(self.most)  # belongs to the running event loop
        async with self._galleries.setdefault(gallery_id, asyncio.Lock()), self._room:
            yield

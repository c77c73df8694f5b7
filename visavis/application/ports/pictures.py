"""Pictures that are kept beside events, of one tenant, as a unit of work sees them, encrypted. They go with their
event, with their gallery, and with the subject of their event or whom its review may find in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptPicture:
    """The aligned face of an event that is in the log, as PNG; `expires` is when it goes."""

    event_id: EventId
    gallery_id: GalleryId
    content: bytes
    expires: datetime


class EventPictures(Protocol):
    async def keep(self, pictures: Sequence[KeptPicture]) -> None:
        """Keeps them in the place of those that the events have. What belongs to an event or a gallery that is gone
        is left out."""
        ...

    async def of(self, event_id: EventId) -> bytes | None:
        """`None` where none was kept, or not any more."""
        ...

    async def kept(self, event_ids: Sequence[EventId]) -> frozenset[EventId]:
        """Those of them that have one."""
        ...

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        """Removes those that have expired, at most `limit`; how many."""
        ...

"""The templates that decisions were made on, of one tenant, as a unit of work sees them: kept for a few days, so that
a correction can teach something. They go with their event, with their gallery, and with the subject of their event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.template import Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KeptProbe:
    """The template of an event that is in the log; `expires` is when it goes."""

    event_id: EventId
    gallery_id: GalleryId
    template: Template
    expires: datetime


class Probes(Protocol):
    async def keep(self, probes: Sequence[KeptProbe]) -> None:
        """Keeps them, encrypted, in the place of those that the events have. What belongs to an event or a gallery
        that is gone is left out."""
        ...

    async def of(self, event_id: EventId) -> Template | None:
        """`None` where none was kept, or not any more."""
        ...

    async def of_all(self, event_ids: Sequence[EventId]) -> dict[EventId, Template]:
        """Those of them that there are."""
        ...

    async def forget(self, subject_id: SubjectId, gallery_id: GalleryId | None = None) -> int:
        """Removes those of events that name the subject, in one gallery or in all; how many. To be called before the
        events forget the subject."""
        ...

    async def purge(self, now: datetime, *, limit: int = 10_000) -> int:
        """Removes those that have expired, at most `limit`; how many."""
        ...

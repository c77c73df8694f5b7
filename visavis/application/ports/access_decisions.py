"""Decisions at doors of one tenant, as a unit of work sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.admission import AccessDecision, AccessId, AccessOutcome, Passage
from visavis.domain.door import DoorId
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessFilter:
    """What to look for; `None` means any. `galleries` are names, for callers that are limited to some."""

    door_id: DoorId | None = None
    galleries: frozenset[str] | None = None
    subject_id: SubjectId | None = None
    outcome: AccessOutcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class AccessDecisions(Protocol):
    async def claim(self, galleries: Sequence[GalleryId] = ()) -> int:
        """How far the detection log was looked at: the sequence of the last event, 0 before the first. No other
        transaction claims it, and none removes these galleries, until this one ends. Whoever keeps decisions claims
        first."""
        ...

    async def advance(self, sequence: int) -> None:
        """Moves on to this event."""
        ...

    async def of(self, door_id: DoorId, event_id: EventId) -> AccessDecision | None: ...

    async def keep(self, decision: AccessDecision) -> AccessDecision | None:
        """A new one, or the one of this identifier changed, with the next sequence. A subject that was erased
        meanwhile is left out. `None` if the door is gone."""
        ...

    async def passage(self, area: str, subject_id: SubjectId, since: datetime) -> Passage | None:
        """The latest way into or out of an area that was granted to the subject since."""
        ...

    async def granted_at(self, door_id: DoorId) -> datetime | None:
        """When the door last let somebody pass."""
        ...

    async def get(self, access_id: AccessId) -> AccessDecision:
        """Raises `EventNotFound`."""
        ...

    async def page(
        self, wanted: AccessFilter, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[AccessDecision]:
        """By sequence: the latest first below `before`, or, with `after` given, the oldest first above it."""
        ...

    async def latest(self) -> int:
        """The sequence of the last decision, 0 before the first."""
        ...

    async def live(self, events: Sequence[EventId]) -> frozenset[EventId]:
        """Those of the events that a detector took for a live person at a door."""
        ...

    async def purge(self, gallery_id: GalleryId, decided_before: datetime) -> int:
        """Removes decisions at doors of a gallery from before this time; how many."""
        ...

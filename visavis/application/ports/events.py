"""The detection log of one tenant, as a unit of work sees it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.event_summary import EventSummary, Step
from visavis.domain.subject import GalleryId, SubjectId

SHARES = 200  #: of a summary: as many sources, sites and galleries, the largest first


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What to look for; `None` means any. `since` is included, `until` is not; both are capture times."""

    gallery_id: GalleryId | None = None
    galleries: frozenset[str] | None = None  #: names, for callers that are limited to some
    subject_id: SubjectId | None = None
    source: str | None = None
    site: str | None = None
    zone: str | None = None
    reference: str | None = None  #: the sender's identifier of the capture
    track: uuid.UUID | None = None
    unknown: bool | None = (
        None  #: whether it is of a human without a name: it matched nobody, or an anonymous subject
    )
    kind: EventKind | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None


class Events(Protocol):
    async def add(self, events: Sequence[Event]) -> list[Event]:
        """Keeps them and gives each its sequence; those of them that are new, with their sequences.

        An event whose `source`, `reference` (not empty), gallery and `position` are in the log already is the
        same one sent again: it is left out, and so is one whose identifier is in the log. A subject that was erased
        meanwhile is left out of its event. Other writers of events wait until this transaction ends, so this comes
        after everything else that it writes (but the audit log, which takes its place by itself).
        """
        ...

    async def get(self, event_id: EventId) -> Event:
        """Raises `EventNotFound`."""
        ...

    async def page(
        self,
        wanted: EventFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Event]:
        """By sequence: the latest first below `before`, or, with `after` given, the oldest first above it."""
        ...

    async def summary(self, wanted: EventFilter, step: Step | None = None) -> EventSummary:
        """How many lines fit, by what they have in common; with `step`, by hour or day of capture, too. A line without
        a source or site counts for none."""
        ...

    async def review(self, event_id: EventId, verdict: Outcome | None, subject_id: SubjectId | None) -> Event:
        """Remembers what a person decided; `None` takes that back. Raises `EventNotFound`, `SubjectNotFound`."""
        ...

    async def revise(self, event: Event) -> Event:
        """Replaces the line with this identifier, and gives it the next sequence: followers of the log see it again.

        Everything but identifier and time of recording may change: a face that was refused becomes one that is
        identified when a better look at it comes. A subject that was erased meanwhile is left
        out. Waits for other writers as `add` does. Raises `EventNotFound`.
        """
        ...

    async def purge(
        self, gallery_id: GalleryId | None, recorded_before: datetime, *, limit: int = 10_000
    ) -> int:
        """Removes events of a gallery (`None`: of galleries that are gone, or of none) recorded before this time, the
        oldest first and at most `limit`; how many."""
        ...

    async def forget(self, subject_id: SubjectId) -> int:
        """Takes the subject out of every event that names it, so that nothing leads to it, and removes the templates
        of these events; how many."""
        ...

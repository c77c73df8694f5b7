"""What waits for people to decide, of one tenant, as a unit of work sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from visavis.domain.event import EventId
from visavis.domain.review import Opinion, ReviewCase, ReviewKind, ReviewState
from visavis.domain.subject import GalleryId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """What to look for; `None` means any.

    `left_to` leaves out what this actor has an opinion on already, and what others have in front of them at `now`.
    """

    gallery_id: GalleryId | None = None
    galleries: frozenset[str] | None = None  #: names, for callers that are limited to some
    kind: ReviewKind | None = None
    states: frozenset[ReviewState] | None = None
    left_to: str | None = None
    now: datetime | None = None


class ReviewPlace(NamedTuple):
    """Where a page ended: the last case of it."""

    opened_at: datetime
    event_id: EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    """How many there are in each state and kind; of `compared` cases that two people looked at, `split` were."""

    states: tuple[tuple[ReviewState, ReviewKind, int], ...]
    compared: int
    split: int


class Reviews(Protocol):
    """A verdict on an event, wherever it comes from, decides its case; one that is taken back opens it again."""

    async def open(self, cases: Sequence[ReviewCase]) -> None:
        """Keeps them; one that is there and nobody has an opinion on is replaced, any other stays. What belongs to an
        event or gallery that is gone, or whose candidate is, is left out."""
        ...

    async def drop(self, event_id: EventId) -> None:
        """Removes the case if nobody has an opinion on it: it is not open any more."""
        ...

    async def get(self, event_id: EventId, *, lock: bool = False) -> ReviewCase:
        """With its opinions, in order; with `lock` nobody else changes it until the transaction ends. Raises
        `ReviewNotFound`."""
        ...

    async def page(
        self,
        wanted: ReviewFilter,
        *,
        after: ReviewPlace | None = None,
        latest: bool = False,
        limit: int = 100,
    ) -> list[ReviewCase]:
        """The oldest first, or the latest; without their opinions."""
        ...

    async def counts(self, wanted: ReviewFilter) -> ReviewCounts:
        """Without regard to the states that are wanted."""
        ...

    async def claim(self, event_id: EventId, by: str, until: datetime | None) -> None:
        """From now on this actor has it in front of her; with `None` nobody has."""
        ...

    async def add(self, opinion: Opinion, state: ReviewState, *, split: bool) -> None:
        """Keeps the opinion and what it leads to, and ends the claim. Raises `ReviewConflict` for a second of an
        actor."""
        ...

    async def withdraw(self, event_id: EventId, by: str, state: ReviewState) -> None:
        """Removes the opinion of this actor; the case is in this state again, and not split."""
        ...

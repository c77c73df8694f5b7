"""The detection log by visitor instead of by line, as a unit of work sees it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.subject import GalleryId, SubjectId
from visavis.domain.visit import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingFilter:
    """Of one gallery; `None` means any. `since` is included, `until` is not; both are capture times."""

    gallery_id: GalleryId
    subject_id: SubjectId | None = None
    site: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A sighting, and when the log saw this subject at this site first: perhaps before the time that is looked at."""

    sighting: Sighting
    earliest: datetime


class Visitors(Protocol):
    def sightings(self, wanted: SightingFilter, *, batch: int = 2000) -> AsyncIterator[list[Seen]]:
        """Lines that name somebody, by subject, site and time, in batches of any size; so that memory holds one
        batch, however long the log is. The transaction is used for nothing else meanwhile."""
        ...

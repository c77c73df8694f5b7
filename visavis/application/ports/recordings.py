"""Indexed recordings and the faces in them, of one tenant, as a unit of work sees them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from visavis.domain.arrays import ImageBGR
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.subject import GalleryId


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingFilter:
    """What to look for; `None` means any. A recording is wanted if any of it lies between `since` and `until`."""

    gallery_id: GalleryId | None = None
    galleries: frozenset[str] | None = None  #: names, for callers that are limited to some
    ids: tuple[RecordingId, ...] | None = None
    source: str | None = None
    site: str | None = None
    zone: str | None = None
    sha256: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def wants(self, one: Recording) -> bool:
        return (
            self.gallery_id in (None, one.gallery_id)
            and (self.galleries is None or one.gallery in self.galleries)
            and (self.ids is None or one.id in self.ids)
            and self.source in (None, one.source)
            and self.site in (None, one.site)
            and self.zone in (None, one.zone)
            and self.sha256 in (None, one.sha256)
            and (self.since is None or one.ended_at >= self.since)
            and (self.until is None or one.started_at < self.until)
        )


class Recordings(Protocol):
    async def add(self, recording: Recording, tracks: Sequence[RecordedTrack]) -> None:
        """Keeps it with its tracks; templates are sealed. Raises `GalleryNotFound`, `ModelMismatch`, and
        `AlreadyExists` if the gallery has a recording of the same content."""
        ...

    async def get(self, recording_id: RecordingId) -> Recording:
        """Raises `RecordingNotFound`."""
        ...

    async def page(
        self, wanted: RecordingFilter, *, after: RecordingId | None = None, limit: int = 100
    ) -> list[Recording]:
        """In the order of the times at which they began."""
        ...

    def tracks(self, recording_id: RecordingId, *, batch: int = 1000) -> AsyncIterator[list[RecordedTrack]]:
        """Decrypted, by number, in batches."""
        ...

    async def remove(self, recording_id: RecordingId) -> None:
        """With its tracks. Raises `RecordingNotFound`."""
        ...

    async def expired(self, now: datetime, *, limit: int = 100) -> list[RecordingId]:
        """Those that are to be forgotten."""
        ...


class Footage(Protocol):
    """The files themselves. Synchronous: it is asked from a thread."""

    def digest(self, path: Path) -> tuple[str, int]:
        """SHA-256 in hexadecimal digits, and the number of bytes. Raises `FileUnreadable`."""
        ...

    def still(self, path: Path, at_s: float) -> ImageBGR | None:
        """The frame that is shown at this time; `None` if there is none. Raises `VideoUnreadable`."""
        ...

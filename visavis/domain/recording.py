"""Recorded video that can be searched for faces, long after it was taken."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import GalleryId, checked_name
from visavis.domain.template import ModelIdentity, Template

RecordingId = NewType("RecordingId", uuid.UUID)

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A video file as it was when it was indexed.

    `name` is the file's, `sha256` that of all its `size` bytes: whoever has the file can prove that it is the one that
    was indexed. `location` is where it lay, to look at it again. `started_at` is when its first frame was taken, as
    whoever added it says. It is searched with the policy of its gallery and forgotten after `keep_until`.
    """

    id: RecordingId
    gallery_id: GalleryId
    gallery: str
    name: str
    location: str
    sha256: str
    size: int
    duration_s: float
    started_at: datetime
    source: str
    model: ModelIdentity
    rate: float
    tracks: int
    added_at: datetime
    added_by: str
    software: str
    site: str = ""
    zone: str = ""
    keep_until: datetime | None = None

    def __post_init__(self) -> None:
        checked_name(self.name, what="file name")
        if not _DIGEST.fullmatch(self.sha256):
            raise ValueInvalid("A digest has 64 hexadecimal digits.")
        times = [self.started_at, self.added_at, *([self.keep_until] if self.keep_until else [])]
        if any(one.tzinfo is None for one in times):
            raise ValueInvalid("A time needs a time zone.")
        if len(self.source) > 200 or len(self.location) > 4000 or self.duration_s < 0 or self.size < 0:
            raise ValueInvalid("A source has at most 200 characters, and a recording a duration and a size.")

    @property
    def ended_at(self) -> datetime:
        return self.started_at + timedelta(seconds=self.duration_s)

    def at(self, seconds: float) -> datetime:
        """When a moment of the file was, by the time that it is said to have begun."""
        return self.started_at + timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordedTrack:
    """One face followed in a recording, from `first_s` to `last_s` after its beginning, seen in `frames` frames.

    `template` is that of its best shots together; the best of them is at `best_s`, in pixels of the video at `box`
    (left, top, width, height).
    """

    number: int
    first_s: float
    last_s: float
    best_s: float
    frames: int
    box: tuple[float, float, float, float]
    template: Template

    def __post_init__(self) -> None:
        if not self.first_s <= self.best_s <= self.last_s:
            raise ValueInvalid("The best shot of a track lies between its beginning and its end.")

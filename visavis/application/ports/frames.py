"""Pictures one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from visavis.domain.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoFrame:
    """A frame and when it is shown, in seconds from the beginning."""

    frame: Frame
    at_s: float


class Video(Protocol):
    """Reads video files. Synchronous: it is asked from a thread."""

    def duration_s(self, path: Path) -> float | None:
        """How long it is, as far as the file says. Raises `VideoUnreadable`."""
        ...

    def frames(self, path: Path, rate: float) -> Iterator[VideoFrame]:
        """At most `rate` frames for each second, upright, in order of time.

        Raises `VideoUnreadable` for a file that is no video; one that breaks off ends where it breaks off.
        """
        ...

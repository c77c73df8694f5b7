"""Cameras as they are read: the newest picture, and what became of the others."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.camera import ReaderKind
from visavis.domain.errors import ValueInvalid
from visavis.domain.frame import Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What to read, and how. `address` is a device, URL, file or folder; it may contain a password and is never
    logged. At most `rate` frames per second are given, reduced to `max_side_px`; files and folders are read in real
    time if `paced`, and begin again at their end if `repeat`. `started_at` is when the first frame of a file was
    taken; without it, the time at which it is opened. With `pinned_to`, an IP address, a stream is read from
    there and nowhere else: its name is not resolved, and no redirection is followed.
    """

    name: str
    kind: ReaderKind
    address: str
    rate: float = 5.0
    max_side_px: int = 1280
    paced: bool = True
    repeat: bool = False
    started_at: datetime | None = None
    pinned_to: str | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.rate <= 60.0 or self.max_side_px < 1:
            raise ValueInvalid("A rate lies above 0 and at most at 60 frames per second.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Captured:
    """A frame, with `captured_at` set, and its time in seconds on a clock of the source that never goes back.

    `restarted` is true for the first frame after an interruption: nothing that was followed before is continued.
    """

    frame: Frame
    at_s: float
    restarted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderState:
    """How a reader is. `dropped` counts frames that were due and not given because nobody had asked in time."""

    connected: bool = False
    frames: int = 0
    dropped: int = 0
    interruptions: int = 0
    last_frame_at: datetime | None = None
    problem: str = ""  #: why it is not connected, without address or password
    width_px: int = 0
    height_px: int = 0


class Reader(Protocol):
    """One source. `frames` is asked from one thread, the rest from any."""

    def frames(self) -> Iterator[Captured]:
        """Blocks until the next frame is due, always the newest there is. Ends with a file, a folder, or `close`.

        A live source that is interrupted is opened again, sooner at first and at most every few seconds, for ever.
        Raises `CameraUnreachable` only for what can never work: no such device, file or folder, a refused address.
        """
        ...

    @property
    def state(self) -> ReaderState: ...

    def close(self) -> None:
        """Ends `frames`, soon."""
        ...


class Readers(Protocol):
    def open(self, source: Source) -> Reader:
        """Does not touch the source yet."""
        ...

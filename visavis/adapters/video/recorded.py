"""Files and folders read as if they were cameras: in real time, or as fast as somebody takes them."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from visavis.adapters.video.files import VideoFiles
from visavis.adapters.video.pictures import DecodedPicture, EncodedPicture, Picture
from visavis.application.ports.readers import Captured, ReaderState, Source
from visavis.domain.errors import (
    CameraUnreachable,
    FileUnreadable,
    ImageTooLarge,
    ImageUnreadable,
    VideoUnreadable,
)
from visavis.domain.frame import Frame

_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
_MOST_MISSED = 5  #: in a row: who is always too slow gets some all the same
_UNREADABLE = (FileUnreadable, VideoUnreadable, ImageTooLarge, ImageUnreadable)


class Recording(Protocol):
    """Pictures with their times from the beginning, seconds."""

    def __call__(self, rate: float) -> Iterator[tuple[float, Picture]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """Implements `Recording`."""

    path: Path
    files: VideoFiles

    def __call__(self, rate: float) -> Iterator[tuple[float, Picture]]:
        for at_s, decoded in self.files.due(self.path, rate):
            yield at_s, DecodedPicture(decoded=decoded)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFolder:
    """Implements `Recording`: the picture files of a folder in the order of their names, `rate` a second."""

    path: Path
    max_pixels: int
    max_bytes: int = 64 << 20

    def __call__(self, rate: float) -> Iterator[tuple[float, Picture]]:
        if not self.path.is_dir():
            raise FileUnreadable("There is no such folder.")
        files = sorted(path for path in self.path.iterdir() if path.suffix.lower() in _ENDINGS)
        if not files:
            raise FileUnreadable("There are no pictures in the folder.")
        for number, file in enumerate(files):
            with file.open("rb") as opened:
                content = opened.read(self.max_bytes)
            yield number / rate, EncodedPicture(content=content, max_pixels=self.max_pixels)


@dataclass(slots=True, eq=False)
class RecordedReader:
    """Implements `Reader`. What somebody is too slow for is left out, if it is `paced`."""

    source: Source
    recording: Recording
    ticks: Callable[[], float] = time.monotonic
    _missed: int = 0
    _closed: threading.Event = field(default_factory=threading.Event)
    _state: ReaderState = field(default_factory=ReaderState)

    @property
    def state(self) -> ReaderState:
        return self._state

    def close(self) -> None:
        self._closed.set()

    def frames(self) -> Iterator[Captured]:
        start = self.source.started_at or datetime.now(UTC)
        began, base_s, again = self.ticks(), 0.0, False
        while not self._closed.is_set():
            last_s, first = base_s, True
            for at_s, picture in self._pictures():
                last_s = base_s + at_s
                if not self._in_time(began + last_s):
                    continue
                if self._closed.is_set():
                    break
                captured = self._captured(picture, start, last_s, restarted=first and again)
                if captured is not None:
                    first = False
                    yield captured
            if not self.source.repeat:
                break
            base_s, again = last_s + 1.0 / self.source.rate, True
        self._state = replace(self._state, connected=False)

    def _pictures(self) -> Iterator[tuple[float, Picture]]:
        try:
            yield from self.recording(self.source.rate)
        except _UNREADABLE as error:
            self._state = replace(self._state, connected=False, problem=error.message)
            raise CameraUnreachable(error.message, hint=error.advice) from None
        except OSError as error:
            words = error.strerror or "it cannot be read"
            raise CameraUnreachable(f"A file cannot be read: {words}.") from None

    def _in_time(self, due: float) -> bool:
        """Waits until then; false if the next one is due already."""
        if not self.source.paced:
            return True
        ahead = due - self.ticks()
        if ahead < -1.0 / self.source.rate and self._missed < _MOST_MISSED:
            self._missed += 1
            self._state = replace(self._state, dropped=self._state.dropped + 1)
            return False
        self._missed = 0
        self._closed.wait(max(ahead, 0.0))
        return True

    def _captured(
        self, picture: Picture, start: datetime, at_s: float, *, restarted: bool
    ) -> Captured | None:
        """`None` if the picture cannot be decoded."""
        try:
            seen = picture.pixels(self.source.max_side_px)
        except (ImageUnreadable, ImageTooLarge) as error:
            self._state = replace(self._state, problem=error.message)
            return None
        at = start + timedelta(seconds=at_s)
        frame = Frame(pixels=seen.pixels, original=seen.original, source=self.source.name, captured_at=at)
        self._state = replace(
            self._state,
            connected=True,
            frames=self._state.frames + 1,
            last_frame_at=at,
            problem="",
            width_px=seen.original.width,
            height_px=seen.original.height,
        )
        return Captured(frame=frame, at_s=at_s, restarted=restarted)

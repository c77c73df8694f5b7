"""Live sources: a thread reads without pause and keeps the newest picture; who looks is never behind."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from visavis.adapters.video.clock import SourceClock, Stamp
from visavis.adapters.video.newest import Newest
from visavis.adapters.video.pictures import Picture
from visavis.application.ports.readers import Captured, ReaderState, Source
from visavis.domain.errors import CameraUnreachable, ImageTooLarge, ImageUnreadable
from visavis.domain.frame import Frame

LATE_S = 1.0
"""From then on a decoder leaves pictures out until it has caught up."""
_PAUSES_S = (0.1, 0.25, 0.5, 1.0)  #: before the first, second, … try to connect again; the last one for ever
_HELD_S = 1.0  #: a connection that lasted so long was one: the next tries are quick again
_JOIN_S = 1.0
_SLACK = 0.3  #: of the time between two frames that are due: pictures come unevenly


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrival:
    """A picture that has just come in. `picture` decodes it, if that is still to be done; `None` if it cannot be."""

    picture: Callable[[], Picture | None]
    shown_s: float | None = None  #: on the clock of the stream
    told: datetime | None = None  #: when it was taken, if the source says so


Late = Callable[[], bool]


class Connect(Protocol):
    """Opens a source; `late` says whether the reader is behind. The iterator ends when the source does.

    Entering it and the iterator raise `CameraUnreachable`, whose message tells neither address nor password.
    """

    def __call__(self, late: Late) -> AbstractContextManager[Iterator[Arrival]]: ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Taken:
    picture: Picture
    stamp: Stamp
    interruptions: int  #: before it


@dataclass(slots=True, eq=False)
class LiveReader:
    """Implements `Reader` for whatever can be connected to. `check` raises `CameraUnreachable` for what never can."""

    source: Source
    connect: Connect
    check: Callable[[], None]
    clock: SourceClock = field(default_factory=SourceClock)
    pauses_s: tuple[float, ...] = _PAUSES_S
    _newest: Newest[_Taken] = field(default_factory=Newest)
    _closed: threading.Event = field(default_factory=threading.Event)
    _state: ReaderState = field(default_factory=ReaderState)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _late_s: float = 0.0
    _due_s: float = 0.0
    _thread: threading.Thread | None = None

    @property
    def state(self) -> ReaderState:
        with self._lock:
            return replace(self._state, dropped=self._newest.dropped)

    def close(self) -> None:
        self._closed.set()
        self._newest.end()

    def frames(self) -> Iterator[Captured]:
        self.check()
        self._thread = threading.Thread(target=self._read, name="visavis-camera", daemon=True)
        self._thread.start()
        interruptions = 0
        try:
            while (taken := self._newest.take()) is not None:
                captured = self._captured(taken, restarted=taken.interruptions > interruptions)
                if captured is not None:
                    interruptions = taken.interruptions
                    yield captured
        finally:
            self.close()
            self._thread.join(_JOIN_S)  # one that hangs ends at its time-out
        if not self._closed.is_set():
            raise CameraUnreachable("The reader has failed.")

    def _captured(self, taken: _Taken, *, restarted: bool) -> Captured | None:
        """`None` if the picture turns out to be none."""
        try:
            seen = taken.picture.pixels(self.source.max_side_px)
        except (ImageUnreadable, ImageTooLarge) as error:
            self._note(problem=error.message)
            return None
        at = taken.stamp.captured_at
        frame = Frame(pixels=seen.pixels, original=seen.original, source=self.source.name, captured_at=at)
        with self._lock:
            self._state = replace(
                self._state,
                frames=self._state.frames + 1,
                last_frame_at=at,
                problem="",
                width_px=seen.original.width,
                height_px=seen.original.height,
            )
        return Captured(frame=frame, at_s=taken.stamp.at_s, restarted=restarted)

    def _read(self) -> None:
        """The thread: connects, again and again."""
        tries = 0
        try:
            while not self._closed.is_set():
                began, problem = time.monotonic(), "The stream has ended."
                try:
                    self._read_once()
                except CameraUnreachable as error:
                    problem = error.message
                if self._closed.is_set():
                    break
                held = self.state.connected and time.monotonic() - began >= _HELD_S
                tries = 0 if held else tries + 1
                self._interrupted(problem)
                self._closed.wait(self.pauses_s[min(tries, len(self.pauses_s) - 1)])
        finally:
            self._newest.end()

    def _read_once(self) -> None:
        self.clock.begin()
        self._late_s = 0.0
        with self.connect(lambda: self._late_s > LATE_S) as arrivals:
            for arrival in arrivals:
                if self._closed.is_set():
                    return
                self._offer(arrival)

    def _offer(self, arrival: Arrival) -> None:
        stamp = self.clock.stamp(arrival.shown_s, arrival.told)
        self._late_s = stamp.late_s
        if stamp.at_s < self._due_s - _SLACK / self.source.rate:
            return
        picture = arrival.picture()
        if picture is None:
            return
        self._due_s = max(self._due_s + 1.0 / self.source.rate, stamp.at_s)
        if not self.state.connected:
            self._note(connected=True)
        self._newest.put(_Taken(picture=picture, stamp=stamp, interruptions=self.state.interruptions))

    def _interrupted(self, problem: str) -> None:
        was = self.state.connected
        with self._lock:
            self._state = replace(
                self._state,
                connected=False,
                interruptions=self._state.interruptions + was,
                problem=problem,
            )

    def _note(self, *, problem: str = "", connected: bool | None = None) -> None:
        with self._lock:
            now = self._state.connected if connected is None else connected
            self._state = replace(self._state, problem=problem, connected=now)

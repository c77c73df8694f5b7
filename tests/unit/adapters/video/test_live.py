"""Readers of live sources, on connections that are played."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pytest

pytest.importorskip("av", reason="needs the extra visavis[video]")

from visavis.adapters.video.clock import SourceClock
from visavis.adapters.video.live import Arrival, Late, LiveReader
from visavis.adapters.video.pictures import ArrayPicture, EncodedPicture, Picture
from visavis.adapters.video.sources import VideoReaders
from visavis.application.ports.readers import Source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable

ADDRESS = "rtsp://someone:hidden-word@camera.example/stream"


def nothing() -> None:
    """The address is good."""


def picture(value: int) -> Picture:
    return ArrayPicture(array=np.full((20, 40, 3), value, np.uint8))


def arrival(shown_s: float, made: list[float] | None = None) -> Arrival:
    def decode() -> Picture:
        if made is not None:
            made.append(shown_s)
        return picture(int(shown_s * 10) % 250)

    return Arrival(picture=decode, shown_s=shown_s)


@dataclass
class Played:
    """Each connection gives its arrivals and ends; after the last one there is no more."""

    connections: Sequence[Sequence[Arrival] | CameraUnreachable]
    step: Callable[[Arrival], None] = lambda _: None
    opened: int = 0
    now_s: float = 0.0  #: pictures arrive when they are taken
    finished: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def __call__(self, late: Late) -> Iterator[Iterator[Arrival]]:
        number, self.opened = self.opened, self.opened + 1
        if number >= len(self.connections):
            self.finished.set()
            raise CameraUnreachable("Gone.")
        now = self.connections[number]
        if isinstance(now, CameraUnreachable):
            raise now
        yield self._each(now, 100.0 * number)

    def _each(self, arrivals: Sequence[Arrival], began_s: float) -> Iterator[Arrival]:
        for one in arrivals:
            self.now_s = began_s + (one.shown_s or 0.0)
            self.step(one)
            yield one


def reader(played: Played, rate: float = 10.0, max_side_px: int = 1280) -> LiveReader:
    source = Source(name="door", kind=ReaderKind.RTSP, address=ADDRESS, rate=rate, max_side_px=max_side_px)
    clock = SourceClock(ticks=lambda: played.now_s)
    return LiveReader(source=source, connect=played, check=nothing, clock=clock, pauses_s=(0.001,))


def test_who_is_slow_gets_the_newest_and_the_rest_is_counted() -> None:
    looked = threading.Event()

    def after_the_first_look(one: Arrival) -> None:
        if one.shown_s:
            looked.wait(10)

    played = Played([[arrival(number / 10) for number in range(20)]], step=after_the_first_look)
    live = reader(played)
    frames = live.frames()
    first = next(frames)
    looked.set()
    played.finished.wait(10)
    assert live.state.frames == 1
    second = next(frames)
    assert second.at_s == pytest.approx(1.9, abs=0.05)
    assert live.state.dropped + live.state.frames == 20
    assert first.frame.source == "door"
    live.close()
    assert list(frames) == []


def test_pictures_that_are_not_due_are_not_decoded() -> None:
    made: list[float] = []
    played = Played([[arrival(number / 50, made) for number in range(101)]])
    live = reader(played, rate=5.0)
    frames = live.frames()
    next(frames)
    played.finished.wait(10)
    live.close()
    assert len(made) == pytest.approx(11, abs=1)


def test_after_an_interruption_it_goes_on_and_says_so() -> None:
    taken = threading.Semaphore(1)

    def each_is_taken(one: Arrival) -> None:
        taken.acquire(timeout=10)

    played = Played(
        [
            [arrival(0.0), arrival(1.0)],
            CameraUnreachable("No route."),
            [arrival(0.0), arrival(1.0)],
        ],
        step=each_is_taken,
    )
    live = reader(played)
    frames = live.frames()
    found = []
    for _ in range(4):
        found.append(next(frames))
        taken.release()
    assert [one.restarted for one in found] == [False, False, True, False]
    times = [one.at_s for one in found]
    assert times == sorted(times)
    assert live.state.interruptions >= 1
    live.close()


def test_an_interruption_is_told_also_by_who_missed_the_first_frame_after_it() -> None:
    looked = threading.Event()

    def after_the_first_look(one: Arrival) -> None:
        if one.shown_s:
            looked.wait(10)

    played = Played([[arrival(0.0), arrival(1.0)], [arrival(0.0), arrival(1.0)]], step=after_the_first_look)
    live = reader(played)
    frames = live.frames()
    first = next(frames)
    looked.set()
    assert played.finished.wait(10)
    last = next(frames)
    assert (first.restarted, last.restarted) == (False, True)
    assert last.at_s == pytest.approx(101.0)
    live.close()


def test_a_source_that_is_not_there_is_tried_for_ever_and_no_address_is_told() -> None:
    played = Played([CameraUnreachable("No route.")] * 50)
    live = reader(played)
    ended = threading.Thread(target=lambda: list(live.frames()))
    ended.start()
    assert played.finished.wait(20)
    assert live.state.problem
    assert not live.state.connected
    assert live.state.interruptions == 0
    assert "hidden" not in repr(live.state)
    live.close()
    ended.join(10)
    assert not ended.is_alive()


def test_frames_are_reduced_but_know_their_size() -> None:
    played = Played([[arrival(0.0)]])
    live = reader(played, max_side_px=20)
    captured = next(live.frames())
    assert captured.frame.pixels.shape == (10, 20, 3)
    assert (captured.frame.original.width, captured.frame.original.height) == (40, 20)
    assert captured.frame.captured_at is not None
    assert abs((captured.frame.captured_at - datetime.now(UTC)).total_seconds()) < 60
    assert (live.state.width_px, live.state.height_px) == (40, 20)
    live.close()


def test_a_broken_picture_is_left_out() -> None:
    broken = Arrival(
        picture=lambda: EncodedPicture(content=b"\xff\xd8 no picture", max_pixels=10**6), shown_s=0.0
    )
    live = reader(Played([[broken, arrival(1.0)]]))
    captured = next(live.frames())
    assert captured.frame.pixels.shape == (20, 40, 3)
    live.close()


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        (ReaderKind.RTSP, "/etc/passwd"),
        (ReaderKind.RTSP, "file:///etc/passwd"),
        (ReaderKind.RTSP, "http://camera.example/x"),
        (ReaderKind.RTSP, "rtsp://"),
        (ReaderKind.RTSP, "rtsp://camera.example/a b"),
        (ReaderKind.RTSP, "rtsp://camera.example:port/"),
        (ReaderKind.MJPEG, "file:///etc/passwd"),
        (ReaderKind.MJPEG, "rtsp://camera.example/"),
        (ReaderKind.USB, "/etc/passwd"),
        (ReaderKind.USB, "/dev/../etc/passwd"),
        (ReaderKind.USB, "987"),
        (ReaderKind.USB, "/dev"),
        (ReaderKind.FILE, "/no/such/file.mp4"),
        (ReaderKind.FOLDER, "/no/such/folder"),
    ],
)
def test_what_can_never_work_is_said_at_once(kind: ReaderKind, address: str) -> None:
    readers = VideoReaders()
    with pytest.raises(CameraUnreachable) as refused:
        list(readers.open(Source(name="x", kind=kind, address=address)).frames())
    assert address not in str(refused.value)

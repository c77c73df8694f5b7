"""A USB camera that is not there, is taken, is pulled out: what a machine without one can try of it.

What FFmpeg says of a device is played: the errors are those that v4l2 gives, the pictures are real ones of PyAV.
"""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

pytest.importorskip("av", reason="needs the extra visavis[video]")

import av

from visavis.adapters.video.clock import SourceClock
from visavis.adapters.video.devices import DeviceConnection
from visavis.adapters.video.live import LiveReader
from visavis.adapters.video.streams import StreamConnection, device
from visavis.application.ports.readers import Source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable

PATH = "/dev/video7"


def failing(number: int) -> Exception:
    """As PyAV raises it: its errors are those of the system, with the address in them."""
    kind = cast("type[Exception]", av.error.classes.get(number, OSError))
    return kind(number, os.strerror(number), PATH)


@dataclass
class Packet:
    pts: int
    value: int
    size: int = 100
    time_base: Fraction = Fraction(1, 10)
    is_keyframe: bool = True

    def decode(self) -> list[object]:
        return [av.VideoFrame.from_ndarray(np.full((48, 64, 3), self.value, np.uint8), format="bgr24")]

    def has_sidedata(self, _name: str) -> bool:
        return False


@dataclass
class Container:
    """What `av.open` gives: packets, then an error, or the end."""

    packets: Sequence[Packet]
    error: Exception | None = None
    closed: bool = False
    streams: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            video=[
                SimpleNamespace(
                    width=64,
                    height=48,
                    codec_context=SimpleNamespace(name="mjpeg", options={}, thread_type=""),
                )
            ]
        )
    )

    def demux(self, _stream: object) -> Iterator[Packet]:
        yield from self.packets
        if self.error is not None:
            raise self.error

    def __enter__(self) -> "Container":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


@dataclass
class Machine:
    """Answers each opening in order; the last answer again and again."""

    answers: Sequence[Container | Exception]
    asked: list[dict[str, str]] = field(default_factory=list)
    formats: set[str | None] = field(default_factory=set)

    def __call__(self, _url: str, *, format: str | None, options: dict[str, str], timeout: object) -> Any:  # noqa: A002
        assert timeout
        self.asked.append(options)
        self.formats.add(format)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer


def connection(machine: Callable[..., Any]) -> StreamConnection:
    return StreamConnection(openings=device(PATH), max_pixels=10_000, opener=machine)


def read(machine: Callable[..., Any]) -> list[int]:
    """The first pixel of every picture."""
    found = []
    with connection(machine)(lambda: False) as arrivals:
        for arrival in arrivals:
            picture = arrival.picture()
            assert picture is not None
            found.append(int(picture.pixels(1280).pixels[0, 0, 0]))
    return found


@pytest.mark.parametrize(
    "number", [errno.ENOENT, errno.ENODEV, errno.EBUSY, errno.EACCES, errno.EIO], ids=errno.errorcode.get
)
def test_a_device_that_cannot_be_opened_is_named_by_its_fault_and_not_by_its_path(number: int) -> None:
    machine = Machine([failing(number)])
    with pytest.raises(CameraUnreachable) as raised:
        read(machine)
    assert raised.value.message == f"{os.strerror(number)}."
    assert PATH not in raised.value.message
    assert len(machine.asked) == 3, "every way was tried"
    assert machine.formats == {"v4l2"}


def test_a_camera_without_jpeg_is_read_in_whatever_it_has() -> None:
    container = Container([Packet(0, 10), Packet(1, 20)])
    machine = Machine([failing(errno.EINVAL), failing(errno.EINVAL), container])
    assert read(machine) == [10, 20]
    assert [one.get("input_format") for one in machine.asked] == ["mjpeg", "mjpeg", None]
    assert container.closed


def test_a_camera_that_is_pulled_out_ends_what_was_read_of_it() -> None:
    container = Container([Packet(0, 10)], failing(errno.ENODEV))
    with pytest.raises(CameraUnreachable, match="No such device"):
        read(Machine([container]))
    assert container.closed


def test_it_is_read_again_when_it_is_back() -> None:
    machine = Machine(
        [
            Container([Packet(0, 10)], failing(errno.ENODEV)),
            *[failing(errno.ENOENT)] * 6,
            failing(errno.EBUSY),
            Container([Packet(0, 20)], failing(errno.ENODEV)),
        ]
    )
    live = LiveReader(
        source=Source(name="desk", kind=ReaderKind.USB, address=PATH, rate=10.0),
        connect=connection(machine),
        check=lambda: None,
        clock=SourceClock(),
        pauses_s=(0.001,),
    )
    found = []
    for captured in live.frames():
        found.append((int(captured.frame.pixels[0, 0, 0]), captured.restarted))
        if captured.restarted:
            live.close()
    assert found[-1] == (20, True)  # whoever is slow sees the newest only
    assert live.state.interruptions >= 1


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (8, 8)])
def test_frames_of_a_wrong_size_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    container = Container([Packet(0, 10)])
    container.streams.video[0].width, container.streams.video[0].height = width, height
    with pytest.raises(CameraUnreachable):
        read(Machine([container]))
    assert container.closed


def test_a_device_without_pictures_is_none() -> None:
    container = Container([])
    container.streams.video = []
    with pytest.raises(CameraUnreachable, match="no pictures"):
        read(Machine([container]))


@dataclass
class Capture:
    """Of OpenCV, where FFmpeg knows no devices."""

    opened: bool
    pictures: int = 0
    released: bool = False

    def isOpened(self) -> bool:  # noqa: N802 (the library's name)
        return self.opened

    def grab(self) -> bool:
        self.pictures -= 1
        return self.pictures >= 0

    def retrieve(self) -> tuple[bool, Any]:
        return True, np.zeros((48, 64, 3), np.uint8)

    def release(self) -> None:
        self.released = True


def test_through_opencv_too() -> None:
    taken, good = Capture(opened=False), Capture(opened=True, pictures=3)
    with (
        pytest.raises(CameraUnreachable, match="cannot be opened"),
        DeviceConnection(number=0, max_pixels=10_000, open=lambda _: cast("Any", taken))(lambda: False),
    ):
        pass
    with DeviceConnection(number=0, max_pixels=10_000, open=lambda _: cast("Any", good))(
        lambda: False
    ) as arrivals:
        assert [one.picture() is not None for one in arrivals] == [True] * 3
    assert (taken.released, good.released) == (True, True)
    small = DeviceConnection(
        number=0, max_pixels=100, open=lambda _: cast("Any", Capture(opened=True, pictures=1))
    )
    with small(lambda: False) as arrivals, pytest.raises(CameraUnreachable, match="more pixels"):
        next(arrivals).picture()

"""Trying a camera."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis.application.ports.readers import Captured, Reader, ReaderState, Source
from visavis.bootstrap.trials import kind_of, save_frame, trial_source, try_source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable, FileUnreadable, ValueInvalid
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size


@dataclass
class Played:
    """Implements `Readers` and `Reader`; without frames it waits until it is closed."""

    count: int
    state: ReaderState = field(default_factory=lambda: ReaderState(problem="No route."))
    closed: threading.Event = field(default_factory=threading.Event)

    def open(self, source: Source) -> Reader:
        return self

    def frames(self) -> Iterator[Captured]:
        for number in range(self.count):
            taken = datetime.now(UTC) - timedelta(seconds=2)
            pixels = np.full((30, 40, 3), number, np.uint8)
            frame = Frame(pixels=pixels, original=Size(width=40, height=30), captured_at=taken)
            yield Captured(frame=frame, at_s=float(number))
        if not self.count:
            self.closed.wait(30)

    def close(self) -> None:
        self.closed.set()


def test_what_came_is_told() -> None:
    camera = Played(5)
    tried = try_source(camera, trial_source(ReaderKind.RTSP, "x"), seconds=60, patience_s=30)
    assert tried.frames == 5
    assert int(tried.last.pixels[0, 0, 0]) == 4
    assert tried.delay_s == pytest.approx(2.0, abs=0.5)
    assert camera.closed.is_set()


def test_it_stops_after_its_time() -> None:
    assert try_source(Played(5), trial_source(ReaderKind.RTSP, "x"), seconds=0, patience_s=30).frames == 1


def test_a_silent_camera_is_given_up_with_its_reason() -> None:
    with pytest.raises(CameraUnreachable, match="No route"):
        try_source(Played(0), trial_source(ReaderKind.RTSP, "x"), seconds=1, patience_s=0.05)


def test_addresses_tell_how_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_text("")
    known = {
        "0": ReaderKind.USB,
        "/dev/video2": ReaderKind.USB,
        "RTSP://host/": ReaderKind.RTSP,
        "rtsps://host/": ReaderKind.RTSP,
        "http://host/x.mjpg": ReaderKind.MJPEG,
        str(tmp_path): ReaderKind.FOLDER,
        str(tmp_path / "a.mp4"): ReaderKind.FILE,
    }
    assert {address: kind_of(address) for address in known} == known
    for address in ("ftp://host/x", str(tmp_path / "none"), "file:///etc/passwd"):
        with pytest.raises(ValueInvalid):
            kind_of(address)


def test_the_test_frame(tmp_path: Path) -> None:
    frame = Frame(pixels=np.full((30, 40, 3), 90, np.uint8), original=Size(width=40, height=30))
    save_frame(frame, tmp_path / "a.png")
    assert cv2.imread(str(tmp_path / "a.png")).shape == (30, 40, 3)
    for bad in (tmp_path / "no" / "a.png", tmp_path / "a.nothing"):
        with pytest.raises(FileUnreadable):
            save_frame(frame, bad)

"""Files and folders read as cameras."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("av", reason="needs the extra visavis[video]")

from tests.videos import brightening
from visavis.adapters.video.devices import DeviceConnection
from visavis.adapters.video.pictures import EncodedPicture, header_size
from visavis.adapters.video.sources import VideoReaders
from visavis.application.ports.readers import Source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable, ImageTooLarge, ImageUnreadable

BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)


def folder_of(path: Path, count: int) -> Path:
    path.mkdir()
    for number in range(count):
        cv2.imwrite(str(path / f"{number}.png"), np.full((48, 64, 3), 20 * number, np.uint8))
    (path / "notes.txt").write_text("no picture")
    return path


def test_a_file_as_fast_as_it_is_taken(tmp_path: Path) -> None:
    path = brightening(tmp_path / "a.mp4", (64, 48))
    reader = VideoReaders().open(
        Source(name="x", kind=ReaderKind.FILE, address=str(path), rate=5, paced=False, started_at=BEGIN)
    )
    found = list(reader.frames())
    assert [one.at_s for one in found] == pytest.approx([0.2 * number for number in range(10)], abs=0.05)
    assert found[5].frame.captured_at == BEGIN + timedelta(seconds=found[5].at_s)
    assert reader.state.frames == 10
    assert (reader.state.width_px, reader.state.height_px) == (64, 48)
    assert not reader.state.connected


def test_a_file_again_and_again(tmp_path: Path) -> None:
    path = brightening(tmp_path / "a.mp4", (64, 48), seconds=1.0)
    reader = VideoReaders().open(
        Source(name="x", kind=ReaderKind.FILE, address=str(path), rate=2, paced=False, repeat=True)
    )
    found = list(itertools.islice(reader.frames(), 6))
    assert [one.restarted for one in found] == [False, False, True, False, True, False]
    assert [one.at_s for one in found] == pytest.approx([0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.05)


def test_in_real_time_who_is_slow_misses_frames(tmp_path: Path) -> None:
    path = brightening(tmp_path / "a.mp4", (64, 48), seconds=3.0)
    reader = VideoReaders().open(
        Source(name="x", kind=ReaderKind.FILE, address=str(path), rate=10, paced=True)
    )
    reader.ticks = itertools.count(0.0, 0.45).__next__  # type: ignore[attr-defined]  # time passes with each look
    found = list(reader.frames())
    assert 0 < len(found) < 20
    assert reader.state.dropped + len(found) == 30


def test_a_folder_in_the_order_of_names(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "pictures", 4)
    (folder / "2.png").write_bytes(b"no picture at all")
    source = Source(
        name="x", kind=ReaderKind.FOLDER, address=str(folder), rate=2, paced=False, max_side_px=32
    )
    found = list(VideoReaders().open(source).frames())
    assert [int(one.frame.pixels.mean()) for one in found] == [0, 20, 60]
    assert [one.at_s for one in found] == [0.0, 0.5, 1.5]
    assert found[0].frame.pixels.shape == (24, 32, 3)


def test_pictures_are_measured_before_they_are_decoded() -> None:
    there, content = cv2.imencode(".jpg", np.full((480, 640, 3), 90, np.uint8))
    assert there
    data = content.tobytes()
    assert (header_size(data).width, header_size(data).height) == (640, 480)
    with pytest.raises(ImageTooLarge):
        EncodedPicture(content=data, max_pixels=1000).pixels(0)
    seen = EncodedPicture(content=data, max_pixels=10**6).pixels(100)
    assert seen.pixels.shape == (75, 100, 3)
    assert seen.original.width == 640
    for bad in (b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x00", data[:30], b"GIF89a"):
        with pytest.raises(ImageUnreadable):
            EncodedPicture(content=bad, max_pixels=10**6).pixels(0)


def test_a_device_through_opencv(tmp_path: Path) -> None:
    """A file in the place of a device: what OpenCV gives is what matters."""
    path = brightening(tmp_path / "a.avi", (64, 48))
    connection = DeviceConnection(number=0, max_pixels=10**6, open=lambda _: cv2.VideoCapture(str(path)))
    with connection(lambda: False) as arrivals:
        found = [arrival.picture() for arrival in arrivals]
    assert len(found) == 20
    assert found[0] is not None
    assert found[0].pixels(32).pixels.shape == (24, 32, 3)
    missing = DeviceConnection(number=0, max_pixels=10, open=lambda _: cv2.VideoCapture("/no/such/file.avi"))
    with pytest.raises(CameraUnreachable), missing(lambda: False):
        pass
    small = DeviceConnection(number=0, max_pixels=10, open=lambda _: cv2.VideoCapture(str(path)))
    with pytest.raises(CameraUnreachable), small(lambda: False) as arrivals:
        next(arrivals).picture()

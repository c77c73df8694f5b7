"""Video files: frames at a rate, and what is not opened."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs the extra visavis[video]")

from visavis.adapters.video.files import VideoFiles  # noqa: E402
from visavis.domain.errors import FileUnreadable, ImageTooLarge, VideoUnreadable  # noqa: E402

FPS = 10


def video(target: Path, size: tuple[int, int], seconds: float = 2.0) -> Path:
    """Each frame is a little brighter than the one before."""
    with av.open(str(target), "w") as container:
        width, height = size
        stream = container.add_stream("mpeg4", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(int(seconds * FPS)):
            pixels = np.full((height, width, 3), 40 + 5 * number, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target


def test_frames_come_at_the_rate_in_order(tmp_path: Path) -> None:
    path = video(tmp_path / "a.mp4", (64, 48))
    assert VideoFiles().duration_s(path) == pytest.approx(2.0)
    frames = list(VideoFiles().frames(path, 5))
    assert [one.at_s for one in frames] == pytest.approx([0.2 * number for number in range(10)], abs=0.05)
    assert frames[0].frame.pixels.shape == (48, 64, 3)
    brightness = [float(one.frame.pixels.mean()) for one in frames]
    assert brightness == sorted(brightness)


def test_no_more_frames_than_there_are(tmp_path: Path) -> None:
    assert len(list(VideoFiles().frames(video(tmp_path / "a.mp4", (64, 48)), 60))) == 20


def test_a_video_that_breaks_off_ends_there(tmp_path: Path) -> None:
    whole = video(tmp_path / "a.ts", (64, 48))
    (tmp_path / "b.ts").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 0 < len(list(VideoFiles().frames(tmp_path / "b.ts", 60))) < 20


def test_large_frames_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageTooLarge):
        list(VideoFiles(max_pixels=1000).frames(video(tmp_path / "a.mp4", (64, 48)), 5))


def test_frames_that_grow_on_the_way_are_never_decoded(tmp_path: Path) -> None:
    small, large = video(tmp_path / "a.ts", (64, 48)), video(tmp_path / "b.ts", (320, 240))
    both = tmp_path / "c.ts"
    both.write_bytes(small.read_bytes() + large.read_bytes())
    assert max(one.frame.pixels.size for one in VideoFiles().frames(both, 60)) == 320 * 240 * 3
    given: list[int] = []
    with contextlib.suppress(ImageTooLarge, VideoUnreadable):  # or it ends there
        given += [one.frame.pixels.size for one in VideoFiles(max_pixels=10_000).frames(both, 60)]
    assert max(given, default=0) <= 64 * 48 * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:{}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", "ffconcat version 1.0\nfile {}\n"),
        ("text.mp4", "this is text"),
        ("empty.mp4", ""),
    ],
)
def test_what_is_no_video_opens_nothing(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text.format(video(tmp_path / "a.ts", (64, 48))))
    with pytest.raises(VideoUnreadable):
        list(VideoFiles().frames(path, 5))


def test_there_must_be_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        VideoFiles().duration_s(tmp_path / "none.mp4")

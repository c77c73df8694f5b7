"""Video files through FFmpeg's libraries (PyAV)."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame as Decoded
from av.video.stream import VideoStream

from visavis.application.ports.frames import VideoFrame
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import FileUnreadable, ImageTooLarge, VideoUnreadable
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size

_LEAST_SIDE = 16
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mjpeg,h264,hevc,m4v,mxf,dv,gif"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFiles:
    """Implements `Video`. Frames larger than `max_pixels` are refused before memory is spent on them.

    Only the file itself is opened, by the readers of containers: no playlist can make it read, or fetch, another.
    """

    max_pixels: int = 64_000_000

    def duration_s(self, path: Path) -> float | None:
        with self._opened(path) as (container, stream):
            if stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base)
            return container.duration / av.time_base if container.duration else None

    def frames(self, path: Path, rate: float) -> Iterator[VideoFrame]:
        for at_s, decoded in self.due(path, rate):
            yield VideoFrame(frame=_upright(decoded), at_s=at_s)

    def due(self, path: Path, rate: float) -> Iterator[tuple[float, Decoded]]:
        """At most `rate` frames per second, as the decoder gives them: they cost little until somebody wants them."""
        with self._opened(path) as (container, stream):
            first = due = -math.inf
            for decoded in _decoded(container, stream):
                if decoded.width * decoded.height > self.max_pixels:  # they may change on the way
                    raise ImageTooLarge(f"{path.name} has frames of {decoded.width}×{decoded.height} pixels.")
                if decoded.pts is None:
                    continue
                shown = decoded.time
                if first == -math.inf:
                    first = due = shown
                if shown < due - 1e-6:
                    continue
                due = max(due + 1.0 / rate, shown)
                yield shown - first, decoded

    def frame_at(self, path: Path, at_s: float) -> ImageBGR | None:
        """The first frame that is shown at `at_s` seconds after the first one, or later; `None` beyond the end."""
        with self._opened(path) as (container, stream):
            base = stream.time_base
            if base is None:
                return None
            first = (stream.start_time or 0) * base
            container.seek(max(int((float(first) + at_s) / base), 0), stream=stream, backward=True)
            for decoded in _decoded(container, stream):
                if decoded.pts is not None and decoded.time - float(first) >= at_s - 1e-3:
                    return _upright(decoded).pixels
        return None

    @contextmanager
    def _opened(self, path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
        if not path.is_file():
            raise FileUnreadable(f"There is no file {path.name}.")
        try:
            container = av.open(
                f"file:{path}", options={"protocol_whitelist": "file", "format_whitelist": _FORMATS}
            )
        except (FFmpegError, OSError, ValueError) as error:
            raise VideoUnreadable(f"{path.name} cannot be read as a video.") from error
        with container:
            if not container.streams.video:
                raise VideoUnreadable(f"{path.name} has no pictures.")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(self.max_pixels)}
            if stream.width * stream.height > self.max_pixels:
                raise ImageTooLarge(f"The frames of {path.name} have {stream.width}×{stream.height} pixels.")
            if min(stream.width, stream.height) < _LEAST_SIDE:
                raise VideoUnreadable(f"{path.name} has no pictures that could show a face.")
            yield container, stream


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[Decoded]:
    """Until the end or until it breaks off; raises `VideoUnreadable` if there is nothing at all."""
    any_yet = False
    try:
        for decoded in container.decode(stream):
            any_yet = True
            yield decoded
    except FFmpegError as error:
        if not any_yet:
            raise VideoUnreadable("The video cannot be decoded.") from error


def _upright(decoded: Decoded) -> Frame:
    """Turned as the file says that it is to be shown, which telephones write."""
    pixels = np.asarray(decoded.to_ndarray(format="bgr24"), np.uint8)
    pixels = np.ascontiguousarray(np.rot90(pixels, round(decoded.rotation / 90) % 4))
    height, width = pixels.shape[:2]
    return Frame(pixels=pixels, original=Size(width=width, height=height))

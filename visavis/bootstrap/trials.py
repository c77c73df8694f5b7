"""Trying a camera before it is relied on."""

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2

from visavis.application.ports.readers import Captured, Reader, Readers, Source
from visavis.domain.camera import ReaderKind
from visavis.domain.errors import CameraUnreachable, FileUnreadable, ValueInvalid
from visavis.domain.frame import Frame

_MOST_RATE = 60.0
_STEP_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """What came in the time: the last frame, and how the source behaved. `delay_s` is how old frames were."""

    last: Frame
    first_frame_s: float
    seconds: float
    frames: int
    interruptions: int
    delay_s: float

    @property
    def rate(self) -> float:
        """Frames per second."""
        return (self.frames - 1) / self.seconds if self.frames > 1 and self.seconds > 0 else 0.0


def kind_of(address: str) -> ReaderKind:
    """By the look of an address. Raises `ValueInvalid` if it looks like none."""
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme in {"rtsp", "rtsps"}:
        return ReaderKind.RTSP
    if scheme in {"http", "https"}:
        return ReaderKind.MJPEG
    if not scheme and (address.isdigit() or address.startswith("/dev/")):
        return ReaderKind.USB
    if not scheme and Path(address).is_dir():
        return ReaderKind.FOLDER
    if not scheme and Path(address).is_file():
        return ReaderKind.FILE
    raise ValueInvalid(
        "This is neither a device nor an address, a file or a folder.",
        hint="For example: 0, /dev/video0, rtsp://…, http://…, a video file, a folder of pictures.",
    )


def try_source(
    readers: Readers, source: Source, *, seconds: float, patience_s: float, grace_s: float | None = None
) -> Trial:
    """Reads for so long after the first frame. Raises `CameraUnreachable` if none comes within `patience_s`, or the
    source has a problem after `grace_s`."""
    reader = readers.open(source)
    began = time.monotonic()
    with _closed_after(reader, patience_s, grace_s) as watch:
        first: float | None = None
        delays: list[float] = []
        last: Captured | None = None
        for captured in reader.frames():
            now = time.monotonic()
            if first is None:
                first = now
                watch.set()
            last = captured
            if captured.frame.captured_at:
                delays.append((datetime.now(UTC) - captured.frame.captured_at).total_seconds())
            if now - first >= seconds:
                break
    state = reader.state
    if last is None or first is None:
        raise CameraUnreachable(state.problem or "No frame came in time.")
    return Trial(
        last=last.frame,
        first_frame_s=first - began,
        seconds=now - first,
        frames=len(delays),
        interruptions=state.interruptions,
        delay_s=statistics.median(delays),
    )


def trial_source(kind: ReaderKind, address: str, *, pinned_to: str | None = None) -> Source:
    """At full rate and full size."""
    return Source(
        name="trial",
        kind=kind,
        address=address,
        rate=_MOST_RATE,
        max_side_px=100_000,
        pinned_to=pinned_to,
    )


def save_frame(frame: Frame, path: Path) -> None:
    """Raises `FileUnreadable` if that is impossible."""
    try:
        there, content = cv2.imencode(path.suffix or ".jpg", frame.pixels)
        if there:
            path.write_bytes(content.tobytes())
    except (cv2.error, OSError) as error:
        raise FileUnreadable(
            f"{path} cannot be written.", hint="Name a file that ends with .jpg or .png."
        ) from error


@contextmanager
def _closed_after(reader: Reader, patience_s: float, grace_s: float | None) -> Iterator[threading.Event]:
    """Unless somebody sets the event; sooner if there is a problem after `grace_s`."""
    found = threading.Event()

    def wait() -> None:
        began = time.monotonic()
        while not found.wait(_STEP_S):
            waited_s = time.monotonic() - began
            hopeless = grace_s is not None and waited_s > grace_s and reader.state.problem
            if waited_s > patience_s or hopeless:
                reader.close()
                return

    threading.Thread(target=wait, name="trial", daemon=True).start()
    try:
        yield found
    finally:
        found.set()
        reader.close()

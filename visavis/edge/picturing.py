"""Small pictures for people who watch, where the configuration says so: now and then, the newest only, never stored.

What cannot be sent now is not sent at all: a picture of a minute ago shows nobody what is going on.
"""

import base64
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Protocol

import cv2
import numpy as np

from visavis.application.ports.readers import Captured
from visavis.domain.arrays import ImageBGR
from visavis.domain.camera_picture import MOST_BYTES, MOST_HEIGHT_PX, MOST_WIDTH_PX
from visavis.domain.errors import VisavisError
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.engine.analyse import Analyser
from visavis.engine.photo import FramePhoto
from visavis.vision.concealing import concealed
from visavis.vision.jpeg import jpeg
from visavis.wire.edge import CameraConfig, Snapshots
from visavis.wire.v1.camera_pictures import SnapshotReport

logger = logging.getLogger(__name__)

_QUALITIES: Final = (75, 50, 25)
_DOUBTFUL: Final = 0.5  #: a detection score from which on something is concealed: rather a lamp than no face
_LEAST_PX: Final = 20  #: smaller faces are nobody in a picture of 640 pixels


class PictureServer(Protocol):
    """Raises `VisavisError`."""

    def picture(self, camera: str, report: SnapshotReport) -> None: ...


@dataclass(slots=True, eq=False)
class Pictures:
    """Hands pictures to the server on a thread of its own; of each camera the newest only."""

    server: PictureServer
    _waiting: dict[str, SnapshotReport] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _problem: str = ""

    def show(self, camera: str, report: SnapshotReport) -> None:
        with self._lock:
            self._waiting[camera] = report
        self._wake.set()

    def run(self) -> None:
        """Until `stop`."""
        while not self._stopping.is_set():
            self._wake.wait()
            self._wake.clear()
            self.round()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def round(self) -> None:
        """Everything that waits, once."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for camera, report in waiting.items():
            if self._stopping.is_set():
                return
            try:
                self.server.picture(camera, report)
            except VisavisError as error:
                self._note(error.code)
            else:
                self._note("")

    def _note(self, problem: str) -> None:
        if problem and problem != self._problem:
            logger.warning("the server does not take pictures", extra={"code": problem})
        self._problem = problem


@dataclass(slots=True, kw_only=True, eq=False)
class Picturing:
    """Of one camera, in its thread. `conceal` finds what is to be made unrecognisable; `None` where nothing is."""

    camera: CameraConfig
    show: Callable[[str, SnapshotReport], None]
    conceal: Callable[[Frame], Sequence[Box]] | None
    gallery: str | None = None
    _last_s: float = -1e9

    def see(self, captured: Captured, faces: Sequence[Box]) -> None:
        """`faces` are those that are followed, in pixels of the original. Raises what detection raises."""
        due_s = self._last_s + self.camera.snapshot_every_s
        if not captured.restarted and self._last_s <= captured.at_s < due_s:
            return
        self._last_s = captured.at_s
        frame = captured.frame
        pixels = frame.pixels
        if self.conceal is not None:
            boxes = [*self.conceal(frame), *faces]
            pixels = concealed(pixels, [_reduced(box, frame.reduction) for box in boxes])
        content = _small(pixels)
        if content is not None:
            report = SnapshotReport(
                content=base64.b64encode(content).decode(),
                at=frame.captured_at or datetime.now(UTC),
                blurred=self.conceal is not None,
                gallery=self.gallery,
            )
            self.show(self.camera.id, report)


def picturing(
    camera: CameraConfig, gallery: str, analyser: Analyser, show: Callable[[str, SnapshotReport], None]
) -> Picturing | None:
    """`None` where the configuration allows no pictures."""
    if camera.snapshots is Snapshots.OFF:
        return None
    plan = replace(
        analyser.plan,
        min_score=min(_DOUBTFUL, analyser.plan.min_score),
        min_face_px=_LEAST_PX,
        max_side_px=camera.max_side_px,
        retry_rotated=False,
    )

    def found(frame: Frame) -> list[Box]:
        return [face.box for face in analyser.faces(FramePhoto(frame=frame), plan=plan)]

    return Picturing(
        camera=camera,
        show=show,
        conceal=found if camera.snapshots is Snapshots.BLURRED else None,
        gallery=gallery,
    )


def _reduced(box: Box, times: float) -> Box:
    return Box(left=box.left / times, top=box.top / times, right=box.right / times, bottom=box.bottom / times)


def _small(pixels: ImageBGR) -> bytes | None:
    """A JPEG file within the bounds of the server; `None` if there is none."""
    height, width = pixels.shape[:2]
    share = min(MOST_WIDTH_PX / width, MOST_HEIGHT_PX / height, 1.0)
    size = max(round(width * share), 1), max(round(height * share), 1)
    smaller = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    files = (jpeg(smaller, quality) for quality in _QUALITIES)
    return next((file for file in files if len(file) <= MOST_BYTES), None)

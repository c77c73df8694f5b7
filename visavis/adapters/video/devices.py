"""Cameras that hang on the machine itself, where FFmpeg has no reader for them: through OpenCV."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np

from visavis.adapters.video.live import Arrival, Late
from visavis.adapters.video.pictures import ArrayPicture, Picture
from visavis.domain.errors import CameraUnreachable


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConnection:
    """Implements `Connect`."""

    number: int
    max_pixels: int
    open: Callable[[int], cv2.VideoCapture] = cv2.VideoCapture

    @contextmanager
    def __call__(self, late: Late) -> Iterator[Iterator[Arrival]]:
        del late  # the driver keeps no more than a few frames
        capture = self.open(self.number)
        try:
            if not capture.isOpened():
                raise CameraUnreachable("The device cannot be opened.")
            yield self._arrivals(capture)
        finally:
            capture.release()

    def _arrivals(self, capture: cv2.VideoCapture) -> Iterator[Arrival]:
        def picture() -> Picture | None:
            there, pixels = capture.retrieve()
            if not there:
                return None
            if pixels.shape[0] * pixels.shape[1] > self.max_pixels:
                raise CameraUnreachable("Its frames have more pixels than allowed.")
            return ArrayPicture(array=np.ascontiguousarray(pixels, np.uint8))

        while capture.grab():
            yield Arrival(picture=picture)

"""Pixels as a small file."""

import cv2

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid


def jpeg(pixels: ImageBGR, quality: int = 95) -> bytes:
    """A JPEG file of the picture; `quality` 1..100. Raises `ValueInvalid`."""
    done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueInvalid("These pixels cannot be written as JPEG.")
    return encoded.tobytes()

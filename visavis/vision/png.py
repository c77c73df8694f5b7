"""Pixels as a file without loss."""

import cv2

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ValueInvalid


def png(pixels: ImageBGR) -> bytes:
    """A PNG file of the picture. Raises `ValueInvalid`."""
    done, encoded = cv2.imencode(".png", pixels)
    if not done:
        raise ValueInvalid("These pixels cannot be written as PNG.")
    return encoded.tobytes()

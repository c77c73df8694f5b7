"""Faces made unrecognisable in a picture that people may look at."""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from visavis.domain.arrays import ImageBGR
from visavis.domain.geometry import Box

_AROUND: Final = 0.35  #: of its width and height, on each side: hair and ears tell, too
_TILES: Final = 5  #: a head is that many colours across


def concealed(pixels: ImageBGR, boxes: Sequence[Box]) -> ImageBGR:
    """A copy in which each box, in pixels of the picture, with a margin is a mosaic of 5×5 colours.

    A mosaic of so few tiles leaves no detail from which a face could be restored, which a soft blur may.
    """
    shown = pixels.copy()
    height, width = shown.shape[:2]
    for box in boxes:
        across, down = _AROUND * box.width, _AROUND * box.height
        left, top = max(int(box.left - across), 0), max(int(box.top - down), 0)
        right, bottom = min(int(box.right + across) + 1, width), min(int(box.bottom + down) + 1, height)
        if right > left and bottom > top:
            part = cv2.resize(shown[top:bottom, left:right], (_TILES, _TILES), interpolation=cv2.INTER_AREA)
            size = (right - left, bottom - top)
            shown[top:bottom, left:right] = cv2.resize(part, size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(shown, np.uint8)

"""From five landmarks to an aligned chip."""

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from visavis.domain.arrays import Affine, Chip, ImageBGR, Points
from visavis.vision.blocks import averaged

_SMALL_PX = 120_000  # up to this size a copy with a fourth channel costs less than it saves


def similarity(source: Points, target: Iterable[Sequence[float]]) -> Affine:
    """The rotation, uniform scale and shift that best maps `source` to `target` (both (n, 2), least squares).

    Closed form for two dimensions with points as complex numbers; without reflection. S. Umeyama, "Least-squares
    estimation of transformation parameters between two point patterns", IEEE TPAMI 13(4), 1991.
    """
    here = [
        complex(x, y) for x, y in source.tolist()
    ]  # five points: numpy's calls would cost ten times as much
    there = [complex(x, y) for x, y in target]
    here_mean, there_mean = sum(here) / len(here), sum(there) / len(there)
    centred = [point - here_mean for point in here]
    spread = sum(abs(point) ** 2 for point in centred)
    product = sum(a.conjugate() * (b - there_mean) for a, b in zip(centred, there, strict=True))
    turn = product / spread if spread > 0 else 1.0 + 0j
    shift = there_mean - turn * here_mean
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def scale_of(transform: Affine) -> float:
    """Chip pixels per image pixel."""
    return math.hypot(transform[0, 0], transform[1, 0])


def aligned_chip(image: ImageBGR, transform: Affine, side: int) -> Chip:
    """The (side, side, 3) chip that `transform` cuts out of the image; black beyond the border.

    Faces more than twice as large as the chip are averaged down first, because bilinear sampling alone would
    alias them.
    """
    shrink = int(0.5 / scale_of(transform))
    if shrink >= 2:
        image, transform = _shrunk(image, transform, side, shrink)
    if image.shape[0] * image.shape[1] <= _SMALL_PX:
        fourth = cv2.cvtColor(
            image, cv2.COLOR_BGR2BGRA
        )  # OpenCV has vector code for four channels, not for three
        chip = cv2.warpAffine(fourth, transform, (side, side), flags=cv2.INTER_LINEAR)
        chip = cv2.cvtColor(chip, cv2.COLOR_BGRA2BGR)
    else:
        chip = cv2.warpAffine(image, transform, (side, side), flags=cv2.INTER_LINEAR)
    return chip.astype(np.uint8, copy=False)


def _shrunk(image: ImageBGR, transform: Affine, side: int, shrink: int) -> tuple[ImageBGR, Affine]:
    """The part of the image that the chip covers, averaged over blocks of shrink × shrink px."""
    back = cv2.invertAffineTransform(transform)
    corners = np.array([[0, 0], [side, 0], [0, side], [side, side]], dtype=np.float64)
    reach = corners @ back[:, :2].T + back[:, 2]
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(reach.min(axis=0)).astype(int) - shrink, 0, [width - 1, height - 1])
    right, bottom = np.clip(
        np.ceil(reach.max(axis=0)).astype(int) + shrink, [left + 1, top + 1], [width, height]
    )
    size = (max((right - left) // shrink, 1), max((bottom - top) // shrink, 1))
    # whole blocks: averaging by an integer factor is many times as fast; what is cut lies beyond the chip
    region = image[top : top + size[1] * shrink, left : left + size[0] * shrink]
    if min(region.shape[:2]) >= shrink:
        part = averaged(region, shrink)
    else:  # less than one block along a side
        part = cv2.resize(region, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    # pixel centres: x_image = left + (x_part + 0.5) * factor - 0.5
    factor_x, factor_y = region.shape[1] / size[0], region.shape[0] / size[1]
    grow = np.array(
        [[factor_x, 0, left + 0.5 * factor_x - 0.5], [0, factor_y, top + 0.5 * factor_y - 0.5], [0, 0, 1]]
    )
    return part, transform @ grow

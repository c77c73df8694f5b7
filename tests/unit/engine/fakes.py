"""A detector and an embedder whose answers can be worked out by hand."""

from collections.abc import Sequence

import numpy as np

from visavis.domain.arrays import Chips, Features, ImageBGR
from visavis.domain.face import Face
from visavis.domain.geometry import Box
from visavis.domain.template import ModelIdentity
from visavis.engine.ports.embedder import ChipSpec

POSITIONS = ((38.3, 51.7), (73.5, 51.5), (56.0, 71.7), (41.5, 92.4), (70.7, 92.2))
BACKGROUND = 120


def drawn_face(picture: ImageBGR, left: int, top: int, side: int, colour: tuple[int, int, int]) -> None:
    """A square with a brighter strip at its top, so that it is known which way is up; stripes make it sharp."""
    picture[top : top + side, left : left + side] = colour
    picture[top : top + side, left : left + side : 3] = [value // 2 for value in colour]
    picture[top : top + max(side // 8, 2), left : left + side] = 250


def blank(width: int, height: int) -> ImageBGR:
    return np.full((height, width, 3), BACKGROUND, np.uint8)


class SquareDetector:
    """Finds squares of the kind `drawn_face` draws that stand upright and are 20 to 330 px wide."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._one(image) for image in images]

    def _one(self, image: ImageBGR) -> tuple[Face, ...]:
        self.seen.append((image.shape[1], image.shape[0]))
        different = np.abs(image.astype(int) - BACKGROUND).max(axis=2) > 12
        rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
        if not len(rows):
            return ()
        top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
        inner = image[top + (bottom - top) // 16, (left + right) // 2]
        if not 20 <= right - left <= 330 or inner.min() < 200:
            return ()
        points = np.array(POSITIONS) / 112 * (right - left) + [left, top]
        box = Box(left=float(left), top=float(top), right=float(right), bottom=float(bottom))
        return (Face(box=box, landmarks=points.astype(np.float32), score=0.9),)


class ColourEmbedder:
    """The features of a chip are the mean colours of its quarters: alike pictures get alike features."""

    model = ModelIdentity(family="test", digest="c" * 64, contract="colour", dimension=12)
    chip = ChipSpec(side=112, positions=POSITIONS)

    def embed(self, chips: Chips) -> Features:
        quarters = [chips[:, y : y + 56, x : x + 56] for y in (0, 56) for x in (0, 56)]
        means = [quarter.mean(axis=(1, 2)) - BACKGROUND for quarter in quarters]
        return np.concatenate(means, axis=1).astype(np.float32)

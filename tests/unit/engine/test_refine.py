"""Landmarks are averaged over three looks; what only one look sees is no face."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.unit.engine.fakes import POSITIONS, blank
from visavis.domain.arrays import ImageBGR
from visavis.domain.face import Face
from visavis.domain.geometry import Box
from visavis.engine.refine import SIDE_PX, refined


def face(left: float, top: float, side: float, shift: float = 0.0) -> Face:
    points = np.array(POSITIONS) / 112 * side + [left + shift, top]
    box = Box(left=left, top=top, right=left + side, bottom=top + side)
    return Face(box=box, landmarks=points.astype(np.float32), score=0.9)


class ScriptedDetector:
    """Answers the double crop with faces at the given shifts, px of the crop; `None`: does not see it."""

    def __init__(self, plain: float | None, mirrored: float | None, away: float = 0.0) -> None:
        self.plain, self.mirrored, self.away = plain, mirrored, away

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        (image,) = images
        assert image.shape == (SIDE_PX, 2 * SIDE_PX, 3)
        assert (image[:, :SIDE_PX] == image[:, : SIDE_PX - 1 : -1]).all()
        quarter = SIDE_PX / 4
        found = []
        if self.plain is not None:
            found.append(face(quarter + self.away, quarter, SIDE_PX / 2, self.plain))
        if self.mirrored is not None:
            found.append(face(SIDE_PX + quarter + self.away, quarter, SIDE_PX / 2, self.mirrored))
        return [tuple(found)]


PICTURE = np.random.default_rng(1).integers(0, 255, (300, 400, 3), dtype=np.uint8)


def test_all_three_looks_count_the_same() -> None:
    given = face(100, 80, 100)
    # 64 crop px are 100 picture px: a shift of 6.4 is 10 px; the mirrored one points the other way
    result = refined(PICTURE, given, ScriptedDetector(6.4, 6.4))
    assert result is not None
    moved = result.landmarks - given.landmarks
    symmetric = np.array(POSITIONS)
    mirrored = np.stack([112 - symmetric[[1, 0, 2, 4, 3], 0], symmetric[[1, 0, 2, 4, 3], 1]], axis=1)
    offset = (mirrored - symmetric) / 112 * 100  # these positions are not quite symmetric themselves
    expected = (0 + 10 + (-10 + offset[:, 0] - 100 / 64)) / 3
    assert moved[:, 0] == pytest.approx(expected, abs=0.6)
    assert moved[:, 1] == pytest.approx(offset[:, 1] / 3, abs=0.3)
    assert (result.box, result.score) == (given.box, given.score)


@pytest.mark.parametrize(("plain", "mirrored"), [(0.0, None), (None, 0.0)])
def test_one_confirmation_is_enough(plain: float | None, mirrored: float | None) -> None:
    result = refined(PICTURE, face(100, 80, 100), ScriptedDetector(plain, mirrored))
    assert result is not None
    assert result.landmarks == pytest.approx(face(100, 80, 100).landmarks, abs=2.0)


def test_what_nobody_sees_again_is_no_face() -> None:
    assert refined(PICTURE, face(100, 80, 100), ScriptedDetector(None, None)) is None
    assert refined(blank(300, 300), face(100, 80, 100), ScriptedDetector(0.0, 0.0, away=30.0)) is None

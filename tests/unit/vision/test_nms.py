"""Suppression keeps the best box of each heap, best first."""

import numpy as np
import pytest
from numpy.typing import NDArray

from visavis.domain.geometry import Box
from visavis.vision.nms import suppress


def greedy(boxes: NDArray[np.float32], scores: NDArray[np.float32], overlap: float) -> list[int]:
    """The definition, one pair at a time."""
    values = [
        Box(left=left, top=top, right=right, bottom=bottom)
        for left, top, right, bottom in boxes.astype(float).tolist()
    ]
    kept: list[int] = []
    for index in sorted(range(len(values)), key=lambda i: (-scores[i], i)):
        if all(values[index].overlap(values[other]) <= overlap for other in kept):
            kept.append(index)
    return kept


@pytest.mark.parametrize("overlap", [0.0, 0.3, 0.45, 1.0])
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_agrees_with_the_definition(count: int, overlap: float) -> None:
    numbers = np.random.default_rng(count)
    corners = numbers.uniform(0, 60, (count, 2))
    boxes = np.hstack([corners, corners + numbers.uniform(5, 40, (count, 2))]).astype(np.float32)
    scores = numbers.integers(0, 12, count).astype(np.float32) / 12
    assert suppress(boxes, scores, overlap=overlap) == greedy(boxes, scores, overlap)


def test_equal_boxes_of_equal_scores_leave_the_first() -> None:
    boxes = np.array([[0, 0, 10, 10]] * 3, dtype=np.float32)
    assert suppress(boxes, np.full(3, 0.7, dtype=np.float32)) == [0]


def test_neighbours_that_only_touch_both_stay() -> None:
    boxes = np.array([[0, 0, 10, 10], [10, 0, 20, 10]], dtype=np.float32)
    assert suppress(boxes, np.array([0.6, 0.9], dtype=np.float32)) == [1, 0]

"""Non-maximum suppression: of several boxes around one face, the best stays."""

import numpy as np
from numpy.typing import NDArray

DEFAULT_OVERLAP = 0.3


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], *, overlap: float = DEFAULT_OVERLAP
) -> list[int]:
    """Indices of the boxes to keep, best first.

    `boxes` is (n, 4) as left, top, right, bottom, `scores` (n,). Greedy: the best box stays and removes the
    others whose intersection over union with it is above `overlap`. Of equal scores the first given is
    better, so that the result does not depend on the sorting algorithm.
    """
    order = np.argsort(-scores, kind="stable")
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        corner = np.minimum(boxes[best, 2:], boxes[rest, 2:]) - np.maximum(boxes[best, :2], boxes[rest, :2])
        both = np.maximum(corner, 0).prod(axis=1)
        order = rest[both <= overlap * (areas[best] + areas[rest] - both)]
    return kept

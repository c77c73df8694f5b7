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
    boxes = boxes[order]
    sizes = boxes[:, 2:] - boxes[:, :2]
    areas = sizes[:, 0] * sizes[:, 1]
    kept: list[int] = []
    while order.size:
        kept.append(int(order[0]))
        if order.size == 1:
            break
        corner = np.minimum(boxes[0, 2:], boxes[1:, 2:]) - np.maximum(boxes[0, :2], boxes[1:, :2])
        corner = np.maximum(corner, 0)
        both = corner[:, 0] * corner[:, 1]
        apart = both <= overlap * (areas[0] + areas[1:] - both)
        order, boxes, areas = order[1:][apart], boxes[1:][apart], areas[1:][apart]
    return kept

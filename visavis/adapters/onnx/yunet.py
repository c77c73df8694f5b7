"""YuNet: W. Wu, H. Peng, S. Yu, "YuNet: a tiny millisecond-level face detector", MIR 20, 2023.

Contract of the file of 2023: blue-green-red pixels 0..255; for the strides 8, 16 and 32 the outputs
cls, obj, bbox and kps, one row for each place of the grid, rows first. The score is √(cls·obj); a box is
(centre offset, logarithm of the size) and a landmark an offset, in units of the stride.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.onnx.detection import STRIDES, Indices, faces, padded, places, planes
from visavis.adapters.onnx.session import Session, Tensor
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face
from visavis.vision.nms import DEFAULT_OVERLAP

_MAX_LOG_SIZE = np.float32(20.0)
_HALF, _ZERO, _ONE = np.float32(0.5), np.float32(0.0), np.float32(1.0)
_LEVELS = len(STRIDES)


class YunetDetector:
    """YuNet on images of any size. A batch is one run per image: larger ones are not faster."""

    __slots__ = ("_overlap", "_session")

    def __init__(self, session: Session, *, overlap: float = DEFAULT_OVERLAP) -> None:
        """Raises `ModelUnsupported` for a graph that is not YuNet with free height and width."""
        if len(session.output_shapes) != 4 * _LEVELS or session.input_shape[1:] != (3, None, None):
            raise ModelUnsupported("This is not the graph of YuNet with free height and width.")
        self._session = session
        self._overlap = overlap

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._detect(image, min_score) for image in images]

    def _detect(self, image: ImageBGR, min_score: float) -> tuple[Face, ...]:
        height, width = padded(image.shape[0]), padded(image.shape[1])
        outputs = self._session.run(planes(image, height, width))
        products = _flat(outputs[:_LEVELS]) * _flat(outputs[_LEVELS : 2 * _LEVELS])
        (likely,) = (products >= min_score * min_score).nonzero()
        if not likely.size:
            return ()
        levels = [_decoded(outputs, *chosen, width) for chosen in _by_level(likely, outputs)]
        boxes, landmarks = levels[0] if len(levels) == 1 else map(np.concatenate, zip(*levels, strict=True))
        scores = np.sqrt(np.maximum(np.minimum(products[likely], _ONE), _ZERO))
        return faces(boxes, landmarks, scores, overlap=self._overlap)


def _flat(outputs: Sequence[Tensor]) -> Tensor:
    """One number for each place of all levels, finest first."""
    return np.concatenate([output.reshape(-1) for output in outputs])


def _by_level(likely: Indices, outputs: Sequence[Tensor]) -> Iterator[tuple[int, Indices]]:
    """(level, places in it) for each level with any of the places, which are counted through all levels."""
    ends = list(accumulate(output.size for output in outputs[:_LEVELS]))
    for level, (start, end) in enumerate(pairwise(np.searchsorted(likely, [0, *ends]).tolist())):
        if end > start:
            yield level, likely[start:end] - (ends[level - 1] if level else 0)


def _decoded(
    outputs: Sequence[Tensor], level: int, chosen: Indices, width: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes (n, 4) and landmarks (n, 5, 2), px, of places of a level: nothing else is ever decoded."""
    bbox, kps = outputs[2 * _LEVELS + level][0][chosen], outputs[3 * _LEVELS + level][0][chosen]
    stride = np.float32(STRIDES[level])
    origins = places(chosen, width // STRIDES[level], STRIDES[level])
    centres = origins + bbox[:, :2] * stride
    halves = np.exp(np.minimum(bbox[:, 2:], _MAX_LOG_SIZE)) * (stride * _HALF)
    landmarks = kps.reshape(-1, 5, 2) * stride
    landmarks += origins[:, None, :]
    return np.concatenate([centres - halves, centres + halves], axis=1), landmarks

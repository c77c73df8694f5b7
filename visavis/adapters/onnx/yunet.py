"""YuNet: W. Wu, H. Peng, S. Yu, "YuNet: a tiny millisecond-level face detector", MIR 20, 2023.

Contract of the file of 2023: blue-green-red pixels 0..255; for the strides 8, 16 and 32 the outputs
cls, obj, bbox and kps, one row for each place of the grid, rows first. The score is √(cls·obj); a box is
(centre offset, logarithm of the size) and a landmark an offset, in units of the stride.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.onnx.detection import STRIDES, faces, padded, places, planes
from visavis.adapters.onnx.session import Session, Tensor
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face
from visavis.vision.nms import DEFAULT_OVERLAP

_MAX_LOG_SIZE = 20.0
_Level: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


class YunetDetector:
    """YuNet on images of any size. A batch is one run per image: larger ones are not faster."""

    __slots__ = ("_overlap", "_session")

    def __init__(self, session: Session, *, overlap: float = DEFAULT_OVERLAP) -> None:
        """Raises `ModelUnsupported` for a graph that is not YuNet with free height and width."""
        if len(session.output_shapes) != 4 * len(STRIDES) or session.input_shape[1:] != (3, None, None):
            raise ModelUnsupported("This is not the graph of YuNet with free height and width.")
        self._session = session
        self._overlap = overlap

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._detect(image, min_score) for image in images]

    def _detect(self, image: ImageBGR, min_score: float) -> tuple[Face, ...]:
        height, width = padded(image.shape[0]), padded(image.shape[1])
        outputs = self._session.run(planes(image, height, width))
        levels = [
            level
            for index, stride in enumerate(STRIDES)
            if (level := _level(outputs[index :: len(STRIDES)], width // stride, stride, min_score))
        ]
        if not levels:
            return ()
        boxes, landmarks, scores = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        return faces(boxes, landmarks, scores, overlap=self._overlap)


def _level(outputs: Sequence[Tensor], columns: int, stride: int, min_score: float) -> _Level | None:
    """Boxes, landmarks and scores of one level, of the places with at least `min_score` only."""
    cls, obj, bbox, kps = (output[0] for output in outputs)
    products = cls[:, 0] * obj[:, 0]
    chosen = np.flatnonzero(products >= min_score * min_score)
    if not chosen.size:
        return None
    scores = np.sqrt(np.clip(products[chosen], 0.0, 1.0))
    origins = places(chosen, columns, stride)
    near = bbox[chosen]
    centres = origins + near[:, :2] * stride
    halves = np.exp(np.minimum(near[:, 2:], _MAX_LOG_SIZE)) * (0.5 * stride)
    landmarks = origins[:, None, :] + kps[chosen].reshape(-1, 5, 2) * stride
    return np.hstack([centres - halves, centres + halves]), landmarks, scores

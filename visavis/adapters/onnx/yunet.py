"""YuNet: W. Wu, H. Peng, S. Yu, "YuNet: a tiny millisecond-level face detector", MIR 20, 2023.

Contract of the file of 2023: blue-green-red pixels 0..255; for the strides 8, 16 and 32 the outputs
cls, obj, bbox and kps, one row for each place of the grid, rows first. The score is √(cls·obj); a box is
(centre offset, logarithm of the size) and a landmark an offset, in units of the stride.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from visavis.adapters.onnx.detection import STRIDES, faces, padded, places, planes
from visavis.adapters.onnx.session import Session, Tensor
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face
from visavis.vision.nms import DEFAULT_OVERLAP

_MAX_LOG_SIZE = 20.0
_Level: TypeAlias = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]


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
            if (level := _likely(outputs[index :: len(STRIDES)], width // stride, stride, min_score))
        ]
        return faces(*_decoded(levels), overlap=self._overlap) if levels else ()


def _likely(outputs: Sequence[Tensor], columns: int, stride: int, min_score: float) -> _Level | None:
    """The places of one level with at least `min_score`: everything else is never decoded.

    Products of cls and obj, the stride, origins, bbox and kps of each, px and units of the stride.
    """
    cls, obj, bbox, kps = (output[0] for output in outputs)
    products = cls[:, 0] * obj[:, 0]
    (chosen,) = (products >= min_score * min_score).nonzero()
    if not chosen.size:
        return None
    strides = np.full((chosen.size, 1), stride, dtype=np.float32)
    return products[chosen], strides, places(chosen, columns, stride), bbox[chosen], kps[chosen]


def _decoded(levels: Sequence[_Level]) -> tuple[Tensor, Tensor, Tensor]:
    """Boxes (n, 4), landmarks (n, 5, 2) and scores (n,) of the places of all levels, finest first."""
    products, strides, origins, near, marks = (
        levels[0] if len(levels) == 1 else (np.concatenate(parts) for parts in zip(*levels, strict=True))
    )
    scores = np.sqrt(np.clip(products, 0.0, 1.0))
    centres = origins + near[:, :2] * strides
    halves = np.exp(np.minimum(near[:, 2:], _MAX_LOG_SIZE)) * (strides * np.float32(0.5))
    landmarks = origins[:, None, :] + marks.reshape(-1, 5, 2) * strides[:, :, None]
    return np.concatenate([centres - halves, centres + halves], axis=1), landmarks, scores

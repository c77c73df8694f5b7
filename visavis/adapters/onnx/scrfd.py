"""SCRFD: J. Guo et al., "Sample and computation redistribution for efficient face detection", ICLR 2022.

Contract of InsightFace's files with landmarks (det_10g, det_500m…): red-green-blue, (pixel − 127.5) / 128;
nine outputs, a score (already a probability), a box and five landmarks for each of the strides 8, 16, 32;
places row by row with two anchors each. A box is four distances from the place to its sides, a landmark an
offset from it, in units of the stride.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.adapters.onnx.detection import SIDE_MULTIPLE, STRIDES, faces, padded, places, planes
from visavis.adapters.onnx.session import Session, Tensor
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face

ANCHORS = 2
MEAN = 127.5
SCALE = 128.0
DEFAULT_OVERLAP = 0.4
_WIDTHS = (1, 4, 10)  #: numbers per place: score, box, landmarks


class ScrfdDetector:
    """SCRFD on images of any size; for a graph of fixed size, larger images are shrunk to fit it."""

    __slots__ = ("_fixed", "_overlap", "_session")

    def __init__(self, session: Session, *, overlap: float = DEFAULT_OVERLAP) -> None:
        """Raises `ModelUnsupported` for a graph of another contract."""
        shape = session.input_shape
        if len(session.output_shapes) != len(_WIDTHS) * len(STRIDES) or len(shape) != 4 or shape[1] != 3:
            raise ModelUnsupported("This is not the graph of SCRFD with landmarks: it needs nine outputs.")
        height, width = shape[2], shape[3]
        if (height or 0) % SIDE_MULTIPLE or (width or 0) % SIDE_MULTIPLE:
            raise ModelUnsupported(f"The sides of the input must be multiples of {SIDE_MULTIPLE} px.")
        self._session = session
        self._overlap = overlap
        self._fixed = (height, width) if height is not None and width is not None else None

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._detect(image, min_score) for image in images]

    def _detect(self, image: ImageBGR, min_score: float) -> tuple[Face, ...]:
        fitted, grow = self._fit(image)
        height, width = self._fixed or (padded(fitted.shape[0]), padded(fitted.shape[1]))
        tensor = planes(fitted[:, :, ::-1], height, width)
        tensor -= np.float32(MEAN)
        tensor *= np.float32(1.0 / SCALE)
        levels = [
            _level(outputs, width // stride, stride, min_score)
            for outputs, stride in zip(_by_level(self._session.run(tensor)), STRIDES, strict=True)
        ]
        boxes, landmarks, scores = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        boxes *= grow
        landmarks *= grow
        return faces(boxes, landmarks, scores, overlap=self._overlap)

    def _fit(self, image: ImageBGR) -> tuple[ImageBGR, float]:
        """The image, no larger than a fixed input, and the factor that undoes its scaling."""
        rows, columns = image.shape[:2]
        factor = min(1.0, self._fixed[0] / rows, self._fixed[1] / columns) if self._fixed else 1.0
        if factor == 1.0:
            return image, 1.0
        size = (max(int(columns * factor), 1), max(int(rows * factor), 1))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        return small, 1.0 / factor


def _by_level(outputs: Sequence[Tensor]) -> list[list[Tensor]]:
    """Score, box and landmarks of each level, finest first, whatever the order and with or without a batch.

    Raises `ModelUnsupported`.
    """
    flat = [output.reshape(-1, output.shape[-1]) for output in outputs]
    kinds = [sorted((x for x in flat if x.shape[1] == width), key=len, reverse=True) for width in _WIDTHS]
    if any(len(kind) != len(STRIDES) for kind in kinds):
        raise ModelUnsupported("This is not the graph of SCRFD: scores, boxes or landmarks are missing.")
    return [list(level) for level in zip(*kinds, strict=True)]


def _level(
    outputs: Sequence[Tensor], columns: int, stride: int, min_score: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Boxes, landmarks and scores of one level, of the anchors with at least `min_score` only."""
    probability, distances, offsets = outputs
    scores = probability[:, 0]
    chosen = np.flatnonzero(scores >= min_score)
    origins = places(chosen // ANCHORS, columns, stride)
    reach = distances[chosen] * stride
    landmarks = origins[:, None, :] + offsets[chosen].reshape(-1, 5, 2) * stride
    return np.hstack([origins - reach[:, :2], origins + reach[:, 2:]]), landmarks, scores[chosen]

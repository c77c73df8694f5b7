"""MTCNN: K. Zhang et al., "Joint face detection and alignment using multitask cascaded convolutional networks",
IEEE Signal Processing Letters 23, 2016.

Three networks, each looking closer at what the one before took for a face: the first at every place of an image
pyramid (12 px), the second and third at squares cut out around its candidates (24, 48 px). The last places five
landmarks. Contract of the published weights, which were trained on pixels stored by columns: red-green-blue,
(pixel − 127.5) / 128, as (n, width, height, 3); outputs are offsets of the sides in units of the box, for the third
network also five x and five y of landmarks, and the probabilities of no face and of a face. Coordinates count from 1
and boxes include their last pixel, as in the authors' code.
"""

import base64
import binascii
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.adapters.onnx.detection import faces
from visavis.adapters.onnx.session import Session, Tensor, open_session
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ModelUnsupported
from visavis.domain.face import Face
from visavis.vision.nms import suppress

CARRIED = ("visavis.rnet", "visavis.onet")
LEAST_FACE_PX = 24
_CELL_PX, _STRIDE_PX = 12, 2
_SHRINK = 0.709  #: from one level of the pyramid to the next: half the area
_PROPOSED, _REFINED = 0.6, 0.7  #: least probability of a face after the first and the second network
_WITHIN_LEVEL, _BETWEEN, _CONTAINED = 0.5, 0.7, 0.7  #: overlap from which on two boxes are one face
_MOST = 500  #: candidates kept after the first network, the likeliest

Boxes = NDArray[np.float32]
"""(n, 5): left, top, right, bottom, probability."""


class MtcnnDetector:
    """MTCNN on images of any size; a batch is one image after the other."""

    __slots__ = ("_least_px", "_output", "_proposal", "_refinement")

    def __init__(self, session: Session, *, least_px: int = LEAST_FACE_PX) -> None:
        """`session` is the first network, which carries the others. Raises `ModelUnsupported` for another graph."""
        try:
            others = [base64.b64decode(session.metadata[name], validate=True) for name in CARRIED]
        except (KeyError, binascii.Error) as error:
            raise ModelUnsupported("This is not the graph of MTCNN.") from error
        self._proposal = session
        self._refinement, self._output = (open_session(content, (session.provider,)) for content in others)
        self._least_px = least_px

    def detect(self, images: Sequence[ImageBGR], *, min_score: float) -> list[tuple[Face, ...]]:
        return [self._detect(image, min_score) for image in images]

    def _detect(self, image: ImageBGR, min_score: float) -> tuple[Face, ...]:
        boxes = self._propose(image, min(_PROPOSED, min_score))
        boxes = self._refine(image, boxes, min(_REFINED, min_score))
        boxes, landmarks = self._place(image, boxes, min_score)
        kept = _apart(boxes)
        found = boxes[kept]
        return faces(found[:, :4], landmarks[kept], found[:, 4], overlap=_BETWEEN)

    def _propose(self, image: ImageBGR, least: float) -> Boxes:
        """Squares around what may be a face, of all sizes, in whole pixels."""
        levels = [self._level(image, scale, least) for scale in self._scales(image.shape[:2])]
        found = np.concatenate(levels) if levels else np.empty((0, 9), np.float32)
        found = found[suppress(_closed(found), found[:, 4], overlap=_BETWEEN)[:_MOST]]
        sizes = found[:, 2:4] - found[:, :2]
        boxes = found[:, :5].copy()
        boxes[:, :2] += found[:, 5:7] * sizes
        boxes[:, 2:4] += found[:, 7:9] * sizes
        return _squares(boxes)

    def _scales(self, shape: tuple[int, ...]) -> list[float]:
        scale, scales = _CELL_PX / self._least_px, list[float]()
        while min(shape) * scale >= _CELL_PX:
            scales.append(scale)
            scale *= _SHRINK
        return scales

    def _level(self, image: ImageBGR, scale: float, least: float) -> NDArray[np.float32]:
        """(n, 9): boxes, their probability and the offsets of their sides."""
        size = int(np.ceil(image.shape[1] * scale)), int(np.ceil(image.shape[0] * scale))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        offsets, probabilities = self._proposal.run(_tensor(small[None].astype(np.uint8, copy=False)))
        heat = probabilities[0, :, :, 1]
        columns, rows = np.nonzero(heat >= least)
        corners = np.stack([columns, rows], axis=1).astype(np.float32) * _STRIDE_PX
        found = np.empty((len(columns), 9), np.float32)
        found[:, :2] = np.trunc((corners + 1.0) / scale)
        found[:, 2:4] = np.trunc((corners + _CELL_PX) / scale)
        found[:, 4] = heat[columns, rows]
        found[:, 5:] = offsets[0, columns, rows]
        return found[suppress(_closed(found), found[:, 4], overlap=_WITHIN_LEVEL)]

    def _refine(self, image: ImageBGR, boxes: Boxes, least: float) -> Boxes:
        if not len(boxes):
            return boxes
        offsets, probabilities = self._refinement.run(_tensor(_crops(image, boxes, 24)))
        likely = probabilities[:, 1] > least
        boxes, offsets = _scored(boxes, probabilities)[likely], offsets[likely]
        kept = suppress(_closed(boxes), boxes[:, 4], overlap=_BETWEEN)
        return _squares(_moved(boxes[kept], offsets[kept]))

    def _place(self, image: ImageBGR, boxes: Boxes, least: float) -> tuple[Boxes, NDArray[np.float32]]:
        """The boxes of faces and their landmarks, (n, 5, 2)."""
        if not len(boxes):
            return boxes, np.empty((0, 5, 2), np.float32)
        offsets, points, probabilities = self._output.run(_tensor(_crops(image, boxes, 48)))
        likely = probabilities[:, 1] >= least
        boxes, offsets = _scored(boxes, probabilities)[likely], offsets[likely]
        sizes = boxes[:, None, 2:4] - boxes[:, None, :2] + 1.0
        shares = points[likely].reshape(-1, 2, 5).transpose(0, 2, 1)
        landmarks = (shares * sizes + boxes[:, None, :2] - 1.0).astype(np.float32)
        return _moved(boxes, offsets), landmarks


def _tensor(images: NDArray[np.uint8]) -> Tensor:
    """(n, height, width, 3) as the networks want it: red first, by columns."""
    tensor = np.ascontiguousarray(images.transpose(0, 2, 1, 3)[..., ::-1], np.float32)
    tensor -= np.float32(127.5)
    tensor *= np.float32(1.0 / 128.0)
    return tensor


def _crops(image: ImageBGR, boxes: Boxes, side: int) -> NDArray[np.uint8]:
    """The boxes of an image, black where they reach beyond it: (n, side, side, 3)."""
    crops = np.empty((len(boxes), side, side, 3), np.uint8)
    for crop, (left, top, right, bottom) in zip(crops, boxes[:, :4].astype(int).tolist(), strict=True):
        x, y = max(left - 1, 0), max(top - 1, 0)
        inner = image[y : max(bottom, 0), x : max(right, 0)]
        if inner.shape[0] == bottom - top + 1 and inner.shape[1] == right - left + 1:
            cut = inner
        else:
            cut = np.zeros((bottom - top + 1, right - left + 1, 3), np.uint8)
            cut[y - top + 1 :, x - left + 1 :][: inner.shape[0], : inner.shape[1]] = inner
        crop[:] = cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA)
    return crops


def _squares(boxes: Boxes) -> Boxes:
    """Around the same centres, as large as their longer sides, in whole pixels; nothing that has no pixels."""
    sizes = boxes[:, 2:4] - boxes[:, :2]
    side = sizes.max(axis=1, keepdims=True)
    found = boxes.copy()
    found[:, :2] += (sizes - side) * np.float32(0.5)
    found[:, 2:4] = found[:, :2] + side
    found[:, :4] = np.trunc(found[:, :4])
    return found[(found[:, 2:4] > found[:, :2]).all(axis=1)]


def _moved(boxes: Boxes, offsets: NDArray[np.float32]) -> Boxes:
    """Sides moved by offsets in units of the box."""
    sizes = boxes[:, 2:4] - boxes[:, :2] + np.float32(1.0)
    found = boxes.copy()
    found[:, :2] += offsets[:, :2] * sizes
    found[:, 2:4] += offsets[:, 2:] * sizes
    return found


def _scored(boxes: Boxes, probabilities: Tensor) -> Boxes:
    return np.concatenate([boxes[:, :4], probabilities[:, 1:]], axis=1)


def _closed(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes whose right and bottom side include their last pixel, for areas."""
    return boxes[:, :4] + np.array([0.0, 0.0, 1.0, 1.0], np.float32)


def _apart(boxes: Boxes) -> list[int]:
    """Best first; none that lies for the most part in a better one, or around it."""
    closed = _closed(boxes)
    sizes = closed[:, 2:] - closed[:, :2]
    areas = sizes[:, 0] * sizes[:, 1]
    kept: list[int] = []
    for place in np.argsort(-boxes[:, 4], kind="stable").tolist():
        corner = np.minimum(closed[kept, 2:], closed[place, 2:]) - np.maximum(
            closed[kept, :2], closed[place, :2]
        )
        both = np.maximum(corner, 0.0).prod(axis=1)
        if (both <= _CONTAINED * np.minimum(areas[kept], areas[place])).all():
            kept.append(place)
    return kept

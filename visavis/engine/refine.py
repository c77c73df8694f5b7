"""Landmarks, a second and a third time: alignment is where recognition is won.

The detector places landmarks to a few per cent of the face's width, and the embedder forgives little of that.
Looking again at the face alone, at the size the network likes best, and at its mirror image, and averaging the
three answers costs one small run per face and removes a third of the false non-matches (docs/why/accuracy.md).
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from visavis.domain.arrays import ImageBGR, Points
from visavis.domain.face import Face
from visavis.engine.ports.detector import Detector
from visavis.vision.align import aligned_chip

SIDE_PX = 128
"""The crop the detector sees; the face takes half of it."""
_MARGIN = 2.0
_MIN_SCORE = 0.3
_NEAR = 0.15  # how far, in sides of the crop, the centre may have moved
_MIRRORED = [1, 0, 2, 4, 3]  # where the landmarks of a mirrored face belong


def refined(image: ImageBGR, face: Face, detector: Detector) -> Face | None:
    """The face with averaged landmarks; `image` and `face` in the same pixels.

    `None` if neither of the two other looks sees a face there: then it is none.
    """
    side = _MARGIN * max(face.box.width, face.box.height)
    left, top = face.box.centre[0] - side / 2, face.box.centre[1] - side / 2
    scale = SIDE_PX / side
    transform = np.array([[scale, 0.0, -left * scale], [0.0, scale, -top * scale]])
    crop = aligned_chip(image, transform, SIDE_PX)
    both = cv2.hconcat([crop, cv2.flip(crop, 1)]).astype(np.uint8, copy=False)  # one run instead of two
    (seen,) = detector.detect([both], min_score=_MIN_SCORE)
    answers = [face.landmarks]
    if (found := _central(seen, SIDE_PX / 2)) is not None:
        answers.append(found / scale + np.array([left, top], np.float32))
    if (found := _central(seen, SIDE_PX * 1.5)) is not None:
        back = found[_MIRRORED]
        back = np.stack([2 * SIDE_PX - 1 - back[:, 0], back[:, 1]], axis=1)
        answers.append(back / scale + np.array([left, top], np.float32))
    if len(answers) == 1:
        return None
    landmarks = (sum(answers[1:], start=answers[0]) / np.float32(len(answers))).astype(np.float32, copy=False)
    return Face(box=face.box, landmarks=landmarks, score=face.score)


def _central(faces: Sequence[Face], middle_x: float) -> Points | None:
    """Landmarks of the face in the middle of one of the two crops, if there is one."""

    def away(face: Face) -> float:
        return math.hypot(face.box.centre[0] - middle_x, face.box.centre[1] - SIDE_PX / 2)

    nearest = min(faces, key=away, default=None)
    if nearest is None or away(nearest) > _NEAR * SIDE_PX:
        return None
    return nearest.landmarks

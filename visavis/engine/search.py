"""Finding faces of every size in one picture."""

import math
from dataclasses import replace

import cv2
import numpy as np

from visavis.domain.arrays import ImageBGR
from visavis.domain.face import Face
from visavis.domain.geometry import Box, Size
from visavis.domain.pack import DetectionPlan
from visavis.engine.ports.detector import Detector
from visavis.vision.blocks import averaged
from visavis.vision.exposure import gain_stretched

SEEN_FROM_PX = 24
"""Width of a face, in pixels that the network sees, from which on it is found."""
SEEN_TO_PX = 440
"""Width up to which it is found for certain; both measured on faces of known sizes, docs/why/detection.md."""
_TILE_PX = 2048  # side of the squares that a large picture is searched in, so that memory stays bounded
_OVERLAP_PX = 320  # no smaller than the largest face that only the finest pass finds
_RETRY_PX = 1920  # long side up to which pictures without a face are tried again
_FREE_PX = 640  # up to this long side nothing is scaled down: it costs little, and landmarks profit
_COARSER = 6  # a coarser pass has this much fewer pixels a side; an integer, because averaging is fast then
_OWN = 0.7  # a coarser pass answers for faces from this share of what the finer one finds for certain
_SAME_FACE = 0.4  # intersection over union from which on two passes have found one face


def scales(size: Size, plan: DetectionPlan) -> tuple[float, ...]:
    """By which factors the picture is resized for the passes of the network, finest first.

    A pass at scale s finds faces of SEEN_FROM_PX/s to SEEN_TO_PX/s pixels. A coarser pass has only to find what
    is too large for the one before it, so it costs next to nothing; together they cover everything from
    `plan.min_face_px` to a face that fills the picture.
    """
    finest = min(max(SEEN_FROM_PX / plan.min_face_px, _FREE_PX / size.long_side), 1.0)
    if plan.max_side_px:
        finest = min(finest, plan.max_side_px / size.long_side)
    largest_face = 0.9 * min(size.width, size.height)
    found = [finest]
    while SEEN_TO_PX / found[-1] < largest_face:
        found.append(found[-1] / _COARSER)
    return tuple(found)


def needed_long_side(size: Size, plan: DetectionPlan) -> int:
    """Long side, px, that the finest pass looks at: a smaller decoding than this would lose faces."""
    return math.ceil(size.long_side * scales(size, plan)[0])


def find_faces(image: ImageBGR, original: Size, plan: DetectionPlan, detector: Detector) -> tuple[Face, ...]:
    """Faces in pixels of the upright original, largest first.

    When there is none, the picture is tried again brightened if it is dark, then turned by 90, 270 and 180
    degrees, because the network finds only half of the faces that lie on their side.
    """
    factors = scales(original, plan)
    faces = _passes(image, original, factors, plan, detector)
    if not faces and plan.retry_rotated:
        side = min(plan.max_side_px or _RETRY_PX, _RETRY_PX)
        plan = replace(plan, max_side_px=side)
        factors = scales(original, plan)
        if side < max(image.shape[:2]):
            image = _resized(image, side / max(image.shape[:2]))
        brighter = gain_stretched(image)
        if brighter is not image:
            faces = _passes(brighter, original, factors, plan, detector)
        if not faces:
            faces = _turned(brighter, original, factors, plan, detector)
    return tuple(sorted(faces, key=lambda face: face.box.area, reverse=True))


def _passes(
    image: ImageBGR, original: Size, factors: tuple[float, ...], plan: DetectionPlan, detector: Detector
) -> list[Face]:
    target = max(round(original.long_side * factors[0]), 1)
    long_side = max(image.shape[:2])
    seen = _resized(image, target / long_side) if target < long_side else image
    back = original.long_side / max(seen.shape[:2])
    faces: list[Face] = []
    for number in range(len(factors)):
        if number:
            seen, back = averaged(seen, _COARSER), back * _COARSER
        # what a finer pass would have found is noise in a coarser one
        least = _OWN * SEEN_TO_PX * back / _COARSER if number else 0.0
        found = (face.scaled(back) for face in _in_tiles(seen, plan.min_score, detector))
        faces.extend(face for face in found if face.width_px >= least)
    if len(factors) > 1:
        faces = _distinct(faces)
    return [face for face in faces if face.width_px >= 0.75 * plan.min_face_px]


def _in_tiles(image: ImageBGR, min_score: float, detector: Detector) -> list[Face]:
    """Faces of the whole image, looked at in overlapping squares if it is large.

    A tile reports the faces whose centre lies in its own part, so none is reported twice or with a side missing.
    """
    height, width = image.shape[:2]
    if height * width <= _TILE_PX * _TILE_PX:
        return list(detector.detect([image], min_score=min_score)[0])
    step, margin = _TILE_PX - _OVERLAP_PX, _OVERLAP_PX / 2
    faces = []
    for top in range(0, max(height - _OVERLAP_PX, 1), step):
        for left in range(0, max(width - _OVERLAP_PX, 1), step):
            tile = np.ascontiguousarray(image[top : top + _TILE_PX, left : left + _TILE_PX])
            low_x, high_x = (0 if left == 0 else left + margin), left + _TILE_PX - margin
            low_y, high_y = (0 if top == 0 else top + margin), top + _TILE_PX - margin
            high_x = width if left + _TILE_PX >= width else high_x
            high_y = height if top + _TILE_PX >= height else high_y
            for face in detector.detect([tile], min_score=min_score)[0]:
                moved = _moved(face, left, top)
                x, y = moved.box.centre
                if low_x <= x < high_x and low_y <= y < high_y:
                    faces.append(moved)
    return faces


def _moved(face: Face, right: int, down: int) -> Face:
    box = Box(
        left=face.box.left + right,
        top=face.box.top + down,
        right=face.box.right + right,
        bottom=face.box.bottom + down,
    )
    shift = np.array([right, down], np.float32)
    return Face(box=box, landmarks=face.landmarks + shift, score=face.score)


def _distinct(faces: list[Face]) -> list[Face]:
    """One face per head: of detections that overlap, the one the network is surest of."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: face.score, reverse=True):
        if all(face.box.overlap(other.box) < _SAME_FACE for other in kept):
            kept.append(face)
    return kept


def _resized(image: ImageBGR, factor: float) -> ImageBGR:
    """Smaller by averaging whole blocks, then by interpolation: as smooth as area averaging, many times as fast."""
    height, width = image.shape[:2]
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    times = int(1.0 / factor)
    if times >= 2:
        image = averaged(image, times)
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _turned(
    image: ImageBGR, original: Size, factors: tuple[float, ...], plan: DetectionPlan, detector: Detector
) -> list[Face]:
    for quarter_turns in (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(image, quarter_turns))
        sideways = quarter_turns % 2 == 1
        size = Size(width=original.height, height=original.width) if sideways else original
        faces = _passes(turned, size, factors, plan, detector)
        if faces:
            return [turned_back(face, size, quarter_turns) for face in faces]
    return []


def turned_back(face: Face, size: Size, quarter_turns: int) -> Face:
    """A face found in a picture turned counter-clockwise, in the coordinates of the unturned picture.

    `size` is that of the turned picture.
    """
    corners = np.array([[face.box.left, face.box.top], [face.box.right, face.box.bottom]], dtype=np.float32)
    points = np.concatenate([corners, face.landmarks])
    width, height = float(size.width), float(size.height)
    for _ in range(quarter_turns):
        # one quarter turn counter-clockwise had mapped (x, y) to (y, width_before - x)
        points = np.stack([height - points[:, 1], points[:, 0]], axis=1)
        width, height = height, width
    low, high = points[:2].min(axis=0), points[:2].max(axis=0)
    box = Box(left=float(low[0]), top=float(low[1]), right=float(high[0]), bottom=float(high[1]))
    return Face(box=box, landmarks=points[2:].astype(np.float32), score=face.score)

"""Quality of an aligned face as far as its pixels show it, after the components of ISO/IEC 29794-5.

These components advise, and refuse extremes. They do not predict errors well on ordinary photographs; the
unified score, which does, comes from the embedding (`domain.pack.QualityMap`).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Chip
from visavis.domain.face import Face
from visavis.domain.geometry import Size
from visavis.domain.sample import Component, Quality, Reason
from visavis.vision.exposure import luma, seen_light
from visavis.vision.pose import estimated_pose

_SIDE = 112  # chips are assessed at one size, so that values mean the same for every model


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """The extremes beyond which a face is refused. Everything a person would still call a portrait passes."""

    min_face_px: float = 30.0
    min_sharpness: float = 4.0
    min_under_exposure_prevention: float = 3.0
    min_over_exposure_prevention: float = 10.0
    max_yaw_deg: float = 90.0  # estimates end at 90: none is refused, since full profiles still match
    max_pitch_deg: float = 70.0
    min_crop: float = 60.0
    min_score: float = 0.6

    def reasons(self, face: Face, quality: Quality) -> tuple[Reason, ...]:
        """Why this face is refused; empty if it is accepted."""
        found = {
            Reason.TOO_SMALL: face.width_px < self.min_face_px,
            Reason.LOW_DETECTION_SCORE: face.score < self.min_score,
            Reason.TOO_BLURRED: _below(quality, Component.SHARPNESS, self.min_sharpness),
            Reason.TOO_DARK: _below(
                quality, Component.UNDER_EXPOSURE_PREVENTION, self.min_under_exposure_prevention
            ),
            Reason.TOO_BRIGHT: _below(
                quality, Component.OVER_EXPOSURE_PREVENTION, self.min_over_exposure_prevention
            ),
            Reason.TURNED_TOO_FAR: abs(quality.pose.yaw_deg) > self.max_yaw_deg
            or abs(quality.pose.pitch_deg) > self.max_pitch_deg,
            Reason.CUT_OFF: _below(quality, Component.CROP_OF_THE_FACE_IMAGE, self.min_crop),
        }
        return tuple(reason for reason, holds in found.items() if holds)


ENROL_GATE = QualityGate(
    min_face_px=48.0, min_sharpness=6.0, max_yaw_deg=60.0, max_pitch_deg=50.0, min_crop=75.0
)
"""For references: they are kept, so they must be good."""
PROBE_GATE = QualityGate()
"""For probes: whoever is in the picture is to be recognised if that is possible at all."""


def assess(face: Face, chip: Chip, original: Size) -> Quality:
    """Components 0..100 of a face found in a picture of size `original`, and its estimated pose."""
    if chip.shape[0] != _SIDE:
        chip = cv2.resize(chip, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    grey = luma(chip)
    inner = grey[16:108, 18:94]
    pose = estimated_pose(face.landmarks)
    counts = cv2.calcHist([inner], [0], None, [256], [0, 256]).ravel().cumsum()
    low, high = np.searchsorted(counts, [0.02 * inner.size, 0.98 * inner.size])
    components = (
        (Component.INTER_EYE_DISTANCE, _linear(face.inter_eye_px, 0.0, 90.0)),
        (Component.SHARPNESS, _sharpness(inner)),
        (Component.UNDER_EXPOSURE_PREVENTION, _share(inner.size - counts[25], inner.size)),
        (Component.OVER_EXPOSURE_PREVENTION, _share(counts[247], inner.size)),
        (Component.DYNAMIC_RANGE, _linear(float(high - low), 0.0, 200.0)),
        (Component.ILLUMINATION_UNIFORMITY, _uniformity(inner)),
        (Component.HEAD_POSE_YAW, _cosine_squared(pose.yaw_deg)),
        (Component.HEAD_POSE_PITCH, _cosine_squared(pose.pitch_deg)),
        (Component.HEAD_POSE_ROLL, _cosine_squared(pose.roll_deg)),
        (Component.CROP_OF_THE_FACE_IMAGE, _inside(face, original)),
    )
    return Quality(components=components, pose=pose, light=seen_light(chip[16:108, 18:94]))


def _below(quality: Quality, component: Component, limit: float) -> bool:
    value = quality.component(component)
    return value is not None and value < limit


def _linear(value: float, low: float, high: float) -> float:
    return min(max(100.0 * (value - low) / (high - low), 0.0), 100.0)


def _share(part: float, whole: int) -> float:
    return 100.0 * float(part) / whole


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """Energy of the Laplacian relative to contrast, so that a dim but sharp face is not called blurred."""
    contrast = max(_deviation(grey), 4.0)
    return _linear(_deviation(cv2.Laplacian(grey, cv2.CV_16S, ksize=1)) / contrast, 0.0, 0.5)


def _deviation(values: cv2.typing.MatLike) -> float:
    _, deviation = cv2.meanStdDev(values)
    return float(deviation[0, 0])


def _uniformity(grey: NDArray[np.uint8]) -> float:
    """Overlap of the grey-value histograms of the left and right half (ISO/IEC 29794-5, 7.3.2)."""
    half = grey.shape[1] // 2
    left = cv2.calcHist([grey[:, :half]], [0], None, [16], [0, 256]) / (grey.shape[0] * half)
    right = cv2.calcHist([grey[:, -half:]], [0], None, [16], [0, 256]) / (grey.shape[0] * half)
    return min(float(100.0 * np.minimum(left, right).sum()), 100.0)


def _cosine_squared(angle_deg: float) -> float:
    """The mapping of ISO/IEC 29794-5 for head pose: 100 · cos², 0 beyond 90 degrees."""
    return 100.0 * max(math.cos(math.radians(angle_deg)), 0.0) ** 2


def _inside(face: Face, original: Size) -> float:
    """Share of the face's box that lies inside the picture."""
    box = face.box
    width = min(box.right, original.width) - max(box.left, 0.0)
    height = min(box.bottom, original.height) - max(box.top, 0.0)
    return min(100.0 * max(width, 0.0) * max(height, 0.0) / box.area, 100.0)

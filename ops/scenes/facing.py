"""Which photographs could be of somebody who walks towards a camera: one face, seen from the front."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from visavis.bootstrap.models import Models
from visavis.engine.ports.detector import Detector
from visavis.vision.pose import estimated_pose

_SURE = 0.8
_YAW_DEG, _PITCH_DEG = 30.0, 25.0
_OFF = 0.15  #: from the middle of the photo, as a share of its width


@dataclass(frozen=True, kw_only=True)
class Facing:
    """A still photograph stands for a whole walk, so a profile or a bowed head would be one all the way, which nobody
    does. Sunglasses, hats, age and light stay as they are."""

    detector: Detector

    @classmethod
    def of(cls, models: Models) -> "Facing":
        return cls(detector=models.analyser(models.pack(None)).detector)

    def __call__(self, photo: Path) -> bool:
        read = cv2.imread(str(photo))
        if read is None:
            return False
        height, width = read.shape[:2]
        for face in self.detector.detect([np.asarray(read, np.uint8)], min_score=_SURE)[0]:
            x, y = face.box.centre
            pose = estimated_pose(face.landmarks)
            if max(abs(x - width / 2), abs(y - height / 2)) > _OFF * width:
                continue
            return abs(pose.yaw_deg) <= _YAW_DEG and abs(pose.pitch_deg) <= _PITCH_DEG
        return False

"""A face that was found, cut out and aligned elsewhere."""

import cv2
import numpy as np

from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import QualityGate, assess
from visavis.engine.ports.embedder import ChipSpec
from visavis.vision.exposure import gain_stretched


def crop_sample(frame: Frame, spec: ChipSpec, gate: QualityGate) -> Sample | Rejection:
    """The face of an aligned crop: its landmarks are where the alignment puts them, its score is 1.

    Other sizes than the model's are scaled, because that keeps the alignment. Raises `ValueInvalid` for a crop
    that is not square.
    """
    height, width = frame.pixels.shape[:2]
    if height != width:
        raise ValueInvalid(f"An aligned crop is square; this picture has {width}×{height} pixels.")
    chip = frame.pixels
    if width != spec.side:
        how = cv2.INTER_AREA if width > spec.side else cv2.INTER_LINEAR
        chip = cv2.resize(chip, (spec.side, spec.side), interpolation=how).astype(np.uint8, copy=False)
    side = float(frame.original.long_side)
    landmarks = (np.array(spec.positions, np.float64) * (side / spec.side)).astype(np.float32)
    face = Face(box=Box(left=0.0, top=0.0, right=side, bottom=side), landmarks=landmarks, score=1.0)
    quality = assess(face, chip, frame.original)
    reasons = gate.reasons(face, quality)
    if reasons:
        return Rejection(face=face, reasons=reasons, quality=quality)
    return Sample(face=face, chip=gain_stretched(chip), quality=quality)

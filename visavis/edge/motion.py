"""Where it is worth to look: the motion gate of a camera, on its frames."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.domain.frame import Frame
from visavis.domain.geometry import Box
from visavis.vision.motion import MotionGate, MotionPlan
from visavis.wire.edge import CameraConfig


@dataclass(frozen=True, slots=True, eq=False)
class FrameGate:
    """Says where something moves."""

    gate: MotionGate

    def __call__(self, frame: Frame, at_s: float) -> Sequence[Box] | None:
        """Boxes in pixels of the original; `None` where nothing moves."""
        boxes = self.gate.update(frame.pixels, at_s)
        return [box.scaled(frame.reduction) for box in boxes] or None


def frame_gate(camera: CameraConfig) -> FrameGate | None:
    """`None` where every frame is searched."""
    if not camera.motion.enabled:
        return None
    plan = MotionPlan(
        sensitivity=camera.motion.sensitivity, hold_s=camera.motion.hold_s, region=camera.region
    )
    return FrameGate(MotionGate(plan))

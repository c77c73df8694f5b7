"""One camera's frames through the engine: where faces are, what they look like, what they are like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box, Size
from visavis.domain.pack import DetectionPlan
from visavis.domain.sample import Component, Sample
from visavis.domain.template import Template
from visavis.engine.analyse import Analyser
from visavis.engine.assess import PROBE_GATE, QualityGate
from visavis.engine.photo import FramePhoto
from visavis.vision.motion import inside
from visavis.vision.pose import estimated_pose
from visavis.wire.edge import CameraConfig

_LEAST_AREA_PX = 64  #: no smaller part of a picture is searched
_CLEAR = 30.0  #: sharpness from which on a face is as sharp as recognition needs
_LARGE_PX = 40.0  #: distance between the eyes, the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Eyes:
    """A model pack as one camera uses it. `embeds` is false where the server computes the templates."""

    analyser: Analyser
    camera: CameraConfig
    plan: DetectionPlan
    gate: QualityGate
    embeds: bool

    @classmethod
    def of(cls, analyser: Analyser, camera: CameraConfig, *, embeds: bool) -> "Eyes":
        """Video is searched for upright faces only: the next frame comes soon."""
        plan = replace(
            analyser.plan,
            min_face_px=camera.min_face_px,
            max_side_px=camera.max_side_px,
            retry_rotated=False,
        )
        gate = replace(PROBE_GATE, min_face_px=float(camera.min_face_px))
        return cls(analyser=analyser, camera=camera, plan=plan, gate=gate, embeds=embeds)

    def faces(self, frame: Frame, areas: Sequence[Box] | None = None) -> list[Face]:
        """In pixels of the original, largest first: those in the camera's region. Only `areas`, in the same pixels,
        are searched; all of it without them."""
        whole = _bounds(self.camera.region, frame.original)
        area = _around(areas, whole) if areas is not None else whole
        if area is None:
            return []
        part, left, top = _cut(frame, area)
        found = (
            _moved(face, left, top) for face in self.analyser.faces(FramePhoto(frame=part), plan=self.plan)
        )
        return [
            face for face in found if face.width_px >= self.camera.min_face_px and self._inside(face, frame)
        ]

    def sample(self, frame: Frame, face: Face) -> Sample | None:
        """Aligned and assessed; `None` if it is not good enough."""
        found = self.analyser.sample(frame, face, gate=self.gate)
        return found if isinstance(found, Sample) else None

    def templates(self, samples: Sequence[Sample]) -> list[Template]:
        return self.analyser.templates(samples)

    def _inside(self, face: Face, frame: Frame) -> bool:
        x, y = face.box.centre
        return inside(self.camera.region, x / frame.original.width, y / frame.original.height)


def promise(face: Face) -> float:
    """How much the face seems to be worth, 0..100, before it is aligned: its size, where it looks, how sure it is."""
    pose = estimated_pose(face.landmarks)
    frontal = np.cos(np.radians(pose.yaw_deg)) * np.cos(np.radians(pose.pitch_deg))
    return float(100.0 * face.score * max(frontal, 0.0) * min(face.inter_eye_px / _LARGE_PX, 1.0) ** 0.5)


def seen_value(sample: Sample) -> float:
    """The same, 0..100, once it is aligned: also how sharp it is and how evenly lit. For choosing among the looks at
    one face, where there is no template whose length would tell better."""
    share = promise(sample.face) / 100.0
    for name, enough in (
        (Component.SHARPNESS, _CLEAR),
        (Component.UNDER_EXPOSURE_PREVENTION, 60.0),
        (Component.OVER_EXPOSURE_PREVENTION, 60.0),
    ):
        share *= min((sample.quality.component(name) or 0.0) / enough, 1.0) ** 0.5
    return 100.0 * share


def _bounds(region: Sequence[Sequence[tuple[float, float]]], size: Size) -> Box:
    """The upright rectangle around the polygons; the whole picture if there are none."""
    points = [point for polygon in region for point in polygon] or [(0.0, 0.0), (1.0, 1.0)]
    xs, ys = [x * size.width for x, _ in points], [y * size.height for _, y in points]
    return _at_least(Box(left=min(xs), top=min(ys), right=max(xs) + 0.5, bottom=max(ys) + 0.5), size)


def _around(areas: Sequence[Box], whole: Box) -> Box | None:
    """The rectangle around all areas inside `whole`: one run of the detector costs less than several."""
    inside = [area for area in areas if area.overlap(whole) > 0.0]
    if not inside:
        return None
    return Box(
        left=max(min(area.left for area in inside), whole.left),
        top=max(min(area.top for area in inside), whole.top),
        right=min(max(area.right for area in inside), whole.right),
        bottom=min(max(area.bottom for area in inside), whole.bottom),
    )


def _at_least(box: Box, size: Size) -> Box:
    """Not so flat or narrow that no face fits in."""
    (x, y), side = box.centre, min(_LEAST_AREA_PX, size.width, size.height)
    across, down = max(box.width, side) / 2, max(box.height, side) / 2
    return Box(
        left=max(x - across, 0.0),
        top=max(y - down, 0.0),
        right=min(x + across, float(size.width)),
        bottom=min(y + down, float(size.height)),
    )


def _cut(frame: Frame, area: Box) -> tuple[Frame, float, float]:
    """The part of the frame, and where its corner lies in the original."""
    area = _at_least(area, frame.original)
    times, (height, width) = frame.reduction, frame.pixels.shape[:2]
    left, top = int(area.left / times), int(area.top / times)
    right, bottom = (
        min(int(np.ceil(area.right / times)), width),
        min(int(np.ceil(area.bottom / times)), height),
    )
    if (left, top, right, bottom) == (0, 0, width, height):
        return frame, 0.0, 0.0
    pixels = np.ascontiguousarray(frame.pixels[top:bottom, left:right])
    size = Size(width=max(round((right - left) * times), 1), height=max(round((bottom - top) * times), 1))
    return (
        Frame(pixels=pixels, original=size, source=frame.source, captured_at=frame.captured_at),
        left * times,
        top * times,
    )


def _moved(face: Face, right: float, down: float) -> Face:
    if not (right or down):
        return face
    box = face.box
    return Face(
        box=Box(left=box.left + right, top=box.top + down, right=box.right + right, bottom=box.bottom + down),
        landmarks=face.landmarks + np.array([right, down], np.float32),
        score=face.score,
    )

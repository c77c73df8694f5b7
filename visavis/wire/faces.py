"""Faces and their quality."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from visavis.domain.face import LANDMARKS, Face
from visavis.domain.geometry import Box
from visavis.domain.sample import Pose, Quality, Reason
from visavis.wire.model import Model, Number


class BoxNote(Model):
    """Pixels of the upright original; may reach beyond the picture."""

    left: Number
    top: Number
    right: Number
    bottom: Number

    @classmethod
    def of(cls, box: Box) -> Self:
        return cls(left=box.left, top=box.top, right=box.right, bottom=box.bottom)


class Landmark(Model):
    """A point of the face. Right and left are the subject's."""

    name: str
    x: Number
    y: Number


class PoseNote(Model):
    """Head pose in degrees; 0, 0, 0 looks straight into the camera."""

    yaw_deg: Number
    pitch_deg: Number
    roll_deg: Number

    @classmethod
    def of(cls, pose: Pose) -> Self:
        return cls(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)


class QualityNote(Model):
    """Quality 0..100; components are named as in ISO/IEC 29794-5."""

    unified: Number | None = Field(description="Predicts recognition errors; null when no template was made.")
    components: dict[str, Number]
    pose: PoseNote

    @classmethod
    def of(cls, quality: Quality, unified: float | None = None) -> Self:
        return cls(
            unified=quality.unified if unified is None else unified,
            components={str(name): value for name, value in quality.components},
            pose=PoseNote.of(quality.pose),
        )


class ReasonNote(Model):
    """Why a face was refused, and what the person in the picture can do about it."""

    code: str
    advice: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(code=reason, advice=reason.advice)


class FaceNote(Model):
    """A face in a picture. It is `accepted` when a template can be made of it; otherwise `reasons` say why."""

    box: BoxNote
    landmarks: tuple[Landmark, ...]
    score: Number = Field(description="How sure the detector is, 0..1.")
    quality: QualityNote
    accepted: bool
    reasons: tuple[ReasonNote, ...] = ()

    @classmethod
    def of(
        cls, face: Face, quality: Quality, reasons: Sequence[Reason] = (), unified: float | None = None
    ) -> Self:
        return cls(
            box=BoxNote.of(face.box),
            landmarks=tuple(
                Landmark(name=name, x=float(x), y=float(y))
                for name, (x, y) in zip(LANDMARKS, face.landmarks, strict=True)
            ),
            score=face.score,
            quality=QualityNote.of(quality, unified),
            accepted=not reasons,
            reasons=tuple(ReasonNote.of(reason) for reason in reasons),
        )

"""Faces as Rekognition describes them."""

import uuid
from typing import Final, Self

from pydantic import Field

from visavis.domain.face import Face
from visavis.domain.geometry import Size
from visavis.domain.sample import Component, Pose, Quality
from visavis.domain.sample import Reason as OurReason
from visavis.domain.subject import ReferenceDetails
from visavis.wire.rekognition.types import Part, Reason, Rounded

LANDMARK_TYPES: Final = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""In the order of `domain.face.LANDMARKS`. Here left is the left of the picture, there it is the subject's."""

_REASONS: Final = {
    OurReason.TOO_SMALL: Reason.SMALL_BOUNDING_BOX,
    OurReason.TOO_BLURRED: Reason.LOW_SHARPNESS,
    OurReason.TOO_DARK: Reason.LOW_BRIGHTNESS,
    OurReason.TOO_BRIGHT: Reason.LOW_FACE_QUALITY,
    OurReason.TURNED_TOO_FAR: Reason.EXTREME_POSE,
    OurReason.CUT_OFF: Reason.LOW_FACE_QUALITY,
    OurReason.LOW_DETECTION_SCORE: Reason.LOW_CONFIDENCE,
    OurReason.LOW_QUALITY: Reason.LOW_FACE_QUALITY,
}


def reasons_of(reasons: tuple[OurReason, ...]) -> tuple[Reason, ...]:
    """Each once, in order."""
    return tuple(dict.fromkeys(_REASONS[reason] for reason in reasons))


def confidence(score: float) -> float:
    """A detector's score 0..1 as a confidence 0..100: 100 · (1 − (1 − score)³), monotone.

    A convention, no measurement: clients discard faces below 90 or 99, which would be nearly all with the plain
    score. Those bars are the scores 0.54 and 0.78 here.
    """
    return 100.0 * (1.0 - (1.0 - score) ** 3)


class BoundingBox(Part):
    """Shares of the upright picture's width and height; may reach beyond it."""

    width: Rounded
    height: Rounded
    left: Rounded
    top: Rounded

    @classmethod
    def of(cls, face: Face, size: Size) -> Self:
        box = face.box
        return cls(
            width=box.width / size.width,
            height=box.height / size.height,
            left=box.left / size.width,
            top=box.top / size.height,
        )


class Landmark(Part):
    type: str
    x: Rounded
    y: Rounded


class PoseNote(Part):
    roll: Rounded
    yaw: Rounded
    pitch: Rounded

    @classmethod
    def of(cls, pose: Pose) -> Self:
        return cls(roll=pose.roll_deg, yaw=pose.yaw_deg, pitch=pose.pitch_deg)


class ImageQuality(Part):
    """0..100. Brightness is 50 unless parts of the face are too dark or too bright to be seen."""

    brightness: Rounded
    sharpness: Rounded

    @classmethod
    def of(cls, quality: Quality) -> Self:
        dark, bright = (
            _component(quality, name)
            for name in (Component.UNDER_EXPOSURE_PREVENTION, Component.OVER_EXPOSURE_PREVENTION)
        )
        return cls(brightness=50.0 + (dark - bright) / 2, sharpness=_component(quality, Component.SHARPNESS))


def _component(quality: Quality, name: Component) -> float:
    value = quality.component(name)
    return 100.0 if value is None else value


class ComparedFace(Part):
    """A face with the attributes that are always returned."""

    bounding_box: BoundingBox
    confidence: Rounded
    landmarks: tuple[Landmark, ...]
    pose: PoseNote
    quality: ImageQuality

    @classmethod
    def of(cls, face: Face, quality: Quality, size: Size) -> Self:
        points = zip(LANDMARK_TYPES, face.landmarks.tolist(), strict=True)
        return cls(
            bounding_box=BoundingBox.of(face, size),
            confidence=confidence(face.score),
            landmarks=tuple(
                Landmark(type=name, x=x / size.width, y=y / size.height) for name, (x, y) in points
            ),
            pose=PoseNote.of(quality.pose),
            quality=ImageQuality.of(quality),
        )


class FaceDetail(ComparedFace):
    """The same as `DetectFaces` names it. Attributes that are not computed are absent."""


class SourceFace(Part):
    bounding_box: BoundingBox
    confidence: Rounded


class StoredFace(Part):
    """A face of a collection."""

    face_id: str
    bounding_box: BoundingBox
    image_id: str
    external_image_id: str | None = None
    confidence: Rounded
    index_faces_model_version: str
    user_id: str | None = None

    @classmethod
    def of(
        cls, reference_id: uuid.UUID, details: ReferenceDetails, *, version: str, user_id: str | None
    ) -> Self:
        """References that were not made of a picture have an empty box and the confidence 0."""
        left, top, width, height = details.box or (0.0, 0.0, 0.0, 0.0)
        return cls(
            face_id=str(reference_id),
            bounding_box=BoundingBox(width=width, height=height, left=left, top=top),
            image_id=str(details.image_id or reference_id),
            external_image_id=details.external_id or None,
            confidence=confidence(details.detection_score or 0.0),
            index_faces_model_version=version,
            user_id=user_id,
        )


class FaceMatch(Part):
    similarity: Rounded
    face: StoredFace


class FaceRecord(Part):
    face: StoredFace
    face_detail: FaceDetail


class UnindexedFace(Part):
    reasons: tuple[Reason, ...]
    face_detail: FaceDetail


class UnsearchedFace(Part):
    face_details: FaceDetail = Field(description="Singular in meaning, plural in Amazon's name.")
    reasons: tuple[Reason, ...]

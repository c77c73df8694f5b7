"""What a face is worth before a template is made of it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from visavis.domain.arrays import Chip
from visavis.domain.errors import ValueInvalid
from visavis.domain.face import Face


class Component(StrEnum):
    """Quality components, named as in ISO/IEC 29794-5; each is given as 0..100, higher is better."""

    INTER_EYE_DISTANCE = "inter_eye_distance"
    SHARPNESS = "sharpness"
    UNDER_EXPOSURE_PREVENTION = "under_exposure_prevention"
    OVER_EXPOSURE_PREVENTION = "over_exposure_prevention"
    DYNAMIC_RANGE = "dynamic_range"
    ILLUMINATION_UNIFORMITY = "illumination_uniformity"
    HEAD_POSE_YAW = "head_pose_yaw"
    HEAD_POSE_PITCH = "head_pose_pitch"
    HEAD_POSE_ROLL = "head_pose_roll"
    CROP_OF_THE_FACE_IMAGE = "crop_of_the_face_image"


class Reason(StrEnum):
    """Why a face is not taken. The text for people is `advice`."""

    TOO_SMALL = "too_small"
    TOO_BLURRED = "too_blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TURNED_TOO_FAR = "turned_too_far"
    CUT_OFF = "cut_off"
    LOW_DETECTION_SCORE = "low_detection_score"
    LOW_QUALITY = "low_quality"

    @property
    def advice(self) -> str:
        """What the person in front of the camera, or behind it, can do."""
        return _ADVICE[self]


_ADVICE = {
    Reason.TOO_SMALL: "Come closer, or use a photo with more pixels: the face is too small.",
    Reason.TOO_BLURRED: "Hold still and focus: the face is blurred.",
    Reason.TOO_DARK: "Add light to the face: it is too dark.",
    Reason.TOO_BRIGHT: "Reduce the light on the face: it is over-exposed.",
    Reason.TURNED_TOO_FAR: "Look at the camera: the head is turned too far.",
    Reason.CUT_OFF: "Show the whole face: it is cut off by the border of the picture.",
    Reason.LOW_DETECTION_SCORE: "Show the face clearly: the detector is not sure that this is one.",
    Reason.LOW_QUALITY: "Take a clearer, frontal photo: this one would lead to errors.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Estimated head pose in degrees; 0, 0, 0 looks straight into the camera.

    Yaw is positive towards the subject's left, pitch upwards, roll clockwise as seen in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Light and colour of a face as the camera saw them: the mean grey value 0..255, and the natural logarithms of the
    ratios of the mean red and the mean blue to the mean green, 0 for grey. They say how a camera is set, not how good
    a face is."""

    brightness: float
    red_green: float
    blue_green: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Components 0..100 seen in the pixels, and the unified score 0..100 that predicts recognition failure.

    `unified` is `None` until a template was computed, because only the embedding carries it well.
    """

    components: tuple[tuple[Component, float], ...]
    pose: Pose
    unified: float | None = None
    light: Light | None = None

    def __post_init__(self) -> None:
        values = [value for _, value in self.components]
        values += [] if self.unified is None else [self.unified]
        if not all(0.0 <= value <= 100.0 for value in values):
            raise ValueInvalid("Quality lies between 0 and 100.")

    def component(self, name: Component) -> float | None:
        """The component's value, or `None` when it was not assessed."""
        return dict(self.components).get(name)

    def with_unified(self, unified: float) -> "Quality":
        return replace(self, unified=unified)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """An accepted, aligned face, ready for the embedder."""

    face: Face
    chip: Chip
    quality: Quality


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rejection:
    """A face that was found but not accepted; it travels to the end so that it can be counted."""

    face: Face
    reasons: tuple[Reason, ...]
    quality: Quality

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueInvalid("A rejection needs at least one reason.")

    @property
    def advice(self) -> str:
        return " ".join(reason.advice for reason in self.reasons)

"""What the dialect answers: snake_case, pretty printed, nothing that is null."""

from typing import Self

from pydantic import BaseModel, ConfigDict

from visavis.domain.face import Face
from visavis.domain.geometry import Box as Rectangle
from visavis.domain.sample import Pose as HeadPose
from visavis.wire.compreface.similarity import rounded


class Part(BaseModel):
    """A frozen part of an answer."""

    model_config = ConfigDict(frozen=True)

    def pretty(self) -> str:
        return self.model_dump_json(indent=2, exclude_none=True)


class Box(Part):
    """Whole pixels of the upright original."""

    probability: float
    x_max: int
    y_max: int
    x_min: int
    y_min: int

    @classmethod
    def of(cls, box: Rectangle, score: float) -> Self:
        return cls(
            probability=rounded(score),
            x_max=round(box.right),
            y_max=round(box.bottom),
            x_min=round(box.left),
            y_min=round(box.top),
        )


class Pose(Part):
    """Degrees."""

    pitch: float
    roll: float
    yaw: float

    @classmethod
    def of(cls, pose: HeadPose) -> Self:
        return cls(pitch=rounded(pose.pitch_deg), roll=rounded(pose.roll_deg), yaw=rounded(pose.yaw_deg))


class ExecutionTime(Part):
    """Milliseconds; `calculator` is the share of one face."""

    detector: float
    calculator: float | None = None
    pose: float | None = None


class PluginsVersions(Part):
    detector: str
    calculator: str | None = None
    pose: str | None = None


class FaceFields(Part):
    """What every face has. Plugins that were not asked for are absent."""

    embedding: tuple[float, ...] | None = None
    box: Box
    pose: Pose | None = None
    landmarks: tuple[tuple[int, int], ...] | None = None
    execution_time: ExecutionTime | None = None


def landmarks_of(face: Face) -> tuple[tuple[int, int], ...]:
    """Five points: the eye at the left of the picture first, as CompreFace orders them."""
    return tuple((round(float(x)), round(float(y))) for x, y in face.landmarks)


class SubjectSimilarity(Part):
    subject: str
    similarity: float


class RecognisedFace(FaceFields):
    """`decision` is there where it was asked for: what the gallery's policy says."""

    subjects: tuple[SubjectSimilarity, ...]
    decision: str | None = None


class VerifiedFace(FaceFields):
    subject: str
    similarity: float


class ComparedFace(FaceFields):
    similarity: float


class Recognised(Part):
    result: tuple[RecognisedFace, ...]
    plugins_versions: PluginsVersions | None = None


class Verified(Part):
    result: tuple[VerifiedFace, ...]
    plugins_versions: PluginsVersions | None = None


class Detected(Part):
    result: tuple[FaceFields, ...]
    plugins_versions: PluginsVersions | None = None


class Comparison(Part):
    source_image_face: FaceFields
    face_matches: tuple[ComparedFace, ...]
    plugins_versions: PluginsVersions | None = None


class Compared(Part):
    result: tuple[Comparison, ...]


class EmbeddingSubjects(Part):
    embedding: tuple[float, ...]
    similarities: tuple[SubjectSimilarity, ...]


class EmbeddingsRecognised(Part):
    result: tuple[EmbeddingSubjects, ...]


class EmbeddingSimilarity(Part):
    embedding: tuple[float, ...]
    similarity: float


class EmbeddingsVerified(Part):
    """The most alike first."""

    result: tuple[EmbeddingSimilarity, ...]


class SubjectNote(Part):
    subject: str


class SubjectsNote(Part):
    subjects: tuple[str, ...]


class UpdatedNote(Part):
    updated: bool


class DeletedNote(Part):
    deleted: int


class FaceNote(Part):
    image_id: str
    subject: str


class FacesPage(Part):
    faces: tuple[FaceNote, ...]
    page_number: int
    page_size: int
    total_pages: int
    total_elements: int


class Limits(Part):
    """Bytes. The names are CompreFace's."""

    clientMaxFileSize: int  # noqa: N815
    clientMaxBodySize: int  # noqa: N815


class Consistence(Part):
    demoFaceCollectionIsInconsistent: bool = False  # noqa: N815
    dbIsInconsistent: bool = False  # noqa: N815
    saveImagesToDB: bool = True  # noqa: N815
    status: str = "OK"

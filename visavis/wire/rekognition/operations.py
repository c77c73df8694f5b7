"""Requests and responses about the faces of pictures and collections."""

from typing import Annotated, Final

from pydantic import Field

from visavis.wire.rekognition.faces import (
    BoundingBox,
    ComparedFace,
    FaceDetail,
    FaceMatch,
    FaceRecord,
    SourceFace,
    StoredFace,
    UnindexedFace,
)
from visavis.wire.rekognition.types import (
    Attribute,
    CollectionId,
    ExternalImageId,
    FaceId,
    FaceIds,
    Failure,
    Image,
    PageSize,
    PageToken,
    Part,
    Percent,
    QualityFilter,
    Rounded,
    UserId,
)

MaxFaces = Annotated[int, Field(ge=1, le=4096)]
UPRIGHT: Final = "ROTATE_0"
"""Pictures are turned upright by what their EXIF data says, and boxes are those of the upright picture."""


class DetectFacesRequest(Part):
    image: Image
    attributes: tuple[Attribute, ...] | None = None


class DetectFacesResponse(Part):
    face_details: tuple[FaceDetail, ...]
    orientation_correction: str = UPRIGHT


class CompareFacesRequest(Part):
    source_image: Image
    target_image: Image
    similarity_threshold: Percent = 80.0
    quality_filter: QualityFilter = QualityFilter.NONE


class CompareFacesMatch(Part):
    similarity: Rounded
    face: ComparedFace


class CompareFacesResponse(Part):
    source_image_face: SourceFace
    face_matches: tuple[CompareFacesMatch, ...]
    unmatched_faces: tuple[ComparedFace, ...]
    source_image_orientation_correction: str = UPRIGHT
    target_image_orientation_correction: str = UPRIGHT


class IndexFacesRequest(Part):
    collection_id: CollectionId
    image: Image
    external_image_id: ExternalImageId | None = None
    detection_attributes: tuple[Attribute, ...] | None = None
    max_faces: Annotated[int, Field(ge=1)] | None = None
    quality_filter: QualityFilter = QualityFilter.AUTO


class IndexFacesResponse(Part):
    face_records: tuple[FaceRecord, ...]
    orientation_correction: str = UPRIGHT
    face_model_version: str
    unindexed_faces: tuple[UnindexedFace, ...]


class SearchFacesByImageRequest(Part):
    collection_id: CollectionId
    image: Image
    max_faces: MaxFaces = 80
    face_match_threshold: Percent = 80.0
    quality_filter: QualityFilter = QualityFilter.NONE


class SearchFacesByImageResponse(Part):
    searched_face_bounding_box: BoundingBox
    searched_face_confidence: Rounded
    face_matches: tuple[FaceMatch, ...]
    face_model_version: str


class SearchFacesRequest(Part):
    collection_id: CollectionId
    face_id: FaceId
    max_faces: MaxFaces = 80
    face_match_threshold: Percent = 80.0


class SearchFacesResponse(Part):
    searched_face_id: str
    face_matches: tuple[FaceMatch, ...]
    face_model_version: str


class ListFacesRequest(Part):
    collection_id: CollectionId
    next_token: PageToken | None = None
    max_results: PageSize | None = None
    user_id: UserId | None = None
    face_ids: FaceIds | None = None


class ListFacesResponse(Part):
    faces: tuple[StoredFace, ...]
    next_token: str | None = None
    face_model_version: str


class DeleteFacesRequest(Part):
    collection_id: CollectionId
    face_ids: FaceIds


class UnsuccessfulFaceDeletion(Part):
    face_id: str
    user_id: str | None = None
    reasons: tuple[Failure, ...]


class DeleteFacesResponse(Part):
    deleted_faces: tuple[str, ...]
    unsuccessful_face_deletions: tuple[UnsuccessfulFaceDeletion, ...]

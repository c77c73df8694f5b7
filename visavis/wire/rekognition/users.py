"""Requests and responses about the users of collections, and liveness."""

from typing import Annotated

from pydantic import Field

from visavis.wire.rekognition.faces import FaceDetail, UnsearchedFace
from visavis.wire.rekognition.types import (
    CollectionId,
    FaceId,
    Failure,
    Image,
    PageToken,
    Part,
    Percent,
    QualityFilter,
    RequestToken,
    Rounded,
    UserFaceIds,
    UserId,
    UserStatus,
)

MaxUsers = Annotated[int, Field(ge=1, le=500)]


class UserRequest(Part):
    """`CreateUser` and `DeleteUser`."""

    collection_id: CollectionId
    user_id: UserId
    client_request_token: RequestToken | None = None


class AssociateFacesRequest(UserRequest):
    face_ids: UserFaceIds
    user_match_threshold: Percent = 75.0


class DisassociateFacesRequest(UserRequest):
    face_ids: UserFaceIds


class FaceName(Part):
    face_id: str


class UnsuccessfulFaceAssociation(Part):
    face_id: str
    user_id: str | None = None
    confidence: Rounded | None = None
    reasons: tuple[Failure, ...]


class UnsuccessfulFaceDisassociation(Part):
    face_id: str
    user_id: str | None = None
    reasons: tuple[Failure, ...]


class AssociateFacesResponse(Part):
    associated_faces: tuple[FaceName, ...]
    unsuccessful_face_associations: tuple[UnsuccessfulFaceAssociation, ...]
    user_status: UserStatus


class DisassociateFacesResponse(Part):
    disassociated_faces: tuple[FaceName, ...]
    unsuccessful_face_disassociations: tuple[UnsuccessfulFaceDisassociation, ...]
    user_status: UserStatus


class ListUsersRequest(Part):
    collection_id: CollectionId
    max_results: MaxUsers | None = None
    next_token: PageToken | None = None


class UserNote(Part):
    user_id: str
    user_status: UserStatus


class ListUsersResponse(Part):
    users: tuple[UserNote, ...]
    next_token: str | None = None


class SearchUsersRequest(Part):
    """By a user or by a face, not both."""

    collection_id: CollectionId
    user_id: UserId | None = None
    face_id: FaceId | None = None
    user_match_threshold: Percent = 80.0
    max_users: MaxUsers = 80


class UserMatch(Part):
    similarity: Rounded
    user: UserNote


class UserName(Part):
    user_id: str


class SearchUsersResponse(Part):
    user_matches: tuple[UserMatch, ...]
    face_model_version: str
    searched_face: FaceName | None = None
    searched_user: UserName | None = None


class SearchUsersByImageRequest(Part):
    collection_id: CollectionId
    image: Image
    user_match_threshold: Percent = 80.0
    max_users: MaxUsers = 80
    quality_filter: QualityFilter = QualityFilter.NONE


class SearchedFace(Part):
    face_detail: FaceDetail


class SearchUsersByImageResponse(Part):
    user_matches: tuple[UserMatch, ...]
    face_model_version: str
    searched_face: SearchedFace | None = None
    unsearched_faces: tuple[UnsearchedFace, ...]


class CreateFaceLivenessSessionRequest(Part):
    client_request_token: RequestToken | None = None


class GetFaceLivenessSessionResultsRequest(Part):
    session_id: Annotated[FaceId, Field(min_length=36, max_length=36)]

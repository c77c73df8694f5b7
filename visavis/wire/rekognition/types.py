"""What the requests and responses of the Rekognition dialect have in common: names, bounds, patterns."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_pascal

CollectionId: TypeAlias = Annotated[str, Field(min_length=1, max_length=255, pattern=r"\A[a-zA-Z0-9_.\-]+\z")]
UserId: TypeAlias = Annotated[str, Field(min_length=1, max_length=128, pattern=r"\A[a-zA-Z0-9_.\-:]+\z")]
ExternalImageId: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=255, pattern=r"\A[a-zA-Z0-9_.\-:]+\z")
]
FaceId: TypeAlias = Annotated[
    str, Field(pattern=r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\z")
]
Percent: TypeAlias = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
PageSize: TypeAlias = Annotated[int, Field(ge=0, le=4096)]
PageToken: TypeAlias = Annotated[str, Field(max_length=255)]
RequestToken: TypeAlias = Annotated[str, Field(min_length=1, max_length=64, pattern=r"\A[a-zA-Z0-9\-_]+\z")]
FaceIds: TypeAlias = Annotated[tuple[FaceId, ...], Field(min_length=1, max_length=4096)]
UserFaceIds: TypeAlias = Annotated[tuple[FaceId, ...], Field(min_length=1, max_length=100)]


def _five_digits(value: float) -> float:
    return round(value, 5)


Rounded: TypeAlias = Annotated[float, PlainSerializer(_five_digits, return_type=float)]
"""Similarities and confidences 0..100, and ratios, as Rekognition writes them."""


class Part(BaseModel):
    """A part of a request or response, under Amazon's names; what a client sends beyond them is ignored."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_pascal,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
    )


class Empty(Part):
    """A response that says nothing but that it was done."""


class S3Object(Part):
    bucket: str = ""
    name: str = ""


class Image(Part):
    """`bytes` in base64. Pictures in S3 are refused: this server fetches nothing."""

    bytes: str | None = Field(default=None, repr=False)
    s3_object: S3Object | None = Field(default=None, alias="S3Object")


class QualityFilter(StrEnum):
    NONE = "NONE"
    AUTO = "AUTO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Attribute(StrEnum):
    """Beyond the default ones, none of these is computed here; asking for them is allowed."""

    DEFAULT = "DEFAULT"
    ALL = "ALL"
    AGE_RANGE = "AGE_RANGE"
    BEARD = "BEARD"
    EMOTIONS = "EMOTIONS"
    EYE_DIRECTION = "EYE_DIRECTION"
    EYEGLASSES = "EYEGLASSES"
    EYES_OPEN = "EYES_OPEN"
    GENDER = "GENDER"
    MOUTH_OPEN = "MOUTH_OPEN"
    MUSTACHE = "MUSTACHE"
    FACE_OCCLUDED = "FACE_OCCLUDED"
    SMILE = "SMILE"
    SUNGLASSES = "SUNGLASSES"


class UserStatus(StrEnum):
    ACTIVE = "ACTIVE"  #: has faces, is found
    CREATED = "CREATED"  #: has no face yet


class Reason(StrEnum):
    """Why a face was not indexed or not searched."""

    EXCEEDS_MAX_FACES = "EXCEEDS_MAX_FACES"
    EXTREME_POSE = "EXTREME_POSE"
    LOW_BRIGHTNESS = "LOW_BRIGHTNESS"
    LOW_SHARPNESS = "LOW_SHARPNESS"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    SMALL_BOUNDING_BOX = "SMALL_BOUNDING_BOX"
    LOW_FACE_QUALITY = "LOW_FACE_QUALITY"
    FACE_NOT_LARGEST = "FACE_NOT_LARGEST"


class Failure(StrEnum):
    """Why a face could not be deleted, associated or disassociated."""

    FACE_NOT_FOUND = "FACE_NOT_FOUND"
    ASSOCIATED_TO_AN_EXISTING_USER = "ASSOCIATED_TO_AN_EXISTING_USER"
    ASSOCIATED_TO_A_DIFFERENT_USER = "ASSOCIATED_TO_A_DIFFERENT_USER"
    LOW_MATCH_CONFIDENCE = "LOW_MATCH_CONFIDENCE"

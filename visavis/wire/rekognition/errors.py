"""Our errors in the words of Amazon Rekognition.

SDKs look for the type of an error in different places, depending on their age: `__type` in the body (boto3, newer
JavaScript), `code` in the body, and the header `x-amzn-errortype` (older JavaScript). All three say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from pydantic import ConfigDict, Field

from visavis.domain.errors import (
    AccessError,
    AlreadyExists,
    CaptureFailure,
    ConfigurationError,
    Conflict,
    ConsentMissing,
    GalleryFull,
    IdempotencyConflict,
    ImageTooLarge,
    ImageUnreadable,
    InputError,
    NoFace,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    PathNotFound,
    QuotaExceeded,
    ReferenceNotFound,
    Refusal,
    RequestTooLarge,
    Unavailable,
    VisavisError,
)
from visavis.wire.model import Model


class Cause(StrEnum):
    """Finer codes of our errors (`VisavisError.reasons`) where Rekognition tells more apart than we do."""

    UNSIGNED = "unsigned"
    SIGNATURE_INCOMPLETE = "signature_incomplete"
    SIGNATURE_INVALID = "signature_invalid"
    KEY_UNKNOWN = "key_unknown"
    BODY_UNREADABLE = "body_unreadable"
    PAGE_INVALID = "page_invalid"
    S3_OBJECT = "s3_object"
    USER_EXISTS = "user_exists"
    SESSION_UNKNOWN = "session_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What Rekognition calls an error. An empty message stands for our own."""

    type: str
    status: int = 400
    message: str = ""


_INVALID: Final = "InvalidParameterException"

_CAUSES: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        Cause.UNSIGNED: Fault(
            type="MissingAuthenticationTokenException", message="Missing Authentication Token"
        ),
        Cause.SIGNATURE_INCOMPLETE: Fault(type="IncompleteSignatureException"),
        Cause.SIGNATURE_INVALID: Fault(type="InvalidSignatureException"),
        Cause.KEY_UNKNOWN: Fault(type="UnrecognizedClientException"),
        Cause.BODY_UNREADABLE: Fault(type="SerializationException"),
        Cause.PAGE_INVALID: Fault(type="InvalidPaginationTokenException"),
        Cause.S3_OBJECT: Fault(type="InvalidS3ObjectException"),
        Cause.USER_EXISTS: Fault(type="ConflictException"),
        Cause.SESSION_UNKNOWN: Fault(type="SessionNotFoundException"),
    }
)
_KINDS: Final[Mapping[type[VisavisError], Fault]] = MappingProxyType(
    {
        VisavisError: Fault(type="InternalServerError", status=500, message="The server made a mistake."),
        InputError: Fault(type=_INVALID),
        NoFace: Fault(type=_INVALID, message="There are no faces in the image. Should be at least 1."),
        ImageTooLarge: Fault(type="ImageTooLargeException", message="Image size is too large"),
        RequestTooLarge: Fault(type="ImageTooLargeException", message="Image size is too large"),
        ImageUnreadable: Fault(
            type="InvalidImageFormatException", message="Request has invalid image format"
        ),
        Refusal: Fault(type=_INVALID),
        ConsentMissing: Fault(type="AccessDeniedException"),
        CaptureFailure: Fault(type=_INVALID),
        NotFound: Fault(type="ResourceNotFoundException"),
        ReferenceNotFound: Fault(type=_INVALID),
        PathNotFound: Fault(type="UnknownOperationException"),
        Conflict: Fault(type="ConflictException"),
        AlreadyExists: Fault(type="ResourceAlreadyExistsException"),
        GalleryFull: Fault(type="ServiceQuotaExceededException"),
        IdempotencyConflict: Fault(type="IdempotentParameterMismatchException"),
        AccessError: Fault(type="AccessDeniedException"),
        NotAuthenticated: Fault(type="UnrecognizedClientException"),
        NotPermitted: Fault(type="AccessDeniedException"),
        QuotaExceeded: Fault(type="ProvisionedThroughputExceededException"),
        Unavailable: Fault(type="ThrottlingException", status=500),
        ConfigurationError: Fault(type="InternalServerError", status=500),
    }
)


def fault_of(error: VisavisError) -> Fault:
    """By the error's finer code if it has one of ours, else by its class or the nearest one above it."""
    found = next((_CAUSES[reason] for reason in error.reasons if reason in _CAUSES), None)
    fault = found or next(_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS)
    return Fault(type=fault.type, status=fault.status, message=fault.message or error.message)


class ErrorBody(Model):
    """The body of every error."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: str = Field(serialization_alias="__type")
    code: str = Field(serialization_alias="Code")
    logref: str = Field(serialization_alias="Logref", description="The identifier of the request.")
    message: str = Field(serialization_alias="Message")

"""Our errors as CompreFace tells them: `{"message", "code"}`. Clients look at the code."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from visavis.domain.errors import (
    AccessError,
    AlreadyExists,
    CaptureFailure,
    ConfigurationError,
    ImageUnreadable,
    ManyFaces,
    MethodNotAllowed,
    NoFace,
    NotAuthenticated,
    NotPermitted,
    PathNotFound,
    QualityTooLow,
    QuotaExceeded,
    ReferenceNotFound,
    SubjectNotFound,
    Unavailable,
    ValueInvalid,
    VisavisError,
)
from visavis.wire.compreface.responses import Part


class Cause(StrEnum):
    """Finer codes of our errors (`VisavisError.reasons`) where CompreFace tells more apart than we do."""

    HEADER_MISSING = "header_missing"
    KEY_FORM = "key_form"
    SERVICE_UNKNOWN = "service_unknown"
    FILE = "file"
    PARAMETER_MISSING = "parameter_missing"
    PART_MISSING = "part_missing"
    FIELD_EMPTY = "field_empty"
    BODY_UNREADABLE = "body_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What CompreFace calls an error. An empty message stands for our own."""

    status: int
    code: int
    message: str = ""


_OTHER: Final = Fault(status=400, code=0)
_NO_FACE: Final = "No face is found in the given image"

_CAUSES: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        Cause.HEADER_MISSING: Fault(status=400, code=20, message="Missing header: x-api-key"),
        Cause.KEY_FORM: Fault(status=400, code=26, message="Service API key should be UUID"),
        Cause.SERVICE_UNKNOWN: Fault(status=404, code=10),
        Cause.FILE: Fault(status=400, code=21),
        Cause.PARAMETER_MISSING: Fault(status=400, code=33),
        Cause.PART_MISSING: Fault(status=400, code=34),
        Cause.FIELD_EMPTY: Fault(status=400, code=5),
        Cause.BODY_UNREADABLE: _OTHER,
    }
)

FAULTS: Final[Mapping[type[VisavisError], Fault]] = MappingProxyType(
    {
        VisavisError: _OTHER,
        ImageUnreadable: Fault(status=400, code=28, message=_NO_FACE),
        NoFace: Fault(status=400, code=28, message=_NO_FACE),
        QualityTooLow: Fault(status=400, code=28),
        ManyFaces: Fault(status=400, code=31, message="More than one face in the source image"),
        ValueInvalid: Fault(status=400, code=26),
        SubjectNotFound: Fault(status=404, code=42),
        AlreadyExists: Fault(status=400, code=43, message="Subject already exists"),
        ReferenceNotFound: Fault(status=404, code=44),
        PathNotFound: Fault(status=404, code=0),
        MethodNotAllowed: Fault(status=404, code=0),
        CaptureFailure: Fault(status=500, code=41),
        Unavailable: Fault(status=503, code=41),
        ConfigurationError: Fault(status=500, code=41),
        NotAuthenticated: Fault(status=404, code=10),
        AccessError: Fault(status=403, code=0),
        NotPermitted: Fault(status=403, code=0),
        QuotaExceeded: Fault(status=429, code=0),
    }
)
"""Classes that are not named have the fault of the nearest class above them."""


class ErrorBody(Part):
    message: str
    code: int


def fault_of(error: VisavisError) -> Fault:
    """The fault of an error, with its message."""
    fault = next((_CAUSES[reason] for reason in error.reasons if reason in _CAUSES), None)
    if fault is None:
        fault = next(FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS)
    message = fault.message or error.message
    if isinstance(error, QualityTooLow):
        message = f"{_NO_FACE} that is good enough. {message}"
    return Fault(status=fault.status, code=fault.code, message=message)

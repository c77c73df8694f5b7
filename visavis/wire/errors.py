"""Every error in the words and numbers of each way in: one table for HTTP, gRPC and exit codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final, Literal

from pydantic import Field

from visavis.domain.errors import (
    AccessError,
    CalibrationMissing,
    CaptureFailure,
    ConfigurationError,
    Conflict,
    CorrectionConflict,
    DigestMismatch,
    GalleryFull,
    IdempotencyConflict,
    IndexDown,
    InputError,
    KeyUnavailable,
    LastOwner,
    LicenceRefused,
    MediaUnsupported,
    MethodNotAllowed,
    ModelDown,
    ModelMismatch,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    Overloaded,
    PreconditionFailed,
    QuotaExceeded,
    Refusal,
    RequestInProgress,
    RequestTooLarge,
    RequestTooSlow,
    ReviewConflict,
    SchemaMismatch,
    SettingsInvalid,
    SourceUnreachable,
    StoreDown,
    Unavailable,
    VisavisError,
)
from visavis.wire.model import Document

EXIT_MATCH: Final = 0  #: a match, or simply success
EXIT_NO_MATCH: Final = 1  #: a negative or inconclusive decision
EXIT_BUG: Final = 70  #: a fault of the program itself (EX_SOFTWARE of sysexits.h)
EXIT_INTERRUPTED: Final = 130  #: ended by Ctrl-C


_INTERNAL: Final = (
    DigestMismatch,
    IndexDown,
    KeyUnavailable,
    ModelDown,
    SchemaMismatch,
    SettingsInvalid,
    SourceUnreachable,
    StoreDown,
)
"""Their messages name hosts, accounts and paths: something for a log, and for the machine's own command line."""


def told(error: VisavisError) -> VisavisError:
    """What a client of the server is told of an error: of the server's own troubles no more than their kind."""
    if not isinstance(error, _INTERNAL):
        return error
    return type(error)(retry_after_s=error.retry_after_s, request_id=error.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a class of errors is called outside: HTTP status, gRPC code, exit code of the command line."""

    http: int
    grpc: str
    exit: int


STATUSES: Final[Mapping[type[VisavisError], Status]] = MappingProxyType(
    {
        VisavisError: Status(http=500, grpc="INTERNAL", exit=EXIT_BUG),
        InputError: Status(http=422, grpc="INVALID_ARGUMENT", exit=2),
        RequestTooLarge: Status(http=413, grpc="RESOURCE_EXHAUSTED", exit=2),
        RequestTooSlow: Status(http=408, grpc="DEADLINE_EXCEEDED", exit=2),
        MethodNotAllowed: Status(http=405, grpc="UNIMPLEMENTED", exit=2),
        MediaUnsupported: Status(http=415, grpc="INVALID_ARGUMENT", exit=2),
        Refusal: Status(http=422, grpc="FAILED_PRECONDITION", exit=3),
        CaptureFailure: Status(http=422, grpc="FAILED_PRECONDITION", exit=4),
        NotFound: Status(http=404, grpc="NOT_FOUND", exit=5),
        Conflict: Status(http=409, grpc="ALREADY_EXISTS", exit=6),
        ModelMismatch: Status(http=409, grpc="FAILED_PRECONDITION", exit=6),
        GalleryFull: Status(http=409, grpc="RESOURCE_EXHAUSTED", exit=6),
        PreconditionFailed: Status(http=412, grpc="ABORTED", exit=6),
        IdempotencyConflict: Status(http=409, grpc="FAILED_PRECONDITION", exit=6),
        RequestInProgress: Status(http=409, grpc="ABORTED", exit=6),
        CorrectionConflict: Status(http=409, grpc="FAILED_PRECONDITION", exit=6),
        ReviewConflict: Status(http=409, grpc="FAILED_PRECONDITION", exit=6),
        LastOwner: Status(http=409, grpc="FAILED_PRECONDITION", exit=6),
        AccessError: Status(http=403, grpc="PERMISSION_DENIED", exit=7),
        NotAuthenticated: Status(http=401, grpc="UNAUTHENTICATED", exit=7),
        NotPermitted: Status(http=403, grpc="PERMISSION_DENIED", exit=7),
        QuotaExceeded: Status(http=429, grpc="RESOURCE_EXHAUSTED", exit=7),
        Unavailable: Status(http=503, grpc="UNAVAILABLE", exit=8),
        Overloaded: Status(http=503, grpc="UNAVAILABLE", exit=8),
        ConfigurationError: Status(http=500, grpc="FAILED_PRECONDITION", exit=9),
        CalibrationMissing: Status(http=422, grpc="FAILED_PRECONDITION", exit=9),
        LicenceRefused: Status(http=403, grpc="FAILED_PRECONDITION", exit=9),
    }
)
"""Classes that are not named have the status of the nearest class above them."""


def status(kind: type[VisavisError]) -> Status:
    """The status of an error's class: its own, or the nearest one up the tree."""
    return next(STATUSES[base] for base in kind.__mro__ if base in STATUSES)


def kind_of(code: str, http: int) -> type[VisavisError]:
    """The class of an error that a server named; of a code that is not known here, the one that its status means."""
    known = _by_code(VisavisError)
    if code in known:
        return known[code]
    return next((kind for kind, one in STATUSES.items() if one.http == http), VisavisError)


def _by_code(kind: type[VisavisError]) -> dict[str, type[VisavisError]]:
    found = {kind().code: kind}
    for below in kind.__subclasses__():
        found |= _by_code(below)
    return found


def exit_code(error: VisavisError) -> int:
    """What the command line ends with after this error, 2..9."""
    return status(type(error)).exit


class ErrorDocument(Document):
    """Why something was not done. `reasons` are codes of their own, such as those of a refused face."""

    title: ClassVar[str] = "An error, alone or inside another document"
    kind: Literal["visavis.error/1"] = Field(default="visavis.error/1", alias="schema")
    code: str = Field(description="Stable name of the kind of error.")
    message: str = Field(description="What happened, for people.")
    hint: str = Field(description="What to do next; may be empty.")
    retryable: bool = Field(description="Whether the same call may work later.")
    reasons: tuple[str, ...] = Field(default=(), description="Finer codes, such as too_dark.")


def problem(error: VisavisError) -> ErrorDocument:
    """The document of an error."""
    return ErrorDocument(
        code=error.code,
        message=error.message,
        hint=error.advice,
        retryable=error.retryable,
        reasons=tuple(str(reason) for reason in error.reasons),
    )

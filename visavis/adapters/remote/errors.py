"""From the status of a call back to the error that the other server raised."""

from collections.abc import Iterable
from typing import Final, cast

import grpc
from grpc import aio

from visavis.domain.errors import (
    CaptureFailure,
    InputError,
    ModelDown,
    ModelMismatch,
    ModelNotFound,
    Overloaded,
    Unavailable,
    VisavisError,
)
from visavis.wire.grpc import error_of

_PASSED_ON: Final = (InputError, CaptureFailure, Unavailable, ModelMismatch, ModelNotFound)
"""What is said about the picture or the load is true for the caller, too. Anything else is between the servers: a
caller whose own key is good must not hear that a key is wrong."""
_KEY: Final = "Check serving.remote_key: an API key with the permission inference."


def told(error: aio.AioRpcError) -> VisavisError:
    """The error that a failed call stands for."""
    metadata = cast("Iterable[tuple[str, str | bytes]]", error.trailing_metadata() or ())
    sent = error_of(error.details() or "", metadata)
    if isinstance(sent, _PASSED_ON):
        return sent
    match error.code():
        case grpc.StatusCode.RESOURCE_EXHAUSTED if sent is None:
            return Overloaded("The inference service has too many calls at once.")
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return ModelDown("The inference service did not answer in time.")
        case grpc.StatusCode.UNAVAILABLE:
            return ModelDown("The inference service cannot be reached.")
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
            return ModelDown("The inference service does not let this server in.", hint=_KEY)
        case _:
            return ModelDown("The inference service failed.")

"""Every error as a status with trailing metadata."""

import logging
from typing import NoReturn, Protocol
from uuid import UUID

import grpc

from visavis.domain.errors import VisavisError
from visavis.wire.errors import status, told
from visavis.wire.grpc import REQUEST_ID, Metadata, error_metadata

log = logging.getLogger("visavis.rpc")


class Abortable(Protocol):
    async def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: Metadata = ()
    ) -> NoReturn: ...


def refusal(error: BaseException) -> VisavisError:
    """What a call answers after an error; one that is no `VisavisError` is a fault of the server, and logged.

    Of several that ended a stream together, the first one of ours counts.
    """
    if isinstance(error, VisavisError):
        return error
    if isinstance(error, BaseExceptionGroup):
        found = [refusal(one) for one in error.exceptions]
        return next((one for one in found if type(one) is not VisavisError), found[0])
    log.error("a call failed", exc_info=error)
    return VisavisError("The server made a mistake; its log says more.")


def code_of(error: VisavisError) -> grpc.StatusCode:
    return grpc.StatusCode[status(type(error)).grpc]


async def refuse(context: Abortable, error: VisavisError, request: UUID) -> NoReturn:
    """Ends the call with this error, as it is told to clients."""
    outward = told(error)
    if outward is not error:
        extra = {"code": error.code, "reason": error.message, "request": str(request)}
        log.warning("unavailable", extra=extra)
    error = outward
    await context.abort(code_of(error), error.message, (*error_metadata(error), (REQUEST_ID, str(request))))

"""Every refusal on its way out, in whatever dialect: noted where it concerns access, and without our own troubles."""

import logging

from fastapi import Request

from visavis.api.service import request_id, service_of
from visavis.application.access.authenticate import Admission
from visavis.domain.errors import VisavisError
from visavis.wire.errors import told

log = logging.getLogger("visavis.api")


async def refused(request: Request, error: VisavisError) -> VisavisError:
    """What is told. Somebody who may not do what was asked for stands in the audit log, once a minute."""
    admission: Admission | None = getattr(request.state, "admission", None)
    if admission is not None:
        authenticate = service_of(request).entrance.authenticate
        await authenticate.note_error(admission.principal, error, request=request_id(request))
    outward = told(error)
    if outward is not error:
        extra = {"code": error.code, "reason": error.message, "request": str(request_id(request))}
        log.warning("unavailable", extra=extra)
    return outward

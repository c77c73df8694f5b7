"""Every refusal on its way out, in whatever dialect: noted where it concerns access, and without our own troubles."""

import logging
from contextlib import suppress

from fastapi import Request

from visavis.api.service import request_id, service_of
from visavis.application.access.authenticate import Admission
from visavis.domain.errors import NotPermitted, Unavailable, VisavisError
from visavis.wire.errors import told

log = logging.getLogger("visavis.api")


async def refused(request: Request, error: VisavisError) -> VisavisError:
    """What is told. Somebody who may not do what was asked for stands in the audit log, once a minute."""
    admission: Admission | None = getattr(request.state, "admission", None)
    if isinstance(error, NotPermitted) and admission is not None:
        with suppress(Unavailable):
            await service_of(request).entrance.authenticate.note_refusal(
                admission.principal,
                "not_permitted",
                needed=next(iter(error.reasons), None),
                request=request_id(request),
            )
    outward = told(error)
    if outward is not error:
        extra = {"code": error.code, "reason": error.message, "request": str(request_id(request))}
        log.warning("unavailable", extra=extra)
    return outward

"""The way in: everything under /api/v1, with errors as CompreFace tells them.

A key in the header `x-api-key` belongs to one service. A recognition service is a gallery: its key is limited to
that one gallery. Keys that are not limited to galleries are for detection, if they may detect, and for verification,
if they may verify.
"""

import contextlib
import math
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from visavis.api.dialects.compreface import faces, pictures, recognition, subjects, system
from visavis.api.dialects.compreface.call import MOST_BODY_BYTES, Call, Endpoint, Kind, answer
from visavis.api.refusals import refused
from visavis.api.service import request_id, service_of
from visavis.domain.access import Actor, ActorKind, Permission, Principal
from visavis.domain.account import KeyKind
from visavis.domain.errors import NotAuthenticated, PathNotFound, ValueInvalid, VisavisError
from visavis.domain.subject import DEFAULT_TENANT
from visavis.wire.compreface.errors import Cause, ErrorBody, fault_of

PREFIX: Final = "/api/v1"
ENDPOINTS: Final = (
    *subjects.ENDPOINTS,
    *faces.ENDPOINTS,
    *recognition.ENDPOINTS,
    *pictures.ENDPOINTS,
    *system.ENDPOINTS,
)
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
_UNLIMITED: Final = {Kind.DETECTION: Permission.DETECT, Kind.VERIFICATION: Permission.VERIFY}
_RETRY_AFTER_S: Final = 1.0
_NOBODY: Final = Principal(
    tenant=DEFAULT_TENANT, actor=Actor(kind=ActorKind.SYSTEM, id="compreface"), permissions=frozenset()
)
"""Whoever asks without a key: may do nothing."""


def _routed() -> APIRouter:
    """Each path with and without a slash at its end, as CompreFace's own documents have them."""
    router = APIRouter(prefix=PREFIX, include_in_schema=False)
    for endpoint in ENDPOINTS:
        for path in (endpoint.path, f"{endpoint.path}/"):
            router.add_api_route(path, _route(endpoint), methods=[endpoint.method], response_model=None)
    router.add_api_route("/{path:path}", _nothing, methods=list(_METHODS), response_model=None)
    return router


def _route(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def compreface(request: Request) -> Response:
        try:
            call = await _call(endpoint, request)
            with service_of(request).room.place(endpoint.permissions):
                return await endpoint.run(call)
        except VisavisError as error:
            await _drain(request)
            return _refusal(await refused(request, error))

    return compreface


async def _drain(request: Request) -> None:
    """Reads what is still to come of a body that is not wanted: clients that are still sending see no answer."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > 2 * MOST_BODY_BYTES:
        return
    with contextlib.suppress(
        ClientDisconnect, RuntimeError, VisavisError
    ):  # RuntimeError: it was read already
        async for _ in request.stream():
            pass


async def _nothing(request: Request) -> Response:
    """Paths that there are not, and methods that a path does not have: CompreFace answers both alike."""
    return _refusal(PathNotFound(f"There is nothing at {request.method} {request.url.path[:200]}"))


async def _call(endpoint: Endpoint, request: Request) -> Call:
    """Raises `NotAuthenticated`, `NotPermitted`, `QuotaExceeded`, `ValueInvalid`."""
    service = service_of(request)
    entrance = service.entrance
    await entrance.rate_limit.address(request.client.host if request.client else "")
    if endpoint.kind is None:
        principal = None
    else:
        key = _key(request)
        try:
            admission = await entrance.authenticate.key(key, kind=KeyKind.UUID)
        except NotAuthenticated:
            raise _unknown(endpoint.kind, key) from None
        await entrance.rate_limit(admission)
        request.state.admission = admission
        principal = admission.principal
        if not _is_for(endpoint.kind, principal):
            raise _unknown(endpoint.kind, key)
        for permission in endpoint.permissions:
            principal.require(permission)
    return Call(
        request=request,
        platform=service.installation.platform(principal or _NOBODY, request_id(request)),
        gallery=next(iter(principal.galleries or ()), "") if principal else "",
    )


def _key(request: Request) -> str:
    """From the path where it stands there, for pictures that browsers show. Raises `ValueInvalid`."""
    key = request.path_params.get("api_key") or request.headers.get("x-api-key", "").strip()
    if not key:
        raise ValueInvalid(reasons=(Cause.HEADER_MISSING,))
    try:
        known = str(uuid.UUID(key))
    except ValueError:
        known = ""
    if key.lower() != known:
        raise ValueInvalid(reasons=(Cause.KEY_FORM,))
    return known


def _is_for(kind: Kind, principal: Principal) -> bool:
    if kind is Kind.RECOGNITION:
        return principal.galleries is not None and len(principal.galleries) == 1
    return principal.galleries is None and principal.may(_UNLIMITED[kind])


def _unknown(kind: Kind, key: str) -> NotAuthenticated:
    return NotAuthenticated(
        f"{kind.value} service with API Key {key} not found", reasons=(Cause.SERVICE_UNKNOWN,)
    )


def _refusal(error: VisavisError) -> Response:
    fault = fault_of(error)
    response = answer(ErrorBody(message=fault.message, code=fault.code), fault.status)
    if error.retryable:
        wait_s = error.retry_after_s if error.retry_after_s is not None else _RETRY_AFTER_S
        response.headers["retry-after"] = str(max(1, math.ceil(wait_s)))
    return response


router: Final = _routed()

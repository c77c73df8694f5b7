"""`Idempotency-Key`: a write that is sent twice is done once."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from visavis.api.service import principal_of, service_of
from visavis.application.access.idempotency import Claim
from visavis.application.ports.requests import StoredResponse

HEADER = "idempotency-key"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class IdempotentRoute(APIRoute):
    """For writes that carry the header; others pass as they are.

    The answer of the first try is kept encrypted for a day and given to every repetition. A try that fails has
    done nothing, and leaves nothing.
    """

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or request.method not in _WRITES:
                return await handler(request)
            idempotency = service_of(request).entrance.doors.idempotency
            principal = await principal_of(request)
            begun = await idempotency.begin(principal, key, await _fingerprint(request))
            if isinstance(begun, StoredResponse):
                return Response(
                    begun.body,
                    status_code=begun.status,
                    media_type=begun.media_type or None,
                    headers={"Idempotent-Replayed": "true"},
                )
            return await _first(request, handler, begun)

        return handle


async def _first(request: Request, handler: Handler, claim: Claim) -> Response:
    idempotency = service_of(request).entrance.doors.idempotency
    try:
        response = await handler(request)
    except BaseException:
        await idempotency.release(claim)
        raise
    if response.status_code >= 400:
        await idempotency.release(claim)
        return response
    await idempotency.finish(
        claim,
        StoredResponse(
            status=response.status_code,
            media_type=response.headers.get("content-type", ""),
            body=bytes(response.body),
        ),
    )
    return response


async def _fingerprint(request: Request) -> bytes:
    """Of all that the request says. The boundary of a multipart body says nothing: clients choose another each time."""
    kind, body = request.headers.get("content-type", ""), await request.body()
    name, _, rest = kind.partition("boundary=")
    if rest:
        boundary = rest.partition(";")[0].strip().strip('"')
        kind, body = name, body.replace(boundary.encode(), b"")
    digest = hashlib.sha256()
    for part in (request.method, request.url.path, request.url.query, kind):
        digest.update(part.encode() + b"\0")
    digest.update(body)
    return digest.digest()

"""`Idempotency-Key`: a write that is sent twice is done once."""

import hashlib
from contextlib import suppress

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from visavis.api.guard import Handler, guarded
from visavis.api.service import principal_of, service_of
from visavis.application.access.idempotency import Claim
from visavis.application.identifiers import SeededIdentifiers
from visavis.application.ports.requests import StoredResponse
from visavis.domain.errors import RequestInProgress, Unavailable

HEADER = "idempotency-key"
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class IdempotentRoute(APIRoute):
    """For writes that carry the header; others pass as they are.

    The answer of the first try is kept encrypted for a day and given to every repetition. A try that was refused has
    done nothing, and leaves nothing. If the store went away, nobody knows what was done: the next try takes over, and
    makes the same identifiers.
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

        return guarded(self, handle)


async def _first(request: Request, handler: Handler, claim: Claim) -> Response:
    """What was done is answered, even if the answer cannot be kept: whoever got it has no reason to ask again."""
    idempotency = service_of(request).entrance.doors.idempotency
    request.state.identifiers = SeededIdentifiers(claim.seed)
    async with idempotency.held(claim):
        try:
            response = await handler(request)
        except Unavailable:
            with suppress(Unavailable):
                await idempotency.give_up(claim)
            raise
        except BaseException:
            with suppress(Unavailable):
                await idempotency.release(claim)
            raise
    with suppress(Unavailable, RequestInProgress):
        if response.status_code >= 400:
            await idempotency.release(claim)
        else:
            await idempotency.finish(claim, _stored(response))
    return response


def _stored(response: Response) -> StoredResponse:
    return StoredResponse(
        status=response.status_code,
        media_type=response.headers.get("content-type", ""),
        body=bytes(response.body),
    )


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

"""Who it is comes before what is sent: a stranger's body is not read, and JSON is small."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request as AnyRequest
from starlette.responses import Response
from starlette.types import Message

from visavis.api.service import admission_of, principal_of
from visavis.domain.errors import RequestTooLarge

MOST_JSON_BYTES: Final = 2**20
"""Of a body that is described by a model. Pictures have bounds of their own."""

_MOST = "most_json_bytes"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedRoute(APIRoute):
    """FastAPI reads and parses a body before it asks the dependencies, and so before it knows who sends it. Here a
    route that has any use for the caller asks for it first.

    Raises `NotAuthenticated`, `NotPermitted`, `QuotaExceeded`, `RequestTooLarge`.
    """

    def get_route_handler(self) -> Handler:
        return guarded(self, super().get_route_handler())


def larger_json(most_bytes: int) -> Callable[[Endpoint], Endpoint]:
    """Marks a route whose JSON may be larger, because there are pictures in it. Stands below the route's decorator."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.__dict__[_MOST] = most_bytes
        return endpoint

    return mark


def guarded(route: APIRoute, handler: Handler) -> Handler:
    """The handler behind the guard."""
    asks, small = _asks_who(route.dependant), route.body_field is not None
    most: int = getattr(route.endpoint, _MOST, MOST_JSON_BYTES)

    async def handle(request: Request) -> Response:
        if asks:
            await principal_of(request)
        return await handler(_small(request, most) if small else request)

    return handle


def bounded_json(request: AnyRequest, most_bytes: int = MOST_JSON_BYTES) -> Callable[[], Awaitable[Message]]:
    """What to receive the body from: it ends with `RequestTooLarge` beyond so many bytes."""
    got = 0

    async def receive() -> Message:
        nonlocal got
        message = await request.receive()
        got += len(message.get("body", b""))
        if got > most_bytes:
            raise RequestTooLarge(f"The body is larger than {most_bytes:,} bytes.")
        return message

    return receive


def require_length(request: AnyRequest, most_bytes: int) -> None:
    """Before anything is read. Raises `RequestTooLarge`."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most_bytes:
        raise RequestTooLarge(f"The body is larger than {most_bytes:,} bytes.")


def _small(request: Request, most_bytes: int) -> Request:
    require_length(request, most_bytes)
    return Request(request.scope, bounded_json(request, most_bytes))


def _asks_who(dependant: Dependant) -> bool:
    calls = [one.call for one in dependant.dependencies]
    known = any(call in (principal_of, admission_of) or hasattr(call, "permissions") for call in calls)
    return known or any(_asks_who(one) for one in dependant.dependencies)

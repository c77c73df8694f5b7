"""What every request passes: an identifier, bounds on its body, and headers that keep browsers careful."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis.domain.errors import Overloaded, RequestTooLarge, RequestTooSlow
from visavis.wire.v1.problem import PROBLEM_JSON, Problem

log = logging.getLogger("visavis.api")

REQUEST_ID = "x-request-id"

SECURE_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class RequestContext:
    """Gives each request an identifier, adds security headers and writes one line to the log.

    The line has method, route, status and duration: no query, no body, no names.
    """

    def __init__(self, app: ASGIApp, *, hsts: bool) -> None:
        self._app = app
        self._headers = dict(SECURE_HEADERS)
        if hsts:
            self._headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        identifier = _sent_id(scope) or uuid4()
        scope.setdefault("state", {})["request_id"] = identifier
        began = time.perf_counter()
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = str(identifier)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            taken_ms = (time.perf_counter() - began) * 1000
            log.info(
                "request",
                extra={
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "ms": round(taken_ms, 1),
                    "request": str(identifier),
                },
            )


def _sent_id(scope: Scope) -> UUID | None:
    """The client's own identifier, if it sent a UUID; anything else could smuggle text into logs."""
    try:
        return UUID(Headers(scope=scope).get(REQUEST_ID, ""))
    except ValueError:
        return None


class BodyBounds:
    """Refuses bodies beyond `most_bytes` before they are read, and bodies that arrive too slowly.

    All bodies of the process together take `most_together_bytes` at most; what is beyond is refused.
    """

    def __init__(
        self, app: ASGIApp, *, most_bytes: int, timeout_s: float, most_together_bytes: int = 2**29
    ) -> None:
        self._app = app
        self._most = most_bytes
        self._timeout_s = timeout_s
        self._most_together = most_together_bytes
        self._together = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > self._most:
            await _refuse(scope, send, RequestTooLarge())
            return
        held: list[int] = []
        try:
            await self._app(scope, self._bounded(receive, held), send)
        finally:
            self._together -= sum(held)

    def _bounded(self, receive: Receive, held: list[int]) -> Callable[[], Awaitable[Message]]:
        got = 0
        ended = False
        deadline = time.monotonic() + self._timeout_s

        async def bounded() -> Message:
            nonlocal got, ended
            if ended:
                return await receive()
            try:
                async with asyncio.timeout(max(deadline - time.monotonic(), 0.001)):
                    message = await receive()
            except TimeoutError:
                raise RequestTooSlow from None
            size = len(message.get("body", b""))
            got += size
            held.append(size)
            self._together += size
            ended = not message.get("more_body", False)
            if got > self._most:
                raise RequestTooLarge
            if self._together > self._most_together:
                raise Overloaded("There are more requests than this process can hold.", retry_after_s=1.0)
            return message

        return bounded


async def _refuse(scope: Scope, send: Send, error: RequestTooLarge) -> None:
    problem = Problem.of(error, request_id=str(scope.get("state", {}).get("request_id", "")))
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(b"content-type", PROBLEM_JSON.encode()), (b"connection", b"close")],
        }
    )
    await send({"type": "http.response.body", "body": problem.model_dump_json().encode()})

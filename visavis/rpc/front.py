"""Where every call comes in: identified, let in, permitted, answered, logged."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote
from uuid import UUID, uuid4

import grpc
from google.protobuf.message import Message
from grpc import aio

from visavis.bootstrap.accounts import Credentials
from visavis.bootstrap.server import Service
from visavis.domain.access import Principal
from visavis.domain.errors import NotPermitted, VisavisError
from visavis.rpc.calls import Answer, Call
from visavis.rpc.errors import code_of, refusal, refuse
from visavis.rpc.routes import ROUTES, Route
from visavis.wire.grpc import REQUEST_ID

log = logging.getLogger("visavis.rpc")

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Context: TypeAlias = "aio.ServicerContext[Any, Any]"


class Front(aio.ServerInterceptor):  # type: ignore[type-arg]  # generic only in its stubs
    """Lets callers in before anything of their request is read, so that strangers cannot fill the memory.

    Methods that are not ours are open to everybody: health, and reflection unless the settings turn it off.
    """

    def __init__(self, service: Service, stopping: asyncio.Event) -> None:
        self._service = service
        self._stopping = stopping

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        route = ROUTES.get(handler_call_details.method)
        if route is None:
            return await continuation(handler_call_details)
        sent = _texts(handler_call_details.invocation_metadata)
        request = _request_id(sent.get(REQUEST_ID, ""))
        credentials = Credentials(bearer=_bearer(sent))
        try:
            principal = (await self._service.authenticate(credentials)).principal
            await self._permit(principal, route, request)
        except Exception as error:  # noqa: BLE001 (the outermost loop of a call; it is logged and answered)
            return _refused(route, refusal(error), request)
        visit = _Visit(
            service=self._service,
            route=route,
            principal=principal,
            credentials=credentials,
            request=request,
            stopping=self._stopping,
        )
        return _handler(route, visit)

    async def _permit(self, principal: Principal, route: Route, request: UUID) -> None:
        try:
            for permission in route.permissions:
                principal.require(permission)
        except NotPermitted as error:
            await self._service.entrance.authenticate.note_error(principal, error, request=request)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """Answers one call of somebody who was let in."""

    service: Service
    route: Route
    principal: Principal
    credentials: Credentials
    request: UUID
    stopping: asyncio.Event

    async def answer(self, sent: Message | AsyncIterator[Message], context: Context) -> Answer:
        began, status = time.perf_counter(), grpc.StatusCode.CANCELLED
        try:
            context.set_trailing_metadata(((REQUEST_ID, str(self.request)),))
            await self.service.entrance.rate_limit.address(_address(context.peer()))
            with self._place():
                answer = await self.route.run(self._call(context), sent)
            status = grpc.StatusCode.OK
        except Exception as error:  # noqa: BLE001 (the outermost loop of a call; it is logged and answered)
            refused = refusal(error)
            status = code_of(refused)
            await self.service.entrance.authenticate.note_error(self.principal, refused, request=self.request)
        else:
            return answer
        finally:
            _note(self.route, status, (time.perf_counter() - began) * 1000, self.request)
        return await refuse(context, refused, self.request)

    def _place(self) -> AbstractContextManager[None]:
        """A stream takes places for its captures, not for itself: HTTP/2 keeps back what is too much."""
        streams = self.route.method.client_streaming or self.route.method.server_streaming
        return nullcontext() if streams else self.service.room.place(self.route.permissions)

    def _call(self, context: Context) -> Call:
        return Call(
            service=self.service,
            platform=self.service.installation.platform(self.principal, self.request),
            context=context,
            credentials=self.credentials,
            permissions=self.route.permissions,
            request=self.request,
            stopping=self.stopping,
        )


def _handler(route: Route, visit: _Visit) -> Handler:
    """Streams write to the context, so all kinds are coroutines of what was sent and the context."""
    method = route.method
    if method.client_streaming:
        make = grpc.stream_stream_rpc_method_handler
    elif method.server_streaming:
        make = grpc.unary_stream_rpc_method_handler
    else:
        make = grpc.unary_unary_rpc_method_handler
    return make(visit.answer, route.request, lambda answer: answer.SerializeToString())


def _refused(route: Route, error: VisavisError, request: UUID) -> Handler:
    """As a stream, whatever the method is: a stream can be ended before its first message was read."""

    async def end(_: object, context: Context) -> None:
        _note(route, code_of(error), 0.0, request)
        await refuse(context, error, request)

    return grpc.stream_stream_rpc_method_handler(end)


def _note(route: Route, status: grpc.StatusCode, taken_ms: float, request: UUID) -> None:
    log.info(
        "call",
        extra={
            "method": route.path,
            "status": status.name,
            "ms": round(taken_ms, 1),
            "request": str(request),
        },
    )


def _texts(metadata: Iterable[tuple[str, str | bytes]]) -> Mapping[str, str]:
    return {key: value for key, value in metadata if isinstance(value, str)}


def _bearer(sent: Mapping[str, str]) -> str:
    """`authorization: Bearer …` or `x-api-key: …`"""
    scheme, _, token = sent.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else sent.get("x-api-key", "")


def _request_id(text: str) -> UUID:
    """The caller's own, if it is a UUID; anything else could smuggle text into logs."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _address(peer: str) -> str:
    """The IP address in gRPC's name of the other side; empty for sockets of another kind."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""

"""The server as the signed-in person sees it: each request of a page is made in her session."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Annotated

import httpx
from fastapi import Depends, Request

from visavis.bootstrap.console import ConsoleConfig
from visavis.client.asynchronous import AsyncClient
from visavis.domain.access import Permission
from visavis.domain.errors import NotAuthenticated
from visavis.wire.v1.accounts import Me


class SharedTransport(httpx.AsyncBaseTransport):
    """One set of connections for all requests; closed with the console, not with a page."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Stays open."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: who asks, and the server in her name."""

    client: AsyncClient
    me: Me

    def may(self, permission: Permission) -> bool:
        return permission in self.me.permissions


def config_of(request: Request) -> ConsoleConfig:
    config: ConsoleConfig = request.app.state.config
    return config


def forwarded(request: Request) -> dict[str, str]:
    """Who asks, for an API that counts by address: it believes this of proxies that it trusts."""
    way = [one for one in request.headers.getlist("x-forwarded-for") if one]
    here = [request.client.host] if request.client else []
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    return {"x-forwarded-for": ", ".join(way + here), "x-forwarded-proto": scheme}


@asynccontextmanager
async def client_of(request: Request, more: Mapping[str, str] | None = None) -> AsyncIterator[AsyncClient]:
    """The server in the session of this request, with `more` headers."""
    config = config_of(request)
    headers = {name: request.headers[name] for name in ("cookie", "host") if name in request.headers}
    headers |= forwarded(request) | dict(more or {})
    async with AsyncClient(
        config.api_url, "", transport=request.app.state.transport, retries=1, headers=headers
    ) as client:
        yield client


async def visit(request: Request) -> AsyncIterator[Visit]:
    """A dependency. Raises `NotAuthenticated`, which leads to the sign-in."""
    if "cookie" not in request.headers:
        raise NotAuthenticated
    async with client_of(request) as client:
        yield Visit(client, await client.me())


Visiting = Annotated[Visit, Depends(visit)]

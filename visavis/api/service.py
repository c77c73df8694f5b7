"""What the API is made over: the composition root fills it, routes read it from the request."""

import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Request

from visavis.application.access.authenticate import Admission
from visavis.bootstrap.accounts import Credentials
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.server import Service
from visavis.domain.access import Permission, Principal
from visavis.domain.errors import NotAuthenticated

SESSION_COOKIE = "visavis_session"
_HOST = "__Host-"  #: with this prefix, browsers take a cookie from this very host and over TLS only
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def request_id(request: Request) -> UUID:
    """One per request: chosen by the request-id middleware, or here where that did not run."""
    known: UUID | None = getattr(request.state, "request_id", None)
    return known or uuid4()


def is_secure(request: Request) -> bool:
    """Plain HTTP is for this machine alone; everywhere else cookies travel over TLS only."""
    try:
        local = ipaddress.ip_address(request.url.hostname or "").is_loopback
    except ValueError:
        local = request.url.hostname == "localhost"
    configured = service_of(request).installation.settings.server.url
    return request.url.scheme == "https" or configured.startswith("https:") or not local


def cookie_name(request: Request, name: str = SESSION_COOKIE) -> str:
    """What the cookie is called; a neighbouring host cannot set one with this name."""
    return f"{_HOST}{name}" if is_secure(request) else name


def credentials_of(request: Request) -> Credentials:
    """`Authorization: Bearer …`, `X-API-Key: …`, or the session cookie of a browser."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    bearer = token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    return Credentials(
        bearer=bearer,
        session=request.cookies.get(cookie_name(request), "") if not bearer else "",
        csrf=request.headers.get(CSRF_HEADER, ""),
        address=request.client.host if request.client else "",
        safe=request.method in _SAFE,
    )


async def admission_of(request: Request) -> Admission:
    """How the caller was let in; asked once per request. Raises `NotAuthenticated`, `QuotaExceeded`."""
    known: Admission | None = getattr(request.state, "admission", None)
    if known is None:
        credentials = credentials_of(request)
        if not credentials.bearer and not credentials.session:
            raise NotAuthenticated(hint="Send an API key: Authorization: Bearer vv_…")
        known = await service_of(request).authenticate(credentials)
        request.state.admission = known
    return known


async def principal_of(request: Request) -> Principal:
    """The authenticated caller."""
    return (await admission_of(request)).principal


def allowed(*permissions: Permission) -> Callable[[Request], Awaitable[Platform]]:
    """A dependency: the use cases of a caller that has all these permissions. Raises `NotPermitted`."""

    async def platform(request: Request) -> Platform:
        principal = await principal_of(request)
        for permission in permissions:
            principal.require(permission)
        return service_of(request).installation.platform(
            principal, request_id(request), getattr(request.state, "identifiers", None)
        )

    platform.__dict__["permissions"] = permissions
    return platform


Caller = Annotated[Principal, Depends(principal_of)]


async def room(request: Request) -> AsyncIterator[None]:
    """A dependency: a place among the requests with pictures; refuses at once while there is none, before anything is
    read. Raises `Overloaded`."""
    with service_of(request).room.place({Permission.DETECT}):
        yield

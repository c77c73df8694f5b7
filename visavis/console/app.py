"""The console: pages for people, over the API of a server. It keeps nothing, so any number of them may run."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import Response

from visavis.bootstrap.console import ConsoleConfig
from visavis.console.assets import Assets, add_assets
from visavis.console.failures import add_failures
from visavis.console.pages import (
    access,
    alerts,
    attendance,
    audit,
    cameras,
    compliance,
    enrol,
    enrol_many,
    enrol_unknowns,
    evidence,
    galleries,
    jobs,
    kiosk,
    live,
    log,
    models,
    overview,
    people,
    reports,
    review,
    search,
    settings,
    settings_keys,
    sign_in,
    visitors,
    welcome,
    widget,
)
from visavis.console.platform import SharedTransport
from visavis.console.proxy import add_proxy
from visavis.console.render import Renderer

_PAGES = (
    sign_in,
    welcome,
    overview,
    live,
    enrol,
    log,
    people,
    search,
    kiosk,
    alerts,
    attendance,
    cameras,
    access,
    visitors,
    jobs,
    enrol_many,
    enrol_unknowns,
    galleries,
    models,
    widget,
    review,
    evidence,
    compliance,
    audit,
    reports,
    settings,
    settings_keys,
)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


def create_app(config: ConsoleConfig, transport: httpx.AsyncBaseTransport | None = None) -> FastAPI:
    """`transport` is another way to the API than the network, for tests."""
    assets = Assets.read()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        inner = transport or httpx.AsyncHTTPTransport(
            verify=config.trust, limits=httpx.Limits(max_connections=200)
        )
        async with inner:
            app.state.transport = SharedTransport(inner)
            yield

    app = FastAPI(
        title="Visavis console",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.config = config
    app.state.renderer = Renderer(assets)
    app.add_middleware(BaseHTTPMiddleware, dispatch=_careful)
    add_failures(app)
    for page in _PAGES:
        app.include_router(page.router)
    add_assets(app, assets)
    add_proxy(app)
    return app


async def _careful(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Headers that keep browsers careful, where the answer does not say something stricter."""
    response = await call_next(request)
    path = request.url.path
    if not path.startswith("/v1/") or path.startswith(sign_in.WITH_PROVIDER):
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response

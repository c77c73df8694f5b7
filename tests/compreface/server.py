"""The dialect behind a real HTTP server on the loopback interface, for real clients and for imitations of them."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import FastAPI

from visavis.adapters.memory.limiter import MemoryLimiter
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.api.dialects.compreface.router import router
from visavis.api.errors import add_error_handlers
from visavis.api.middleware import BodyBounds, RequestContext
from visavis.application.access.api_keys import ApiKeys, KeyRequest
from visavis.application.access.authenticate import Authenticate, Recent
from visavis.application.access.rate_limit import RateLimit
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.inference import Inference
from visavis.bootstrap.compreface import DETECTION, RECOGNITION, VERIFICATION, service_gallery
from visavis.bootstrap.platform import Installation, Platform, install
from visavis.bootstrap.room import Room
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import KeyKind, Rate
from visavis.domain.pack import Pack
from visavis.domain.policy import Keep
from visavis.settings import load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    url: str
    installation: Installation
    keys: ApiKeys
    run: Callable[[Any], Any] = field(repr=False)

    @property
    def platform(self) -> Platform:
        return self.installation.platform(local_principal("test"))

    def key(
        self,
        permissions: frozenset[Permission],
        *,
        gallery: str | None = None,
        kind: KeyKind = KeyKind.UUID,
        rate: Rate | None = None,
    ) -> str:
        wanted = KeyRequest(
            name=f"test {RandomIdentifiers().new()}",
            permissions=permissions,
            kind=kind,
            galleries=frozenset({gallery}) if gallery else None,
            rate=rate,
        )
        secret: str = self.run(self.keys.create(local_principal("test"), wanted)).secret
        return secret

    def recognition(self, gallery: str, *, keep: Keep = Keep.NOTHING) -> str:
        """The key of a recognition service, whose gallery is made if there is none."""
        self.run(service_gallery(self.platform, gallery, keep=keep))
        return self.key(RECOGNITION, gallery=gallery)

    def detection(self) -> str:
        return self.key(DETECTION)

    def verification(self) -> str:
        return self.key(VERIFICATION)


@asynccontextmanager
async def memory() -> AsyncIterator[AccountStore]:
    yield MemoryStore()


@contextmanager
def serving(
    new_inference: Callable[[Pack], Inference] | None = None,
    open_store: Callable[[], AbstractAsyncContextManager[AccountStore]] = memory,
) -> Iterator[Server]:
    """Runs the server in a thread of its own until the block ends."""
    loop, started, ready = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()

    async def serve() -> None:
        async with open_store() as store:
            installation = install(load_settings(), store, new_inference=new_inference)
            keys = ApiKeys(store=store, clock=SystemClock(), identifiers=RandomIdentifiers())
            config = uvicorn.Config(_app(installation, store), log_level="error", lifespan="off")
            server = uvicorn.Server(config)
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            task = asyncio.create_task(server.serve(sockets=[listening]))
            ready.append((f"http://127.0.0.1:{listening.getsockname()[1]}", installation, keys))
            started.set()
            await stop.wait()
            server.should_exit = True
            await task

    def run_thread() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(serve())
        finally:
            started.set()

    thread = threading.Thread(target=run_thread, daemon=True)
    thread.start()
    started.wait(60)
    url, installation, keys = ready[0]
    try:
        yield Server(
            url=url,
            installation=installation,
            keys=keys,
            run=lambda one: asyncio.run_coroutine_threadsafe(one, loop).result(60),
        )
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


def _app(installation: Installation, store: AccountStore) -> FastAPI:
    limiter, clock = MemoryLimiter(), SystemClock()
    keys: Any = Recent(lasts=timedelta(milliseconds=1))
    entrance = SimpleNamespace(
        authenticate=Authenticate(store=store, clock=clock, limiter=limiter, keys=keys),
        rate_limit=RateLimit(limiter=limiter),
    )
    app = FastAPI(openapi_url=None)
    app.state.service = SimpleNamespace(installation=installation, entrance=entrance, room=Room(most=64))
    app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(BodyBounds, most_bytes=64 * 2**20, timeout_s=60.0)
    app.add_middleware(RequestContext, hsts=False)
    return app

"""A dialect behind a real HTTP server on the loopback interface, for the clients it is for."""

import asyncio
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI

from tests.conftest import database_url
from visavis.adapters.memory.store import MemoryStore
from visavis.api.errors import add_error_handlers
from visavis.api.middleware import BodyBounds, RequestContext
from visavis.application.access.api_keys import ApiKeys
from visavis.application.access.authenticate import Recent
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.inference import Inference
from visavis.bootstrap.accounts import Entrance, entrance
from visavis.bootstrap.platform import Installation, install
from visavis.bootstrap.room import Room
from visavis.domain.pack import Pack
from visavis.settings import load_settings

OpenStore = Callable[[], AbstractAsyncContextManager[AccountStore]]
NewInference = Callable[[Pack], Inference]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`run` runs a coroutine in the server's event loop."""

    url: str
    installation: Installation
    keys: ApiKeys
    run: Callable[[Any], Any] = field(repr=False)


@asynccontextmanager
async def memory() -> AsyncIterator[AccountStore]:
    yield MemoryStore()


def postgres(server_url: str) -> OpenStore:
    """A new database on this server."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[AccountStore]:
        import psycopg

        from visavis.adapters.keys.memory import MemoryMasterKeys
        from visavis.adapters.postgres.store import PostgresStore

        name = f"visavis_test_{uuid.uuid4().hex[:12]}"
        async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as one:
            await one.execute(f"CREATE DATABASE {name}")
            async with PostgresStore(database_url(server_url, name), MemoryMasterKeys()) as store:
                yield store
            await one.execute(f"DROP DATABASE {name} WITH (FORCE)")

    return opened


@contextmanager
def running(router: APIRouter, new_inference: NewInference | None, open_store: OpenStore) -> Iterator[Server]:
    """Runs the server in a thread of its own until the block ends."""
    loop, started, ready = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()

    async def serve() -> None:
        settings = load_settings()
        async with open_store() as store, entrance(settings, store) as entered:
            installation = install(settings, store, new_inference=new_inference)
            app = _app(router, installation, _forgetful(entered))
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            # with the protocol named, or asyncio leaves Nagle's algorithm on, which costs 40 ms an answer
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            task = asyncio.create_task(server.serve(sockets=[listening]))
            ready.append((f"http://127.0.0.1:{listening.getsockname()[1]}", installation, entered.doors.keys))
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


def _forgetful(entered: Entrance) -> Entrance:
    """What a test does to a key counts at once."""
    keys: Any = Recent(lasts=timedelta(milliseconds=1))
    return replace(entered, authenticate=replace(entered.authenticate, keys=keys))


def _app(router: APIRouter, installation: Installation, entered: Entrance) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.service = SimpleNamespace(installation=installation, entrance=entered, room=Room(most=64))
    app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(BodyBounds, most_bytes=64 * 2**20, timeout_s=60.0)
    app.add_middleware(RequestContext, hsts=False)
    return app

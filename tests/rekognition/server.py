"""The dialect behind a real HTTP server on the loopback interface, for real AWS clients."""

import asyncio
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import uvicorn
from botocore.config import Config
from fastapi import FastAPI

from tests.conftest import database_url
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.api.dialects.rekognition.router import router
from visavis.api.errors import add_error_handlers
from visavis.api.middleware import BodyBounds, RequestContext
from visavis.application.access.api_keys import ApiKeys, KeyRequest
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.inference import Inference
from visavis.bootstrap.accounts import Entrance, entrance
from visavis.bootstrap.platform import Installation, install
from visavis.bootstrap.room import Room
from visavis.domain.access import Permission, local_principal
from visavis.domain.account import KeyKind, Rate
from visavis.domain.pack import Pack
from visavis.settings import load_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    url: str
    installation: Installation
    keys: ApiKeys
    run: Callable[[Any], Any] = field(repr=False)

    def key(
        self,
        permissions: frozenset[Permission] = frozenset(Permission),
        *,
        galleries: frozenset[str] | None = None,
        rate: Rate | None = None,
    ) -> tuple[str, str]:
        """A new access key and its secret."""
        wanted = KeyRequest(
            name=f"test {RandomIdentifiers().new()}",
            permissions=permissions,
            kind=KeyKind.ACCESS_KEY,
            galleries=galleries,
            rate=rate,
        )
        made = self.run(self.keys.create(local_principal("test"), wanted))
        return made.key.label, made.secret

    def client(self, key: tuple[str, str] | None = None, *, path: str = "", region: str = "eu-west-1") -> Any:
        """boto3's own client: only the address and the keys differ from Amazon's."""
        access_key, secret = key or self.key()
        return boto3.client(
            "rekognition",
            endpoint_url=self.url + path,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret,
            region_name=region,
            config=Config(retries={"total_max_attempts": 1}),
        )


@asynccontextmanager
async def memory() -> AsyncIterator[AccountStore]:
    yield MemoryStore()


def postgres(server_url: str) -> Callable[[], AbstractAsyncContextManager[AccountStore]]:
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
def serving(
    new_inference: Callable[[Pack], Inference] | None = None,
    open_store: Callable[[], AbstractAsyncContextManager[AccountStore]] = memory,
) -> Iterator[Server]:
    """Runs the server in a thread of its own until the block ends."""
    loop, started, ready = asyncio.new_event_loop(), threading.Event(), []
    stop = asyncio.Event()

    async def serve() -> None:
        settings = load_settings()
        async with open_store() as store, entrance(settings, store) as entered:
            installation = install(settings, store, new_inference=new_inference)
            config = uvicorn.Config(_app(installation, entered), log_level="error", lifespan="off")
            server = uvicorn.Server(config)
            # with the protocol named, or asyncio leaves Nagle's algorithm on, which costs 40 ms an answer
            listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.bind(("127.0.0.1", 0))
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


def _app(installation: Installation, entrance: Entrance) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.state.service = SimpleNamespace(installation=installation, entrance=entrance, room=Room(most=64))
    app.include_router(router)
    add_error_handlers(app)
    app.add_middleware(BodyBounds, most_bytes=64 * 2**20, timeout_s=60.0)
    app.add_middleware(RequestContext, hsts=False)
    return app

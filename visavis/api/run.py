"""One API process: REST and gRPC over one set of models and indexes."""

import asyncio
import contextlib
import importlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn

from visavis.api.app import Bounds, create_app
from visavis.api.listening import configuration
from visavis.bootstrap.server import Service, open_service
from visavis.settings import Settings

_LINGER_S = 1.0
"""Told to stop, a process is no longer ready but still listens for so long: whoever had connected before, and waits in
the queue of the operating system, is answered instead of cut off."""

Start = Callable[[Service, Settings], contextlib.AbstractAsyncContextManager[object]]


class _Server(uvicorn.Server):
    """Signals are ours: a server that is told to stop first refuses, then finishes, then closes."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    """Until SIGTERM or SIGINT: then no new requests, those accepted are finished, and everything is closed."""
    async with open_service(settings) as service, _stopping() as stop, _grpc(service, settings):
        app = create_app(service, bounds=bounds_of(settings))
        server = _Server(configuration(settings.server, app))
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(server.serve(sockets=sockets))
            group.create_task(_stop(server, service, stop, serving))


async def _stop(
    server: uvicorn.Server, service: Service, stop: asyncio.Event, serving: "asyncio.Task[None]"
) -> None:
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    service.stopping.set()
    if not serving.done():
        await asyncio.wait({serving}, timeout=_LINGER_S)
    server.should_exit = True


def _grpc(service: Service, settings: Settings) -> contextlib.AbstractAsyncContextManager[object]:
    """The gRPC API over the same service. Found by its name, because the ways in do not know each other."""
    if settings.server.grpc_port == 0:
        return contextlib.nullcontext()
    start: Start = importlib.import_module("visavis.rpc.server").start
    return start(service, settings)


@contextlib.asynccontextmanager
async def _stopping() -> AsyncIterator[asyncio.Event]:
    """An event that is set by the first signal to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def bounds_of(settings: Settings) -> Bounds:
    server = settings.server
    return Bounds(
        most_bytes=server.max_body_bytes,
        most_together_bytes=max(server.max_bodies_bytes, server.max_body_bytes),
        timeout_s=server.body_timeout_s,
        hsts=server.secure,
    )

"""The gRPC server of one process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health  # type: ignore[attr-defined]  # missing in its stubs
from grpc_reflection.v1alpha import reflection

from visavis.bootstrap.server import Service
from visavis.domain.errors import SettingsInvalid
from visavis.rpc.front import Front
from visavis.rpc.routes import SERVICES
from visavis.settings import ServerSettings, Settings

_LOOK_S: Final = 5.0
_HEALTH: Final = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
_MOST_CALLS: Final = 1000  #: at once, in each process
_MOST_STREAMS: Final = 128  #: at once, on each connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens; the port is the one that was chosen, if 0 was asked for."""

    port: int


@contextlib.asynccontextmanager
async def start(
    service: Service, settings: Settings, *, port: int | None = None, look_s: float = _LOOK_S
) -> AsyncIterator[Listening]:
    """Serves until the block ends or the service is stopping: then no new calls, those accepted are finished.

    `port` overrides the configured one, `look_s` is how often it is asked whether the service is ready. Raises
    `SettingsInvalid` if nothing can listen there, or for a certificate that cannot be read.
    """
    given, stopping, status = settings.server, asyncio.Event(), health.HealthServicer()
    server = aio.server(
        interceptors=[Front(service, stopping)],
        options=_options(given),
        maximum_concurrent_rpcs=_MOST_CALLS,
    )
    health_pb2_grpc.add_HealthServicer_to_server(status, server)
    if given.grpc_reflection:
        reflection.enable_server_reflection((*SERVICES, _HEALTH, reflection.SERVICE_NAME), server)
    listening = _listen(server, given, given.grpc_port if port is None else port)
    await server.start()
    await _tell_health(service, status)
    beside = [
        asyncio.create_task(_look(service, status, look_s)),
        asyncio.create_task(_watch(service, server, status, stopping, given.drain_s)),
    ]
    try:
        yield listening
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await _stop(server, status, stopping, given.drain_s)


def _options(given: ServerSettings) -> list[tuple[str, int]]:
    """Bounds on what a connection may cost; dead gateways are noticed, and may ask whether the server lives."""
    return [
        ("grpc.so_reuseport", int(given.processes > 1)),
        ("grpc.max_receive_message_length", given.max_body_bytes),
        ("grpc.max_send_message_length", -1),
        ("grpc.max_concurrent_streams", _MOST_STREAMS),
        ("grpc.max_metadata_size", 16 * 1024),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ]


def _listen(server: aio.Server, given: ServerSettings, port: int) -> Listening:
    address = f"[{given.host}]:{port}" if ":" in given.host else f"{given.host}:{port}"
    try:
        if given.tls_certificate is None:
            return Listening(port=server.add_insecure_port(address))
        return Listening(port=server.add_secure_port(address, _credentials(given, given.tls_certificate)))
    except RuntimeError as error:
        raise SettingsInvalid(
            f"The gRPC API cannot listen on {address}.",
            hint="Choose another port with server.grpc_port (0: none), and check the TLS files.",
        ) from error


def _credentials(given: ServerSettings, certificate: Path) -> grpc.ServerCredentials:
    if given.tls_key is None:
        raise SettingsInvalid("server.tls_certificate needs server.tls_key.")
    try:
        return grpc.ssl_server_credentials(
            [(given.tls_key.read_bytes(), certificate.read_bytes())],
            root_certificates=given.tls_client_ca.read_bytes() if given.tls_client_ca else None,
            require_client_auth=given.tls_client_ca is not None,
        )
    except OSError as error:
        raise SettingsInvalid(f"A TLS file cannot be read: {error.strerror}.") from error


async def _look(service: Service, status: health.HealthServicer, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        await _tell_health(service, status)


async def _tell_health(service: Service, status: health.HealthServicer) -> None:
    kind = health_pb2.HealthCheckResponse
    found = kind.NOT_SERVING if await service.ready() else kind.SERVING
    for name in ("", *SERVICES):
        await status.set(name, found)


async def _watch(
    service: Service,
    server: aio.Server,
    status: health.HealthServicer,
    stopping: asyncio.Event,
    drain_s: float,
) -> None:
    await service.stopping.wait()
    await _stop(server, status, stopping, drain_s)


async def _stop(
    server: aio.Server, status: health.HealthServicer, stopping: asyncio.Event, drain_s: float
) -> None:
    await status.enter_graceful_shutdown()
    stopping.set()
    await server.stop(drain_s)

"""How the REST API listens, on real sockets: TLS, certificates of clients, and connections that only wait."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from tests.api.serving import served
from tests.unit.rpc.certificates import Authority, Pair
from visavis.api.app import Bounds, create_app
from visavis.api.listening import configuration
from visavis.domain.errors import SettingsInvalid
from visavis.settings import ServerSettings, Settings, load_settings

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def listening(**given: object) -> AsyncIterator[int]:
    """The port of an API process with these settings."""
    settings = Settings(server=ServerSettings.model_validate({"port": 0, **given}))
    async with served(settings=settings) as one:
        bounds = Bounds(most_bytes=2**20, timeout_s=5, hsts=settings.server.secure)
        server = uvicorn.Server(configuration(settings.server, create_app(one.service, bounds=bounds)))
        serving = asyncio.create_task(server._serve())  # without taking over signals
        while not server.started:  # noqa: ASYNC110 (uvicorn tells it in no other way)
            await asyncio.sleep(0.01)
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            server.should_exit = True
            await serving


def trusting(authority: Authority, shown: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.path))
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    return context


async def asked(port: int, context: ssl.SSLContext) -> httpx.Response:
    async with httpx.AsyncClient(verify=context) as client:
        return await client.get(f"https://127.0.0.1:{port}/v1/health")


async def test_tls_and_hsts(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("server")
    async with listening(tls_certificate=pair.certificate, tls_key=pair.key) as port:
        answer = await asked(port, trusting(authority))
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
        with pytest.raises(httpx.ConnectError):
            await asked(port, trusting(Authority(tmp_path, "stranger")))
    async with listening() as port, httpx.AsyncClient() as client:
        plain = await client.get(f"http://127.0.0.1:{port}/v1/health")
        assert "strict-transport-security" not in plain.headers


async def test_nobody_comes_in_without_a_certificate_of_the_authority(tmp_path: Path) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    pair = authority.pair("server")
    given = {"tls_certificate": pair.certificate, "tls_key": pair.key, "tls_client_ca": authority.path}
    async with listening(**given) as port:
        assert (await asked(port, trusting(authority, authority.pair("gateway")))).status_code == 200
        for shown in (None, other.pair("gateway")):
            with pytest.raises(httpx.TransportError):
                await asked(port, trusting(authority, shown))


async def test_old_tls_and_weak_ciphers_are_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.pair("server")
    async with listening(tls_certificate=pair.certificate, tls_key=pair.key) as port:
        old = trusting(authority)
        old.minimum_version = ssl.TLSVersion.TLSv1_2
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert (await asked(port, old)).status_code == 200
        old.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
        with pytest.raises(httpx.ConnectError):
            await asked(port, old)


def test_what_would_be_no_tls_is_a_wrong_setting(tmp_path: Path) -> None:
    pair = Authority(tmp_path).pair("server")
    for alone in ({"tls_key": pair.key}, {"tls_client_ca": pair.certificate}):
        with pytest.raises(SettingsInvalid, match="tls_certificate"):
            load_settings(server=alone)
    wrong = ServerSettings(tls_certificate=pair.key, tls_key=pair.certificate)
    for server in (wrong, ServerSettings(tls_certificate=tmp_path / "none")):
        with pytest.raises(SettingsInvalid, match="TLS file"):
            configuration(server, object())


_HALF = b"GET /v1/health HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(("requests", "begun"), [(0, b""), (0, _HALF), (1, _HALF)])
async def test_who_only_waits_is_shown_out(requests: int, begun: bytes) -> None:
    async with listening(header_timeout_s=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(20):
            for _ in range(requests):
                writer.write(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
            writer.write(begun)
            assert await reader.read() == b""
        writer.close()


async def test_a_body_may_take_longer_than_a_head() -> None:
    async with listening(header_timeout_s=0.3) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /v1/auth/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Content-Length: 40\r\nConnection: close\r\n\r\n")
        for _ in range(4):
            await asyncio.sleep(0.25)
            writer.write(b" " * 10)
        async with asyncio.timeout(20):
            answered = await reader.read()
        writer.close()
    assert answered.startswith(b"HTTP/1.1 422")


async def test_connections_are_counted() -> None:
    async with listening(max_connections=10) as port:
        waiting = [await asyncio.open_connection("127.0.0.1", port) for _ in range(10)]
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/v1/health")).status_code == 503
        for _, writer in waiting:
            writer.close()

"""Whom the client trusts, and how it shows who it is."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import visavis
from tests.unit.rpc.certificates import Authority
from visavis.domain.errors import ServerUnreachable

HEALTH = b'{"status": "ok", "version": "1"}'


class Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(HEALTH)))
        self.end_headers()
        self.wfile.write(HEALTH)

    def log_message(self, *_: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Handshakes that fail are what is tested."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def url(authority: Authority) -> Iterator[str]:
    """A server that asks for a certificate."""
    pair = authority.pair("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.load_verify_locations(authority.path)
    context.verify_mode = ssl.CERT_REQUIRED
    with Quiet(("127.0.0.1", 0), Healthy) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.anyio
async def test_both_sides_are_checked(url: str, authority: Authority) -> None:
    pair = authority.pair("client")
    shown = (pair.certificate, pair.key)
    with visavis.Client(url, "", verify=authority.path, certificate=shown) as client:
        assert client.health().status == "ok"
    async with visavis.AsyncClient(url, "", verify=authority.path, certificate=shown) as asynchronous:
        assert (await asynchronous.health()).status == "ok"
    with visavis.Client(url, "", verify=False, certificate=shown) as trusting:
        assert trusting.health().status == "ok"


def test_a_server_of_another_authority_is_not_spoken_to(url: str, authority: Authority) -> None:
    pair = authority.pair("client")
    other = Authority(authority.folder, "other")
    for verify in (True, other.path):
        client = visavis.Client(url, "k", verify=verify, certificate=(pair.certificate, pair.key), retries=0)
        with client, pytest.raises(ServerUnreachable, match=r"(?i)certificate"):
            client.health()


def test_a_client_without_a_certificate_is_not_let_in(url: str, authority: Authority) -> None:
    with (
        visavis.Client(url, "k", verify=authority.path, retries=0) as client,
        pytest.raises(ServerUnreachable),
    ):
        client.health()

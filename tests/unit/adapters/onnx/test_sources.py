"""Sources, as far as they go without a network; tests/integration runs the package clients."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPMessage
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request

import pytest

from visavis.adapters.onnx.sources import sdist_guard
from visavis.adapters.onnx.sources.file import FileSource
from visavis.adapters.onnx.sources.https import HttpsSource, SecureRedirects
from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import Source, SourceKind

ADDRESS = Source(kind=SourceKind.HTTPS, name="https://models.example/a.onnx")


@dataclass
class FakeResponse:
    body: io.BytesIO
    headers: Message = field(default_factory=Message)
    closed: bool = False

    def read(self, amount: int, /) -> bytes:
        return self.body.read(min(amount, 7))

    def close(self) -> None:
        self.closed = True


def answering(body: bytes, length: int | None = None) -> tuple[FakeResponse, Callable[[str], FakeResponse]]:
    response = FakeResponse(io.BytesIO(body))
    if length is not None:
        response.headers["Content-Length"] = str(length)
    return response, lambda address: response


def test_a_download_is_written(tmp_path: Path) -> None:
    response, opener = answering(b"x" * 100, 100)
    assert HttpsSource(open=opener)(ADDRESS, tmp_path, 100).read_bytes() == b"x" * 100
    assert response.closed


def test_a_server_that_sends_too_much_is_left(tmp_path: Path) -> None:
    response, opener = answering(b"x" * 1_000_000)
    with pytest.raises(SourceUnreachable, match="more than the 100 bytes"):
        HttpsSource(open=opener)(ADDRESS, tmp_path, 100)
    assert response.body.tell() < 200
    assert response.closed


def test_a_download_that_breaks_off(tmp_path: Path) -> None:
    _, opener = answering(b"x" * 50, 100)
    with pytest.raises(SourceUnreachable, match="broke off after 50 of 100 bytes"):
        HttpsSource(open=opener)(ADDRESS, tmp_path, 100)


def test_a_network_that_is_down_is_named_only_in_the_cause(tmp_path: Path) -> None:
    def opener(address: str) -> FakeResponse:
        raise URLError("no route to host 10.0.0.1")

    with pytest.raises(SourceUnreachable) as caught:
        HttpsSource(open=opener)(ADDRESS, tmp_path, 100)
    assert "10.0.0.1" not in caught.value.message
    assert "10.0.0.1" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "address", ["http://a.example/m", "file:///etc/passwd", "https://u:p@a.example/m", "https:///m"]
)
def test_https_only_also_after_a_redirect(address: str, tmp_path: Path) -> None:
    _, opener = answering(b"x")
    request = Request(ADDRESS.name)  # noqa: S310 - HTTPS
    with pytest.raises(SourceUnreachable, match="HTTPS only"):
        HttpsSource(open=opener)(Source(kind=SourceKind.HTTPS, name=address), tmp_path, 100)
    with pytest.raises(SourceUnreachable, match="HTTPS only"):
        SecureRedirects().redirect_request(request, io.BytesIO(), 302, "", HTTPMessage(), address)


def test_a_local_file_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"x" * 11)
    source = Source(kind=SourceKind.FILE, name=str(path))
    assert FileSource()(source, tmp_path, 11) == path
    with pytest.raises(SourceUnreachable, match="larger"):
        FileSource()(source, tmp_path, 10)


@pytest.mark.parametrize("prefix", sdist_guard.PREFIXES)
def test_the_guard_takes_the_place_of_a_build_backend(prefix: str) -> None:
    environment = {f"{prefix}BUILD_BACKEND": "evil:backend", f"{prefix}BACKEND_PATH": "/evil"}
    sdist_guard.divert(environment, ["python", "hook.py"])
    assert environment[f"{prefix}BUILD_BACKEND"] == "evil:backend"  # this was pip itself
    sdist_guard.divert(environment, ["python", "hook.py"])
    assert environment[f"{prefix}BUILD_BACKEND"] == sdist_guard.MODULE
    assert f"{prefix}BACKEND_PATH" not in environment


def test_the_guard_stops_what_it_does_not_know() -> None:
    environment = {sdist_guard.PARENT: "1"}
    sdist_guard.divert(environment, ["python", "/usr/bin/keyring", "get"])
    with pytest.raises(SystemExit, match="no code of a source distribution"):
        sdist_guard.divert(environment, ["python", "-c", "setup.py", "egg_info"])

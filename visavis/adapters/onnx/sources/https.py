"""Files published at an HTTPS address."""

import http.client
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Final, Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from visavis.domain.errors import SourceUnreachable
from visavis.domain.pack import Source

TIMEOUT_S: Final = 60.0
BLOCK_BYTES: Final = 1 << 18


class Response(Protocol):
    """The part of an HTTP response that is used here."""

    headers: Message

    def read(self, amount: int, /) -> bytes: ...

    def close(self) -> None: ...


class SecureRedirects(HTTPRedirectHandler):
    """Follows redirects to HTTPS only."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def require_https(address: str) -> None:
    """Raises `SourceUnreachable` unless this is an HTTPS address without credentials."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise SourceUnreachable("Models are fetched over HTTPS only, also when a server redirects.")


def open_address(address: str) -> Response:
    """Opens an address with the proxies and certificates of this machine."""
    request = Request(address, headers={"User-Agent": "visavis"})  # noqa: S310 - the scheme is checked before
    response: Response = build_opener(SecureRedirects).open(request, timeout=TIMEOUT_S)
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpsSource:
    """Downloads a file and stops as soon as it is longer than announced."""

    open: Callable[[str], Response] = open_address

    def __call__(self, source: Source, work: Path, limit_bytes: int) -> Path:
        require_https(source.name)
        target = work / "download.part"
        try:
            with closing(self.open(source.name)) as response:
                _save(response, target, source, limit_bytes)
        except (URLError, OSError, http.client.HTTPException, ssl.SSLError) as error:
            raise SourceUnreachable(f"It was not possible to fetch {source}.") from error
        return target


def _save(response: Response, target: Path, source: Source, limit_bytes: int) -> None:
    done = 0
    with target.open("wb") as file:
        while block := response.read(BLOCK_BYTES):
            done += len(block)
            if done > limit_bytes:
                raise SourceUnreachable(f"{source} sends more than the {limit_bytes:,} bytes it should have.")
            file.write(block)
    announced = response.headers.get("Content-Length")
    if announced is not None and announced.isdigit() and int(announced) != done:
        raise SourceUnreachable(f"{source} broke off after {done:,} of {int(announced):,} bytes.")

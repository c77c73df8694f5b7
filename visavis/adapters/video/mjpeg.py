"""JPEG pictures over HTTP: one endless answer, or one picture for each question."""

import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.error import HTTPError, URLError

from visavis.adapters.video.live import Arrival, Late
from visavis.adapters.video.multipart import Parts, boundary_of
from visavis.adapters.video.pictures import EncodedPicture, Picture
from visavis.adapters.video.pinned import pinned_handlers
from visavis.domain.errors import CameraUnreachable

TIMEOUT_S: Final = 5.0
_CHUNK: Final = 65_536
_MOST_BYTES: Final = 32 << 20
_REFUSED: Final = {401: "It wants a user name and a password.", 403: "It does not allow this user."}


@dataclass(frozen=True, slots=True, kw_only=True)
class MjpegConnection:
    """Implements `Connect`. Pictures stay encoded until somebody wants them: those that nobody does cost nothing.

    An answer that is one JPEG picture is asked for again, `rate` times a second. Only HTTP is spoken, also after
    redirections, and without a proxy.
    """

    address: str = field(repr=False)
    rate: float
    max_pixels: int
    timeout_s: float = TIMEOUT_S
    pinned_to: str | None = None

    @contextmanager
    def __call__(self, late: Late) -> Iterator[Iterator[Arrival]]:
        del late  # nothing is decoded here
        opener, url = _opener(self.address, self.pinned_to)
        with self._open(opener, url) as response:
            kind = response.headers.get("Content-Type", "")
            media = kind.partition(";")[0].strip().lower()
            if media == "image/jpeg":
                yield self._asking(opener, url, response)
            elif media.startswith("multipart/"):
                yield self._streaming(response, boundary_of(kind))
            else:
                raise CameraUnreachable(f"It answers with {media or 'something'} instead of pictures.")

    def _open(self, opener: urllib.request.OpenerDirector, url: str) -> HTTPResponse:
        try:
            response: HTTPResponse = opener.open(url, timeout=self.timeout_s)
        except HTTPError as error:
            error.close()
            raise CameraUnreachable(_REFUSED.get(error.code, f"It answers {error.code}.")) from None
        except (URLError, OSError, HTTPException, ValueError) as error:
            raise _unreachable(error) from None
        return response

    def _streaming(self, response: HTTPResponse, boundary: bytes) -> Iterator[Arrival]:
        parts = Parts(boundary=boundary, most_bytes=_MOST_BYTES)
        last = time.monotonic()
        try:
            while data := response.read1(_CHUNK):
                for part in parts.feed(data):
                    last = time.monotonic()
                    yield self._arrival(part.body, part.headers)
                if time.monotonic() - last > 2 * self.timeout_s:
                    raise CameraUnreachable("It sends no more pictures.")
        except (OSError, HTTPException, ValueError) as error:
            raise _unreachable(error) from None

    def _asking(
        self, opener: urllib.request.OpenerDirector, url: str, response: HTTPResponse
    ) -> Iterator[Arrival]:
        """Snapshots: the first is there already."""
        while True:
            began = time.monotonic()
            try:
                body = response.read(_MOST_BYTES + 1)
                headers = {name.lower(): value for name, value in response.headers.items()}
            except (OSError, HTTPException, ValueError) as error:
                raise _unreachable(error) from None
            finally:
                response.close()
            if len(body) > _MOST_BYTES:
                raise CameraUnreachable("It sends larger pictures than allowed.")
            yield self._arrival(body, headers)
            time.sleep(max(began + 1.0 / self.rate - time.monotonic(), 0.0))
            response = self._open(opener, url)

    def _arrival(self, body: bytes, headers: Mapping[str, str]) -> Arrival:
        picture = EncodedPicture(content=body, max_pixels=self.max_pixels)

        def given() -> Picture:
            return picture

        return Arrival(picture=given, told=_told(headers.get("x-timestamp", "")))


def _opener(address: str, pinned_to: str | None = None) -> tuple[urllib.request.OpenerDirector, str]:
    """What speaks HTTP and nothing else, and the address without user and password, which it sends when asked."""
    parts = urllib.parse.urlsplit(address)
    place = parts.netloc.rpartition("@")[2]
    url = urllib.parse.urlunsplit(parts._replace(netloc=place))
    opener = urllib.request.OpenerDirector()
    handlers: list[urllib.request.BaseHandler] = (
        pinned_handlers(pinned_to)
        if pinned_to
        else [
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPRedirectHandler(),
        ]
    )
    handlers += [
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ]
    if parts.username:
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        known.add_password(
            None, url, urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or "")
        )
        handlers += [urllib.request.HTTPDigestAuthHandler(known), urllib.request.HTTPBasicAuthHandler(known)]
    for handler in handlers:
        opener.add_handler(handler)
    return opener, url


def _told(text: str) -> datetime | None:
    """Of cameras that say when a picture was taken, in seconds since 1970, as mjpg-streamer does."""
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _unreachable(error: Exception) -> CameraUnreachable:
    """In words that tell no address."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return CameraUnreachable("It does not answer in time.")
    words = cause.strerror if isinstance(cause, OSError) and cause.strerror else "It cannot be read"
    return CameraUnreachable(f"{words.rstrip('.')}.")

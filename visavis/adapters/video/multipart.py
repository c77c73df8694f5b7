"""Endless answers of many parts (multipart/x-mixed-replace), as cameras write them: not always as the standard says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from visavis.domain.errors import CameraUnreachable

_MOST_HEADER: Final = 16_384
_JPEG: Final = b"\xff\xd8"
_MARK: Final = b"--"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    headers: Mapping[str, str]  #: names in small letters
    body: bytes = field(repr=False)


def boundary_of(content_type: str) -> bytes:
    """The line between two parts, without leading dashes: cameras put some into the name, or leave them out."""
    for piece in content_type.split(";")[1:]:
        name, _, value = piece.strip().partition("=")
        if name.strip().lower() == "boundary":
            return value.strip().strip('"').lstrip("-").encode("latin-1", "replace")
    return b""


@dataclass(slots=True, eq=False)
class Parts:
    """Cuts what comes into parts. A part ends after its Content-Length, or where the next boundary stands."""

    boundary: bytes
    most_bytes: int
    _buffer: bytearray = field(default_factory=bytearray)
    _headers: Mapping[str, str] | None = None

    def feed(self, data: bytes) -> Iterator[Part]:
        """The pictures that are complete now. Raises `CameraUnreachable` for a part that does not end."""
        self._buffer += data
        while True:
            if self._headers is None:
                self._headers = self._take_headers()
            if self._headers is None:
                return
            body = self._take_body(self._headers)
            if body is None:
                return
            if body.startswith(_JPEG):
                yield Part(headers=self._headers, body=body)
            self._headers = None

    def _take_headers(self) -> Mapping[str, str] | None:
        while self._buffer.startswith((b"\r", b"\n")):
            del self._buffer[:1]
        ends = [(place, len(gap)) for gap in (b"\r\n\r\n", b"\n\n") if (place := self._buffer.find(gap)) >= 0]
        if not ends:
            if len(self._buffer) > _MOST_HEADER:
                raise CameraUnreachable("It does not send pictures as a camera does.")
            return None
        place, length = min(ends)
        text = bytes(self._buffer[:place]).decode("latin-1")
        del self._buffer[: place + length]
        lines = (line.partition(":") for line in text.splitlines() if not line.startswith("--"))
        return {name.strip().lower(): value.strip() for name, _, value in lines}

    def _take_body(self, headers: Mapping[str, str]) -> bytes | None:
        told = headers.get("content-length", "")
        length = int(told) if told.isascii() and told.isdigit() else self._next_boundary()
        if length > self.most_bytes or (length < 0 and len(self._buffer) > self.most_bytes):
            raise CameraUnreachable("It sends larger pictures than allowed.")
        if length < 0 or len(self._buffer) < length:
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        return body

    def _next_boundary(self) -> int:
        """Where the body ends; -1 if that has not come yet."""
        return self._buffer.find(_MARK + self.boundary) if self.boundary else self._after_picture()

    def _after_picture(self) -> int:
        """Without a boundary: after the end of a picture that a line of dashes follows."""
        for end in (b"\xff\xd9\r\n--", b"\xff\xd9\n--", b"\xff\xd9--"):
            place = self._buffer.find(end)
            if place >= 0:
                return place + 2
        return -1

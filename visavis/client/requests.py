"""Requests as values: what is asked, before anything is sent."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote
from uuid import UUID

from visavis.domain.errors import FileUnreadable, RequestTooLarge, ValueInvalid
from visavis.wire.model import Model

Picture = bytes | str | Path | BinaryIO
"""An encoded image, the path of one, or an open file with one."""

QueryValue = str | int | float | bool | datetime | UUID | StrEnum | None

MOST_PICTURES: Final = 32
"""In one request; a job takes any number, in several requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a multipart body: bytes, or a file that is read while it is sent (and again at a retry)."""

    name: str
    filename: str
    content: bytes | Path = field(repr=False)

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` is below the address of the server. A write carries a key, so that a retry does it once."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    parts: Sequence[Part] = ()
    timeout_s: float | None = None  #: of this request, where another one than usual is needed

    def with_header(self, name: str, value: str) -> "Request":
        return replace(self, headers={**self.headers, name: value})

    def with_query(self, **values: QueryValue) -> "Request":
        return replace(self, query={**self.query, **written(values)})


def get(*path: str | UUID, **query: QueryValue) -> Request:
    return Request(method="GET", path=joined(path), query=written(query))


def delete(*path: str | UUID, **query: QueryValue) -> Request:
    return Request(method="DELETE", path=joined(path), query=written(query))


def send(method: str, *path: str | UUID, body: Model | None = None, **query: QueryValue) -> Request:
    """A write with a JSON body. What was not given in the model is left out, so that it stays as it is."""
    content = None
    if body is not None:
        content = json.dumps(body.model_dump(mode="json", exclude_unset=True, by_alias=True)).encode()
    return Request(method=method, path=joined(path), query=written(query), body=content)


def post_parts(*path: str | UUID, parts: Sequence[Part], **query: QueryValue) -> Request:
    return Request(method="POST", path=joined(path), query=written(query), parts=parts)


def joined(path: Iterable[str | UUID]) -> str:
    """A path whose segments may hold anything, slashes included. Raises `ValueInvalid` for an empty one."""
    segments = [quote(str(one), safe="") for one in path]
    if not all(segments) or {".", ".."} & set(segments):
        raise ValueInvalid("A name or identifier in a path is empty, or only dots.")
    return "/" + "/".join(segments)


def written(query: Mapping[str, QueryValue]) -> dict[str, str]:
    """As text; what is `None` is left out. Times need a time zone."""
    return {name: _text(value) for name, value in query.items() if value is not None}


def _text(value: QueryValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.", hint="Use datetime.now(UTC).")
        return value.isoformat()
    return str(value)


def pictures(name: str, given: Sequence[Picture], most: int) -> list[Part]:
    """The parts of these pictures. Never reads more than `most` bytes of one.

    Raises `FileUnreadable`, `RequestTooLarge`, `ValueInvalid`.
    """
    if len(given) > MOST_PICTURES:
        raise ValueInvalid(
            f"A request carries at most {MOST_PICTURES} pictures.", hint="Use client.jobs for more."
        )
    return [_picture(name, number, one, most) for number, one in enumerate(given)]


def _picture(name: str, number: int, picture: Picture, most: int) -> Part:
    filename = f"{name}.{number}"
    if isinstance(picture, bytes):
        content = picture
    elif isinstance(picture, str | Path):
        filename = Path(picture).name
        content = _read(Path(picture), most)
    else:
        content = picture.read(most + 1)
    if len(content) > most:
        raise RequestTooLarge(f"A picture has more than {most:,} bytes.")
    return Part(name=name, filename=filename, content=content)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise FileUnreadable(f"{path.name}: {error.strerror}.") from error


def templates(name: str, given: Sequence[str]) -> list[Part]:
    """The parts of templates, as POST /v1/templates gave them."""
    return [
        Part(name=name, filename=f"{name}.{number}", content=one.encode()) for number, one in enumerate(given)
    ]


def identifier(given: str | UUID) -> UUID:
    """Raises `ValueInvalid`."""
    try:
        return given if isinstance(given, UUID) else UUID(given)
    except ValueError as error:
        raise ValueInvalid("An identifier is a UUID.") from error

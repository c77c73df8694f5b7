"""Pictures out of requests: multipart parts, base64 in JSON, or the body itself. Never from an address.

Bodies are bounded before they are read and stay in memory: no picture touches the disk.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from visavis.domain.errors import MediaUnsupported, ValueInvalid

MOST_PICTURES: Final = 32
"""In one request; more belong into a job."""

_STARTS: Final = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgK"  # how a JPEG begins
_RAW: Final = ("image/", "application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One picture (or template) of a request. `name` is what the sender called the file, or its place."""

    part: str
    name: str
    content: bytes = field(repr=False)


class _InMemoryParser(MultiPartParser):
    """Starlette's parser without its temporary files: the whole body is bounded already."""

    spool_max_size = 1 << 40


async def read_uploads(request: Request, parts: Mapping[str, bool]) -> list[Upload]:
    """The pictures of a request, in order. `parts` are the names that are taken, and whether each is a list.

    In JSON a list may be given under its plural (`images`) or its singular. A raw body is the one picture of
    the first name. Raises `ValueInvalid`, `MediaUnsupported`.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        uploads = await _from_form(request, parts)
    elif kind == "application/json":
        uploads = _from_json(await request.body(), parts)
    elif kind.startswith(_RAW[0]) or kind == _RAW[1]:
        content = await request.body()
        uploads = [Upload(part=next(iter(parts)), name="body", content=content)] if content else []
    else:
        raise MediaUnsupported(f"A body of type {kind[:100] or 'unknown'} cannot be used here.")
    if len(uploads) > MOST_PICTURES:
        raise ValueInvalid(f"A request carries at most {MOST_PICTURES} pictures.", hint="Use a job for more.")
    for name, many in parts.items():
        if not many and sum(upload.part == name for upload in uploads) > 1:
            raise ValueInvalid(f"There is more than one {name}.")
    return uploads


async def _from_form(request: Request, parts: Mapping[str, bool]) -> list[Upload]:
    parser = _InMemoryParser(request.headers, request.stream(), max_files=MOST_PICTURES, max_fields=100)
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
        raise ValueInvalid("The multipart body cannot be read.") from error
    uploads = []
    try:
        for number, (name, value) in enumerate(form.multi_items()):
            part = _part(name, parts)
            if isinstance(value, UploadFile):
                uploads.append(
                    Upload(part=part, name=value.filename or f"{part}.{number}", content=await value.read())
                )
            else:
                uploads.append(
                    Upload(part=part, name=f"{part}.{number}", content=decoded_base64(value, name))
                )
    finally:
        await form.close()
    return uploads


def _from_json(body: bytes, parts: Mapping[str, bool]) -> list[Upload]:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValueInvalid("The body is not JSON.") from error
    if not isinstance(document, dict):
        raise ValueInvalid("The body is a JSON object.")
    uploads = []
    for key, value in document.items():
        part = _part(str(key), parts)
        values = value if isinstance(value, list) else [value]
        for number, one in enumerate(values):
            place = f"{key}.{number}" if isinstance(value, list) else str(key)
            if not isinstance(one, str):
                raise ValueInvalid(f"The field {place[:100]} is text in base64.")
            uploads.append(Upload(part=part, name=place, content=decoded_base64(one, place)))
    return uploads


def _part(name: str, parts: Mapping[str, bool]) -> str:
    if name in parts:
        return name
    singular = name.removesuffix("[]").removesuffix("s")
    if parts.get(singular, False):
        return singular
    raise ValueInvalid(
        f"There is a part {name[:100]!r} that is not known here.", hint=f"Known are: {', '.join(parts)}."
    )


def decoded_base64(text: str, place: str) -> bytes:
    """Plain base64, or a data URL of one. Raises `ValueInvalid`."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueInvalid(f"The field {place[:100]} is not base64.") from error


def bodies(parts: Mapping[str, bool], *, optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The OpenAPI description of a body with these parts, for `openapi_extra`."""
    single = len(parts) == 1 or all(name in optional for name in list(parts)[1:])
    required = [name for name in parts if name not in optional]
    content: dict[str, Any] = {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {name: _form_schema(many) for name, many in parts.items()},
                "required": required,
            },
            "example": {
                name: ["(bytes)"] if parts[name] else "(bytes)" for name in (required or list(parts)[:1])
            },
        },
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    (f"{name}s" if many else name): _json_schema(many) for name, many in parts.items()
                },
                "required": [f"{name}s" if parts[name] else name for name in required],
                "additionalProperties": False,
            },
            "example": {
                (f"{name}s" if many else name): [_STARTS] if many else _STARTS
                for name, many in parts.items()
                if name in (required or list(parts)[:1])
            },
        },
    }
    if single:
        raw = {"schema": {"type": "string", "format": "binary"}}
        content |= {"image/jpeg": raw, "image/png": raw, "application/octet-stream": raw}
    return {"requestBody": {"required": True, "content": content}}


def _form_schema(many: bool) -> dict[str, Any]:
    one = {"type": "string", "format": "binary"}
    return {"type": "array", "items": one, "maxItems": MOST_PICTURES} if many else one


def _json_schema(many: bool) -> dict[str, Any]:
    one = {"type": "string", "format": "byte", "contentEncoding": "base64"}
    return {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_PICTURES} if many else one

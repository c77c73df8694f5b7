"""One report of a track out of a request: JSON, or a form with its pictures beside it."""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from visavis.api.guard import require_length
from visavis.domain.errors import MediaUnsupported, RequestTooLarge, ValueInvalid
from visavis.wire.v1.track_form import REPORT, joined
from visavis.wire.v1.tracks import MOST_SHOTS, TrackReport

_MOST_REPORT_BYTES: Final = 4 * 2**20  #: of the JSON in a form: sixteen templates and more
_SCHEMA: Final = {"$ref": "#/components/schemas/TrackReport"}
_EXAMPLE: Final = {
    "track": "0b0e6f9c-6f0a-4f6e-8f5c-5a0a6c1d2e3f",
    "camera": "door-1",
    "first_at": "2026-03-02T08:15:30Z",
    "last_at": "2026-03-02T08:15:34Z",
    "frames": 21,
    "shots": [{"at": "2026-03-02T08:15:31.250Z", "crop": "cid:crop-0"}],
}
BODIES: Final = MappingProxyType(
    {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _SCHEMA},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "description": "Crops as files instead of base64, a fifth less to send: a shot's `crop` is "
                        "`cid:` and the name of its part.",
                        "properties": {
                            REPORT: {
                                "type": "string",
                                "contentMediaType": "application/json",
                                "contentSchema": _SCHEMA,
                            },
                            **{
                                f"crop-{number}": {"type": "string", "format": "binary"}
                                for number in range(MOST_SHOTS)
                            },
                        },
                        "required": [REPORT],
                    },
                    "encoding": {REPORT: {"contentType": "application/json"}},
                    "example": {REPORT: _EXAMPLE, "crop-0": "(bytes)"},
                },
            },
        }
    }
)
"""For `openapi_extra`."""


class _InMemory(MultiPartParser):
    """No picture touches the disk: the whole body is bounded already."""

    spool_max_size = 1 << 40


async def sent_report(request: Request, most_bytes: int) -> TrackReport:
    """The body is read as it comes, and no further than to its bound.

    Raises `RequestTooLarge`, `ValueInvalid`, `MediaUnsupported`, and `RequestValidationError` as for every JSON.
    """
    require_length(request, most_bytes)
    body = _bounded(request, most_bytes)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _from_form(request, body)
    if kind == "application/json" or not kind:
        return _report(b"".join([part async for part in body]))
    raise MediaUnsupported(f"A body of type {kind[:100]} cannot be used here.")


async def _bounded(request: Request, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body, also where it was read before."""
    got = 0
    async for part in request.stream():
        got += len(part)
        if got > most_bytes:
            raise RequestTooLarge(f"The body is larger than {most_bytes:,} bytes.")
        yield part


async def _from_form(request: Request, body: AsyncGenerator[bytes, None]) -> TrackReport:
    parser = _InMemory(
        request.headers,
        body,
        max_files=MOST_SHOTS + 1,
        max_fields=1,
        max_part_size=_MOST_REPORT_BYTES,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
        raise ValueInvalid("The multipart body cannot be read.") from error
    try:
        parts = await _parts(form)
    finally:
        await form.close()
    if REPORT not in parts:
        raise ValueInvalid(f"There is no part {REPORT!r}.", hint="It holds the JSON of the report.")
    return joined(_report(parts.pop(REPORT)), parts)


async def _parts(form: FormData) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if name in parts:
            raise ValueInvalid(f"There is more than one part {name[:100]!r}.")
        parts[name] = await value.read() if isinstance(value, UploadFile) else value.encode()
    return parts


def _report(content: bytes) -> TrackReport:
    try:
        return TrackReport.model_validate_json(content)
    except ValidationError as error:
        told: list[Any] = [
            {**one, "loc": ("body", *one["loc"])}
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise RequestValidationError(told) from error

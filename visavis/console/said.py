"""What the console's own scripts send, and the errors that they are answered with."""

from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.responses import JSONResponse

from visavis.domain.errors import MediaUnsupported, RequestTooLarge, ValueInvalid, VisavisError
from visavis.wire.errors import status as status_of

M = TypeVar("M", bound=BaseModel)

_MOST_JSON_BYTES = 16 * 2**10
MOST_PICTURE_BYTES = 8 * 2**20


def problem(error: VisavisError) -> JSONResponse:
    """As the API words its errors (RFC 9457)."""
    status = status_of(type(error)).http
    content = {
        "type": "about:blank",
        "title": error.message,
        "status": status,
        "code": error.code,
        "detail": error.message,
        "hint": error.advice,
    }
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


async def said(request: Request, model: type[M]) -> M:
    """The JSON of a request. Raises `MediaUnsupported`: pages of other sites can send forms, and no JSON;
    `RequestTooLarge`, `ValueInvalid`."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise MediaUnsupported("Send JSON.")
    body = await bounded(request, _MOST_JSON_BYTES)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueInvalid(f"{'.'.join(map(str, first['loc'])) or 'The request'}: {first['msg']}.") from error


async def picture(request: Request) -> bytes:
    """The picture that a request is. Raises `MediaUnsupported`, `RequestTooLarge`."""
    if request.headers.get("content-type", "") != "image/jpeg":
        raise MediaUnsupported("Send a picture, as image/jpeg.")
    return await bounded(request, MOST_PICTURE_BYTES)


async def bounded(request: Request, most_bytes: int) -> bytes:
    """The body, read only as far as it may be long. Raises `RequestTooLarge`."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise RequestTooLarge(f"The body is larger than {most_bytes:,} bytes.")
        parts.append(part)
    return b"".join(parts)

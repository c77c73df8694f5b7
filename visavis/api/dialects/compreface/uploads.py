"""Pictures out of requests: multipart parts with a file name, or base64 in JSON under the same names."""

import base64
import binascii
import json
from pathlib import PurePath
from typing import Any, Final

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from visavis.api.dialects.compreface.call import bounded_body, empty_field, require_bounded
from visavis.domain.errors import ImageTooLarge, ValueInvalid
from visavis.wire.compreface.errors import Cause

MOST_FILE_BYTES: Final = 5 * 2**20
_EXTENSIONS: Final = frozenset({"jpeg", "jpg", "ico", "png", "bmp", "gif", "tif", "tiff", "webp"})


class _InMemoryParser(MultiPartParser):
    """No picture touches the disk: the whole body is bounded already."""

    spool_max_size = 1 << 40


async def read_files(request: Request, *names: str) -> list[bytes]:
    """The content of each of these, in order. Raises `ValueInvalid`, `ImageTooLarge`, `RequestTooLarge`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        files = _from_json(await bounded_body(request), names)
    elif kind == "multipart/form-data":
        require_bounded(request)
        files = await _from_form(request, names)
    else:
        raise _missing(names[0])
    for content in files:
        if len(content) > MOST_FILE_BYTES:
            raise ImageTooLarge(f"The file is larger than {MOST_FILE_BYTES // 2**20} MB")
    return files


async def _from_form(request: Request, names: tuple[str, ...]) -> list[bytes]:
    try:
        form = await _InMemoryParser(request.headers, request.stream(), max_files=8, max_fields=32).parse()
    except (MultiPartException, MultipartParseError, KeyError, ValueError):
        raise _missing(names[0]) from None
    try:
        return [await _file(form.get(name), name) for name in names]
    finally:
        await form.close()


async def _file(part: UploadFile | str | None, name: str) -> bytes:
    if not isinstance(part, UploadFile):
        raise _missing(name)
    file_name = part.filename or ""
    if PurePath(file_name).suffix.removeprefix(".").lower() not in _EXTENSIONS:
        raise ValueInvalid(f"File [{file_name}] has an unavailable extension", reasons=(Cause.FILE,))
    return await part.read()


def _from_json(body: bytes, names: tuple[str, ...]) -> list[bytes]:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueInvalid("The body is not JSON.", reasons=(Cause.BODY_UNREADABLE,)) from None
    files = []
    for name in names:
        text = document.get(name) if isinstance(document, dict) else None
        if not text or not isinstance(text, str):
            raise empty_field(name)
        try:
            files.append(base64.b64decode("".join(text.split()), validate=True))
        except (binascii.Error, ValueError):
            raise ValueInvalid("Provided value is not Base64", reasons=(Cause.FILE,)) from None
    return files


def _missing(name: str) -> ValueInvalid:
    return ValueInvalid(f"Required part {name} is missing", reasons=(Cause.PART_MISSING,))

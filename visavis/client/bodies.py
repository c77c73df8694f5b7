"""Requests as httpx sends them, and its answers as flows want them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx

from visavis.client.connection import Connection
from visavis.client.flows import Reply
from visavis.client.requests import Part, Request
from visavis.domain.errors import FileUnreadable, RequestTooLarge, ServerUnreachable, VisavisError

OCTETS = "application/octet-stream"


def arguments(request: Request, connection: Connection, files: ExitStack) -> dict[str, Any]:
    """For `build_request` of either client. Files are opened for this try, and closed with `files`.

    Raises `RequestTooLarge` before anything is sent, and `FileUnreadable`.
    """
    try:
        size = sum(part.size for part in request.parts) + len(request.body or b"")
        if size > connection.max_upload_bytes:
            raise RequestTooLarge(
                f"The request has {size:,} bytes, and at most {connection.max_upload_bytes:,} are sent.",
                hint="Send less at once, or raise max_upload_bytes here and server.max_body_bytes there.",
            )
        parts = [(part.name, (part.filename, _content(part, files), OCTETS)) for part in request.parts]
    except OSError as error:
        raise FileUnreadable(f"A file cannot be read: {error.strerror}.") from error
    given: dict[str, Any] = {
        "method": request.method,
        "url": connection.url + request.path,
        "params": request.query,
        "headers": dict(request.headers),
    }
    if parts:
        given["files"] = parts
    elif request.body is not None:
        given["content"] = request.body
        given["headers"]["Content-Type"] = "application/json"
    if request.timeout_s is not None:
        given["timeout"] = httpx.Timeout(connection.timeout_s, read=request.timeout_s)
    return given


def _content(part: Part, files: ExitStack) -> Any:  # noqa: ANN401 (what httpx takes)
    if isinstance(part.content, Path):
        return files.enter_context(part.content.open("rb"))
    return part.content


def client_options(connection: Connection) -> dict[str, Any]:
    """Of either client. Redirects are not followed: they could carry pictures elsewhere."""
    return {
        "headers": connection.headers,
        "timeout": connection.timeout_s,
        "verify": connection.trust,
        "follow_redirects": False,
    }


def reply_of(response: httpx.Response, content: bytes) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, content=content)


def unreachable(error: Exception) -> VisavisError:
    """What a failure on the way is called; the text of certificates' errors helps, and names nobody."""
    return ServerUnreachable(f"The server cannot be reached: {str(error)[:300] or type(error).__name__}.")

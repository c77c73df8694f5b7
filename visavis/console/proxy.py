"""The API under the address of the console: scripts of the pages need no other origin, and cookies no other site."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from visavis.console.platform import config_of, forwarded

_METHODS: Final = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers of one connection (RFC 9110, section 7.6.1)."""
_TIMEOUT: Final = httpx.Timeout(30.0, read=120.0)


def add_proxy(app: FastAPI) -> None:
    app.add_api_route("/v1/{path:path}", forward, methods=_METHODS)


async def forward(request: Request) -> Response:
    """Passes a request on as it is, and the answer back, without holding either in memory."""
    config = config_of(request)
    target = httpx.URL(config.api_url).copy_with(
        raw_path=request.scope["raw_path"] + (b"?" + request.scope["query_string"]).rstrip(b"?")
    )
    way = forwarded(request)
    headers = [
        (name, value)
        for name, value in request.headers.raw
        if name.decode() not in _HOP and name.decode() not in way
    ]
    headers += [(name.encode(), value.encode()) for name, value in way.items()]
    body = request.stream() if _has_body(request) else None
    http = httpx.AsyncClient(transport=request.app.state.transport, timeout=_TIMEOUT, follow_redirects=False)
    try:
        asked = http.build_request(request.method, target, headers=headers, content=body)
        answer = await http.send(asked, stream=True)
    except httpx.TransportError:
        return JSONResponse(
            {
                "type": "about:blank",
                "title": "The server cannot be reached.",
                "status": 503,
                "code": "server_unreachable",
                "detail": "The server cannot be reached.",
                "hint": "Is it running? visavis up",
            },
            status_code=503,
            media_type="application/problem+json",
        )
    response = StreamingResponse(_content(answer), status_code=answer.status_code)
    response.raw_headers = [
        (name.lower(), value) for name, value in answer.headers.raw if name.lower().decode() not in _HOP
    ]
    return response


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


async def _content(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    except httpx.TransportError:
        return  # the browser sees that it breaks off
    finally:
        await answer.aclose()

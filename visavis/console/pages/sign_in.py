"""Where one comes in."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from visavis.client.failures import failure_of
from visavis.console.proxy import forward
from visavis.console.render import Renderer

router = APIRouter()
WITH_PROVIDER: Final = "/v1/auth/oidc"


@router.get("/sign-in")
async def sign_in(request: Request) -> HTMLResponse:
    renderer: Renderer = request.app.state.renderer
    return HTMLResponse(renderer.page("sign_in.html"))


@router.get(WITH_PROVIDER)
@router.get(f"{WITH_PROVIDER}/callback")
async def with_provider(request: Request) -> Response:
    """To the identity provider and back, as the API does it; but what goes wrong is said on a page, because nothing but
    the browser itself asks this."""
    answer = await forward(request)
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        return answer
    assert isinstance(answer, StreamingResponse)  # noqa: S101
    content = b"".join([part async for part in answer.body_iterator if isinstance(part, bytes)])
    error = failure_of(answer.status_code, answer.headers, content)
    renderer: Renderer = request.app.state.renderer
    shown = renderer.page(
        "error.html",
        title="You are not signed in",
        message=error.message,
        hint=error.advice,
        code=error.code,
    )
    return HTMLResponse(shown, status_code=answer.status_code)

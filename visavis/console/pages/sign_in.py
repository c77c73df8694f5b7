"""Where one comes in."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.render import Renderer

router = APIRouter()


@router.get("/sign-in")
async def sign_in(request: Request) -> HTMLResponse:
    renderer: Renderer = request.app.state.renderer
    return HTMLResponse(renderer.page("sign_in.html"))

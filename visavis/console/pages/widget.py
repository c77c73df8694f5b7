"""The capture widget: a page that other sites show in a frame, and what it may ask."""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import HTMLResponse, JSONResponse, Response

from visavis.client.asynchronous import AsyncClient
from visavis.console.platform import config_of
from visavis.console.render import Renderer
from visavis.console.said import bounded, picture, problem, said
from visavis.console.seal import Seal
from visavis.console.widgets import Grant, Operation, Wish, granted
from visavis.domain.errors import (
    MediaUnsupported,
    NotAuthenticated,
    NotPermitted,
    ServerUnreachable,
    VisavisError,
)
from visavis.wire.v1.enrolment import Enrolled
from visavis.wire.v1.recognition import Verified

router = APIRouter()

_HEADER: Final = "x-visavis-widget"
_MOST_BYTES: Final = 16 * 2**20
_TIMEOUT_S: Final = 30.0
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors "
)


@router.get("/widget")
async def widget(request: Request) -> HTMLResponse:
    """The only page of the console that others may show: those that the settings name. What it is for stands behind the
    # of its address, which no server gets to see."""
    renderer: Renderer = request.app.state.renderer
    origins = config_of(request).widget_origins
    headers = {"Content-Security-Policy": _POLICY + (" ".join(origins) or "'none'")}
    return HTMLResponse(renderer.page("widget.html"), headers=headers)


@router.post("/widget/sessions")
async def begin(request: Request) -> Response:
    """For the server of a site, with its API key: what the widget may do, as a token for its address."""
    config = config_of(request)
    try:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise NotAuthenticated(hint="Send an API key: Authorization: Bearer vv_…")
        wish = await said(request, Wish)
        expires_at = datetime.now(UTC) + timedelta(minutes=wish.minutes)
        async with _client(request, key.strip()) as client:
            grant = await granted(client, wish, key.strip(), config.widget_origins, expires_at)
    except VisavisError as error:
        return problem(error)
    token = grant.sealed(Seal(config.secret))
    content = {"token": token, "path": f"/widget#{token}", "expires_at": expires_at.isoformat()}
    return JSONResponse(content, status_code=201)


@router.post("/widget/session")
async def session(request: Request) -> Response:
    """What the widget is here for."""
    try:
        grant = _grant(request)
    except VisavisError as error:
        return problem(error)
    wish = grant.wish
    return JSONResponse(
        {"operation": wish.operation, "origin": wish.origin, "challenge": wish.challenge, "part": _part(wish)}
    )


@router.post("/widget/look")
async def look(request: Request) -> Response:
    """Guidance: the faces in a picture that is not kept."""
    try:
        grant = _grant(request)
        shown = await picture(request)
        async with _client(request, grant.key) as client:
            found = await client.detect(shown)
    except VisavisError as error:
        return problem(error)
    return Response(found.model_dump_json(include={"faces"}), media_type="application/json")


@router.post("/widget/result")
async def result(request: Request) -> Response:
    """The one operation. Sent again, it is answered as the first time; with other pictures, it is refused."""
    try:
        grant = _grant(request)
        if grant.wish.operation is Operation.PICTURE:
            raise NotPermitted("These pictures go to the site alone.")
        kind = request.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            raise MediaUnsupported("Send pictures as multipart/form-data.")
        answer = await _asked(request, grant, kind, await bounded(request, _MOST_BYTES))
    except VisavisError as error:
        return problem(error)
    if answer.is_error:
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))
    try:
        return JSONResponse(_told(grant.wish.operation, answer.content))
    except ValidationError:
        return problem(ServerUnreachable("The server answered something else than was asked."))


async def _asked(request: Request, grant: Grant, kind: str, body: bytes) -> httpx.Response:
    wish = grant.wish
    url = f"{config_of(request).api_url}/v1/galleries/{quote(wish.gallery, safe='')}/{wish.operation.value}"
    headers = {
        "Authorization": f"Bearer {grant.key}",
        "Content-Type": kind,
        "Idempotency-Key": grant.nonce,
    }
    query = {"subject": wish.subject, "largest": "true"}
    if wish.operation is Operation.VERIFY:
        query["source"] = "widget"
    transport = request.app.state.transport
    try:
        async with httpx.AsyncClient(transport=transport, timeout=_TIMEOUT_S) as http:
            return await http.post(url, params=query, headers=headers, content=body)
    except httpx.TransportError as error:
        raise ServerUnreachable from error


def _told(operation: Operation, content: bytes) -> dict[str, object]:
    """No more than a page of another site needs; its server asks the API for the rest."""
    if operation is Operation.VERIFY:
        verified = Verified.model_validate_json(content)
        return {"outcome": verified.decision.outcome, "event_id": verified.event_id}
    enrolled = Enrolled.model_validate_json(content)
    return {"subject_id": enrolled.subject_id, "enrolled": enrolled.enrolled}


def _part(wish: Wish) -> str:
    """What the API calls a picture of this operation."""
    return "probe" if wish.operation is Operation.VERIFY else "image"


def _grant(request: Request) -> Grant:
    letters = request.headers.get(_HEADER, "")
    return Grant.unsealed(Seal(config_of(request).secret), letters, datetime.now(UTC))


def _client(request: Request, key: str) -> AsyncClient:
    return AsyncClient(
        config_of(request).api_url,
        key,
        transport=request.app.state.transport,
        retries=0,
        timeout=_TIMEOUT_S,
    )

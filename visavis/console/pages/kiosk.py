"""The kiosk: a device at a door or a desk that greets whom it knows. Not a person, the device is signed in."""

import ipaddress
from dataclasses import asdict
from typing import Annotated, Final

import httpx
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from visavis.client.asynchronous import AsyncClient
from visavis.console.kiosks import KEY_PREFIX, Kiosk, look, recognise
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting, client_of, config_of
from visavis.console.render import Renderer, page
from visavis.console.said import picture, problem, said
from visavis.console.seal import Seal
from visavis.domain.access import Permission
from visavis.domain.camera import Direction
from visavis.domain.errors import NotAuthenticated, NotPermitted, PlanNotFound, VisavisError
from visavis.wire.v1.accounts import KeyCreate, RateNote
from visavis.wire.v1.attendance import PlanWrite
from visavis.wire.v1.doors import DoorCameraNote, DoorWrite

router = APIRouter()

_COOKIE: Final = "visavis_kiosk"
_PATH: Final = "/kiosk"
_LASTS_S: Final = 400 * 86_400  # the longest that browsers keep one; each visit renews it
_RATE: Final = RateNote(per_minute=400, burst=60)
"""Of a kiosk's key: two looks a second, two requests each, and some more."""
_TIMEOUT_S: Final = 10.0

Side = Annotated[int, Query(ge=1, le=10_000)]


class Wanted(BaseModel):
    """A kiosk that is to be. Its name becomes the source of its events and a camera of its door."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    gallery: Annotated[str, Field(min_length=1, max_length=200)]
    greeting: Annotated[str, Field(max_length=60)] = "Welcome"
    names: bool = True
    door: Annotated[str, Field(max_length=64)] = ""
    direction: Direction = Direction.ENTRY


@router.get("/kiosk")
async def kiosk(request: Request) -> HTMLResponse:
    """For whoever stands in front of it."""
    renderer: Renderer = request.app.state.renderer
    try:
        device = kiosk_of(request)
    except NotAuthenticated:
        return HTMLResponse(renderer.page("kiosk_none.html"))
    response = HTMLResponse(renderer.page("kiosk.html", kiosk=device))
    _set_cookie(request, response, device)
    return response


@router.post("/kiosk/identify")
async def identify(request: Request, width: Side, height: Side, only_look: bool = False) -> Response:
    """The one thing that the device's key is used for here. The answer has no more than may be seen on the screen."""
    try:
        device = kiosk_of(request)
        shown = await picture(request)
        async with _client(request, device) as client:
            size = (width, height)
            sight = await (look(client, shown, size) if only_look else recognise(client, device, shown, size))
    except VisavisError as error:
        return problem(error)
    return JSONResponse(asdict(sight))


@router.get("/kiosk/set-up")
async def set_up(request: Request, visit: Visiting) -> HTMLResponse:
    """For somebody who may make keys: what the device is for, and which kiosks there are."""
    _require(visit)
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    doors = (await visit.client.doors.list()).doors if visit.may(Permission.PASSAGES_MANAGE) else ()
    keys = [
        one
        async for one in visit.client.api_keys.list()
        if one.name.startswith(KEY_PREFIX) and not one.revoked_at
    ]
    return page(request, visit, "kiosk_set_up.html", galleries=galleries, doors=doors, keys=keys)


@router.post("/kiosk/set-up")
async def make(request: Request) -> Response:
    """Makes the key, gives it to this device, sealed, and signs the person out here."""
    try:
        wanted = await said(request, Wanted)
        headers = {"x-csrf-token": request.headers.get("x-csrf-token", "")}
        async with client_of(request, headers) as client:
            _require(Visit(client, await client.me()))
            device = await _made(client, wanted)
    except VisavisError as error:
        return problem(error)
    response = JSONResponse({"next": _PATH}, status_code=201)
    _set_cookie(request, response, device)
    await _sign_out(request, response)
    return response


async def _made(client: AsyncClient, wanted: Wanted) -> Kiosk:
    camera = DoorCameraNote(name=wanted.name, direction=wanted.direction)
    permissions = [Permission.DETECT, Permission.IDENTIFY]
    if wanted.door:
        permissions.append(Permission.PASSAGES_READ)
        await _join_door(client, wanted.door, camera)
    await _join_plan(client, wanted.gallery, camera)
    created = await client.api_keys.create(
        KeyCreate(
            name=f"{KEY_PREFIX}{wanted.name}",
            permissions=tuple(permissions),
            galleries=(wanted.gallery,),
            rate=_RATE,
        )
    )
    return Kiosk(
        name=wanted.name,
        gallery=wanted.gallery,
        greeting=wanted.greeting.strip() or "Welcome",
        names=wanted.names,
        door=wanted.door,
        camera=wanted.name if wanted.door else "",
        key_id=created.key.id,
        secret=created.secret,
    )


async def _join_door(client: AsyncClient, name: str, camera: DoorCameraNote) -> None:
    """The device is one of the door's cameras from now on."""
    door = await client.doors.get(name)
    others = tuple(one for one in door.cameras if one.name != camera.name)
    kept = door.model_dump(include=set(DoorWrite.model_fields) - {"cameras"})
    await client.doors.put(name, DoorWrite(**kept, cameras=(*others, camera)))


async def _join_plan(client: AsyncClient, gallery: str, camera: DoorCameraNote) -> None:
    """Being greeted counts as coming or going, where the gallery has a plan and this person may change it."""
    try:
        plan = await client.attendance.plan(gallery)
        others = tuple(one for one in plan.cameras if one.name != camera.name)
        kept = plan.model_dump(include=set(PlanWrite.model_fields) - {"cameras"})
        await client.attendance.set_plan(gallery, PlanWrite(**kept, cameras=(*others, camera)))
    except (PlanNotFound, NotPermitted):
        return


def kiosk_of(request: Request) -> Kiosk:
    """Raises `NotAuthenticated` for a device that is none."""
    return Kiosk.unsealed(Seal(config_of(request).secret), request.cookies.get(_COOKIE, ""))


def _client(request: Request, device: Kiosk) -> AsyncClient:
    return AsyncClient(
        config_of(request).api_url,
        device.secret,
        transport=request.app.state.transport,
        retries=0,
        timeout=_TIMEOUT_S,
    )


def _set_cookie(request: Request, response: Response, device: Kiosk) -> None:
    response.set_cookie(
        _COOKIE,
        device.sealed(Seal(config_of(request).secret)),
        max_age=_LASTS_S,
        path=_PATH,
        secure=not _is_local(request),
        httponly=True,
        samesite="strict",
    )


def _is_local(request: Request) -> bool:
    """Browsers give a camera to plain HTTP on their own machine only; everything else is TLS, whoever ends it."""
    if request.url.scheme == "https":
        return False
    try:
        return ipaddress.ip_address(request.url.hostname or "").is_loopback
    except ValueError:
        return request.url.hostname == "localhost"


async def _sign_out(request: Request, response: Response) -> None:
    """The session ends on the server; the cookie, whatever its name, ends here."""
    names = ("cookie", "host", "x-csrf-token")
    headers = {name: request.headers[name] for name in names if name in request.headers}
    async with httpx.AsyncClient(transport=request.app.state.transport, timeout=_TIMEOUT_S) as http:
        answer = await http.post(f"{config_of(request).api_url}/v1/auth/sign-out", headers=headers)
    for cookie in answer.headers.get_list("set-cookie"):
        response.headers.append("set-cookie", cookie)


def _require(visit: Visit) -> None:
    if not visit.may(Permission.KEYS_MANAGE):
        raise NotPermitted(
            "You may not set up kiosks.", hint="Ask an administrator: a kiosk has a key of its own."
        )

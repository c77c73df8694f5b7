"""Cameras: add, look at, move, remove."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of
from visavis.api.service import allowed
from visavis.api.versions import TAGGED, IfMatch, etag_of, require_match
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.camera import Camera
from visavis.domain.errors import AlreadyExists, CameraNotFound, PreconditionFailed
from visavis.wire.cameras import CameraNote
from visavis.wire.v1.cameras import CameraCreate, CameraEdit, CameraList, CameraName, PlaceName

router = APIRouter(prefix="/v1/cameras", tags=["cameras"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.CAMERAS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.CAMERAS_MANAGE))]
Named = Annotated[CameraName, Path(description="Name of the camera.", examples=["door-1"])]


@router.get("", summary="Cameras", responses=failures())
async def list_cameras(
    platform: Reading,
    site: Annotated[PlaceName | None, Query(description="Of this site only.")] = None,
    zone: Annotated[PlaceName | None, Query(description="Of this zone only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CameraList:
    """By name."""
    page = await platform.cameras.page(site=site, zone=zone, after=place_of(cursor), limit=limit + 1)
    return CameraList(
        cameras=tuple(CameraNote.of(one) for one in page[:limit]),
        next_cursor=cursor_of(page[limit - 1].name) if len(page) > limit else None,
    )


@router.post("", status_code=201, summary="Add a camera", responses={201: TAGGED, **failures(AlreadyExists)})
async def create_camera(platform: Managing, wanted: CameraCreate, response: Response) -> CameraNote:
    """From now on events whose `source` is its name note its site, zone and direction."""
    return _answer(await platform.cameras.add(wanted.name, wanted.place, note=wanted.note), response)


@router.get("/{camera}", summary="One camera", responses={200: TAGGED, **failures(CameraNotFound)})
async def get_camera(platform: Reading, camera: Named, response: Response) -> CameraNote:
    """Where it hangs."""
    return _answer(await platform.cameras.get(camera), response)


@router.patch(
    "/{camera}",
    summary="Move a camera",
    responses={200: TAGGED, **failures(CameraNotFound, PreconditionFailed)},
)
async def change_camera(
    platform: Managing, camera: Named, change: CameraEdit, response: Response, if_match: IfMatch = None
) -> CameraNote:
    """What is left out stays as it is, and what happened before keeps its old place."""
    found = await platform.cameras.get(camera)
    require_match(if_match, CameraNote.of(found))
    changed = await platform.cameras.change(
        camera, place=change.place(found.place), note=change.note, expected=found if if_match else None
    )
    return _answer(changed, response)


@router.delete("/{camera}", status_code=204, summary="Remove a camera", responses=failures(CameraNotFound))
async def remove_camera(platform: Managing, camera: Named) -> None:
    """Its events stay, with the place that they noted."""
    await platform.cameras.remove(camera)


def _answer(camera: Camera, response: Response) -> CameraNote:
    note = CameraNote.of(camera)
    response.headers["ETag"] = etag_of(note)
    return note

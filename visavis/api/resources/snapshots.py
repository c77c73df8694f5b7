"""What cameras see: tried before one is relied on, and the newest picture where its agent may send one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from visavis.api.documented import failures
from visavis.api.guard import larger_json
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed, room, service_of
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.camera_picture import MOST_BYTES
from visavis.domain.errors import (
    CameraUnreachable,
    DependencyMissing,
    ImageTooLarge,
    ImageUnreadable,
    ModelDown,
    Overloaded,
    SnapshotNotFound,
)
from visavis.wire.v1.camera_pictures import (
    CameraTried,
    SnapshotKept,
    SnapshotList,
    SnapshotNote,
    SnapshotReport,
    TrialRequest,
)
from visavis.wire.v1.cameras import CameraName

router = APIRouter(prefix="/v1", tags=["cameras"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.CAMERAS_READ))]
Named = Annotated[CameraName, Path(description="Name of the camera.", examples=["door-1"])]


@router.post(
    "/camera-trials",
    dependencies=[Depends(room)],
    summary="Try a camera",
    responses=failures(CameraUnreachable, DependencyMissing, ModelDown, Overloaded),
)
async def try_camera(
    request: Request,
    platform: Annotated[Platform, Depends(allowed(Permission.CAMERAS_MANAGE))],
    wanted: TrialRequest,
) -> CameraTried:
    """Opens an RTSP or HTTP address from the server, looks for some seconds, and says how the camera behaves and which
    faces it sees, with one frame. Nothing is kept; it is audited.

    Only addresses in the networks of the setting `cameras.trial_networks` are opened, redirections are not followed,
    and one camera is tried at a time. A camera that only the agent reaches is tried there: `visavis cameras try`.
    """
    trials = service_of(request).trials
    return await platform.try_camera(trials, wanted.address.get_secret_value(), wanted.seconds)


@router.get("/snapshots", summary="Cameras with a picture", responses=failures())
async def list_snapshots(platform: Reading) -> SnapshotList:
    """Of which cameras there is a picture, from when, and whether faces in it are blurred."""
    heads = await platform.camera_pictures.heads()
    return SnapshotList(snapshots=tuple(SnapshotNote.of(one) for one in heads))


@router.put(
    "/cameras/{camera}/snapshot",
    summary="Send the newest picture of a camera",
    responses=failures(ImageUnreadable, ImageTooLarge),
)
@larger_json(2 * MOST_BYTES)
async def put_snapshot(
    platform: Annotated[Platform, Depends(allowed(Permission.TRACKS_REPORT))],
    camera: Named,
    report: SnapshotReport,
) -> SnapshotKept:
    """It takes the place of the one before, is kept encrypted, and is forgotten soon (`cameras.snapshot_s`).

    An agent may send pictures of its own cameras only, and only as its configuration says: `snapshots` is `off`,
    `blurred` or `full`.
    """
    return SnapshotKept(newest=await platform.keep_snapshot(camera, report))


@router.get(
    "/cameras/{camera}/snapshot",
    summary="The newest picture of a camera",
    response_class=Response,
    responses={
        200: {
            "content": {
                "image/jpeg": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}
            }
        },
        **failures(SnapshotNotFound),
    },
)
async def get_snapshot(platform: Reading, camera: Named) -> Response:
    """A JPEG file of at most 640×640 pixels; it changes every few seconds."""
    found = await platform.camera_pictures.of(camera)
    return Response(
        found.content,
        media_type="image/jpeg",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'inline; filename="{camera}.jpg"',
            "X-Content-Type-Options": "nosniff",
        },
    )

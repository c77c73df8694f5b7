"""Cameras and the agents that watch them: looked at, added, drawn on, told what to do."""

from asyncio import gather
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import HTMLResponse

from visavis.client.asynchronous import AsyncClient
from visavis.console.accounts import Accounts
from visavis.console.camera_views import agent_details, camera_views, is_late
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting, config_of
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.camera import Direction
from visavis.domain.errors import CameraNotFound, NotPermitted
from visavis.domain.pack import DetectorFamily
from visavis.wire.edge import Snapshots, Split
from visavis.wire.galleries import GalleryEntry

router = APIRouter()
DIRECTIONS: Final = {
    Direction.PASSING: "people pass by",
    Direction.ENTRY: "people come in",
    Direction.EXIT: "people go out",
}
SNAPSHOTS: Final = {
    Snapshots.OFF: "off",
    Snapshots.BLURRED: "with faces blurred",
    Snapshots.FULL: "as they are",
}
SPLITS: Final = {
    Split.TEMPLATES: "The device computes templates, the server decides (recommended)",
    Split.CROPS: "The device cuts faces out, the server does the rest",
    Split.MATCH: "The device decides by itself, also without the server",
}
_DETECTORS: Final = (DetectorFamily.YUNET, DetectorFamily.MTCNN)

Named = Annotated[str, Path(max_length=64)]


@router.get("/cameras")
async def cameras(request: Request, visit: Visiting) -> HTMLResponse:
    """All of them, with how they are."""
    _require(visit, Permission.CAMERAS_READ)
    return page(request, visit, "cameras.html", **_common(visit), cameras=await camera_views(visit))


@router.get("/cameras/new")
async def new_camera(request: Request, visit: Visiting) -> HTMLResponse:
    """Address, test, what is seen, place and agent."""
    _require(visit, Permission.CAMERAS_MANAGE)
    agents, galleries = await gather(agent_details(visit.client), _galleries(visit.client))
    return page(
        request, visit, "camera_new.html", **_common(visit), agents=agents, galleries=galleries, camera=None
    )


@router.get("/cameras/at/{name}")
async def camera(request: Request, visit: Visiting, name: Named) -> HTMLResponse:
    """One camera. Raises `CameraNotFound`."""
    _require(visit, Permission.CAMERAS_READ)
    views, galleries = await gather(camera_views(visit), _galleries(visit.client))
    found = next((one for one in views if one.name == name), None)
    if found is None:
        raise CameraNotFound(f"There is no camera {name!r}.")
    noted = found.note is not None and visit.may(Permission.CAMERAS_MANAGE)
    etag = (await visit.client.cameras.read(name)).etag if noted else ""
    return page(request, visit, "camera.html", **_common(visit), camera=found, galleries=galleries, etag=etag)


@router.get("/cameras/agents")
async def agents(request: Request, visit: Visiting) -> HTMLResponse:
    """The devices, and how they are."""
    _require(visit, Permission.CAMERAS_READ)
    found, galleries = await gather(agent_details(visit.client), _galleries(visit.client))
    return page(
        request,
        visit,
        "agents.html",
        **_common(visit),
        agents=found,
        galleries=galleries,
        api_url=_api_url(request),
    )


@router.get("/cameras/agents/{agent_id}")
async def agent(request: Request, visit: Visiting, agent_id: UUID) -> HTMLResponse:
    """One device: what it ought to do, what it does, earlier versions."""
    _require(visit, Permission.CAMERAS_READ)
    found, galleries, accounts = await gather(
        visit.client.agents.get(agent_id), _galleries(visit.client), Accounts.of(visit)
    )
    written = found.workload.model_dump_json(indent=2, by_alias=True) if found.workload else ""
    return page(
        request,
        visit,
        "agent.html",
        **_common(visit),
        agent=found,
        galleries=galleries,
        written=written,
        accounts=accounts,
        splits=SPLITS,
        detectors=_DETECTORS,
    )


def _require(visit: Visit, permission: Permission) -> None:
    if not visit.may(permission):
        raise NotPermitted(
            "Cameras are for people with another role.", hint="Ask an administrator for it, if you need it."
        )


def _common(visit: Visit) -> dict[str, object]:
    return {
        "may_manage": visit.may(Permission.CAMERAS_MANAGE),
        "directions": DIRECTIONS,
        "snapshots": SNAPSHOTS,
        "late": is_late,
    }


async def _galleries(client: AsyncClient) -> list[GalleryEntry]:
    found, _ = await first_of(client.galleries.list(), 500)
    return found


def _api_url(request: Request) -> str:
    """Where devices reach the server: as this console does, unless that is this machine only."""
    return config_of(request).api_url

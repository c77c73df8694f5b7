"""What cameras see, as they see it."""

from asyncio import gather

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.camera_views import CameraView, camera_views
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted

router = APIRouter()
_SHOWN = 50


@router.get("/live")
async def live(request: Request, visit: Visiting) -> HTMLResponse:
    """Raises `NotPermitted` for a role that may not read the log."""
    if not visit.may(Permission.EVENTS_READ):
        raise NotPermitted(
            "Looking on is for people with another role.", hint="Ask an administrator, if you need it."
        )
    (events, _), cameras = await gather(
        first_of(visit.client.events.list(page_size=_SHOWN), _SHOWN), _cameras(visit)
    )
    return page(
        request,
        visit,
        "live.html",
        events=events,
        after=max((event.sequence for event in events), default=0),
        cameras=cameras,
        galleries=sorted({*filter(None, (one.gallery for one in cameras)), *(one.gallery for one in events)}),
        may_look=visit.may(Permission.CAMERAS_READ),
    )


async def _cameras(visit: Visit) -> list[CameraView]:
    return await camera_views(visit) if visit.may(Permission.CAMERAS_READ) else []

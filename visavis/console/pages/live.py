"""What cameras see, as they see it."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page

router = APIRouter()
_SHOWN = 50


@router.get("/live")
async def live(request: Request, visit: Visiting) -> HTMLResponse:
    events, _ = await first_of(visit.client.events.list(page_size=_SHOWN), _SHOWN)
    return page(request, visit, "live.html", events=events, after=events[0].sequence if events else 0)

"""Enrol many: a folder for each person, or what was gathered from videos; all is sorted out in the browser."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.asked import Text
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted

router = APIRouter()


@router.get("/enrol/many")
async def many(request: Request, visit: Visiting, gallery: Text = "") -> HTMLResponse:
    """From a folder with a folder for each person."""
    return await _page(request, visit, "enrol_many.html", gallery)


@router.get("/enrol/gathered")
async def gathered(request: Request, visit: Visiting, gallery: Text = "") -> HTMLResponse:
    """From the folder that `visavis gather` wrote."""
    return await _page(request, visit, "enrol_gathered.html", gallery)


async def _page(request: Request, visit: Visit, template: str, gallery: str) -> HTMLResponse:
    if not (visit.may(Permission.ENROL) and visit.may(Permission.JOBS_WRITE)):
        raise NotPermitted(
            "You may not enrol many people at once.", hint="Ask an administrator for the role operator."
        )
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    return page(
        request,
        visit,
        template,
        galleries=galleries,
        gallery=gallery,
        today=f"{datetime.now(UTC):%Y-%m}",
        agreed="All of these people have read the text and agree.",
    )

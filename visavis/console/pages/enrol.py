"""Enrol somebody by webcam or with files, with consent where the gallery asks for it."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.asked import Text
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted

router = APIRouter()


@router.get("/enrol")
async def enrol(request: Request, visit: Visiting, gallery: Text = "", name: Text = "") -> HTMLResponse:
    if not visit.may(Permission.ENROL):
        raise NotPermitted("You may not enrol people.", hint="Ask an administrator for the role operator.")
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    return page(
        request,
        visit,
        "enrol.html",
        galleries=galleries,
        gallery=gallery,
        name=name,
        today=f"{datetime.now(UTC):%Y-%m}",
        agreed="This person has read the text and agrees.",
        may_search=visit.may(Permission.IDENTIFY),
    )

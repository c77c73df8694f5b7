"""A photo, and who it may be."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted

router = APIRouter()


@router.get("/search")
async def search(request: Request, visit: Visiting) -> HTMLResponse:
    if not visit.may(Permission.IDENTIFY):
        raise NotPermitted("You may not search for people.", hint="Ask an administrator for another role.")
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    return page(request, visit, "search.html", galleries=[one for one in galleries if one.references])

"""The first steps of the owner: a gallery with its rules in plain words, then somebody or something to recognise."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from visavis.console.beginnings import BEGINNINGS, KEPT, STRANGERS_A_DAY, STRICTNESS
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted

router = APIRouter()

LATER = "visavis_later"
"""A cookie: whoever wants to set up later is not led here again."""


@router.get("/welcome")
async def welcome(request: Request, visit: Visiting) -> Response:
    """Goes on where it was left; once something can be recognised it leads to the overview."""
    if not visit.may(Permission.GALLERIES_WRITE):
        raise NotPermitted("You may not set up galleries.", hint="Ask an administrator.")
    galleries, _ = await first_of(visit.client.galleries.list(page_size=50), 50)
    if not galleries:
        return page(
            request,
            visit,
            "welcome_gallery.html",
            beginnings=BEGINNINGS,
            strictness=STRICTNESS,
            kept=KEPT,
            strangers=STRANGERS_A_DAY,
        )
    if any(one.subjects for one in galleries) or await _sees_something(visit):
        return RedirectResponse("/", status_code=303)
    return page(request, visit, "welcome_first.html", gallery=galleries[0])


async def _sees_something(visit: Visit) -> bool:
    """Whether there are cameras, or agents that bring some."""
    if not visit.may(Permission.CAMERAS_READ):
        return False
    found = await asyncio.gather(
        first_of(visit.client.cameras.list(page_size=1), 1),
        first_of(visit.client.agents.list(page_size=1), 1),
    )
    return any(some for some, _ in found)

"""Who is known."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.client.resources.events import Wanted
from visavis.console.paging import first_of
from visavis.console.platform import Visiting
from visavis.console.render import page
from visavis.console.words import KINDS, OUTCOMES
from visavis.domain.access import Permission
from visavis.wire.v1.events import EventNote

router = APIRouter()
_SHOWN = 200
_SEEN = 20

Text = Annotated[str, Query(max_length=200)]


@router.get("/people")
async def people(request: Request, visit: Visiting, gallery: Text = "", prefix: Text = "") -> HTMLResponse:
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    found, more = await first_of(
        visit.client.subjects.list(gallery=gallery or None, prefix=prefix, page_size=_SHOWN), _SHOWN
    )
    return page(
        request,
        visit,
        "people.html",
        people=found,
        more=more,
        gallery=gallery,
        prefix=prefix,
        galleries=[one.name for one in galleries],
        kinds=KINDS,
    )


@router.get("/people/{subject_id}")
async def person(request: Request, visit: Visiting, subject_id: UUID) -> HTMLResponse:
    found = await visit.client.subjects.get(subject_id)
    events: list[EventNote] = []
    if visit.may(Permission.EVENTS_READ):
        events, _ = await first_of(
            visit.client.events.list(Wanted(subject_id=subject_id), page_size=_SEEN), _SEEN
        )
    return page(
        request,
        visit,
        "person.html",
        person=found,
        events=events,
        may_erase=visit.may(Permission.SUBJECTS_ERASE),
        kinds=KINDS,
        words=OUTCOMES,
    )

"""A photo, and who it may be; a face, and where recorded video shows it."""

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from visavis.console.asked import Text
from visavis.console.at_once import at_once
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.job import JobKind
from visavis.wire.recordings import RecordingNote
from visavis.wire.v1.jobs import JobNote

router = APIRouter()
_SHOWN = 200
_JOBS = 10


@router.get("/search")
async def search(request: Request, visit: Visiting) -> Response:
    if not visit.may(Permission.IDENTIFY):
        if visit.may(Permission.RECORDINGS_SEARCH):
            return RedirectResponse("/search/recordings", status_code=303)
        raise NotPermitted("You may not search for people.", hint="Ask an administrator for another role.")
    galleries, _ = await first_of(visit.client.galleries.list(), 1000)
    return page(
        request,
        visit,
        "search.html",
        galleries=[one for one in galleries if one.references],
        may_enrol=visit.may(Permission.ENROL),
        may_see=visit.may(Permission.SUBJECTS_EXPORT) and visit.may(Permission.SUBJECTS_READ),
        recordings=visit.may(Permission.RECORDINGS_SEARCH),
    )


@router.get("/search/recordings")
async def recordings(
    request: Request, visit: Visiting, gallery: Text = "", subject: Text = ""
) -> HTMLResponse:
    if not visit.may(Permission.RECORDINGS_SEARCH):
        raise NotPermitted(
            "You may not search recorded video.", hint="An administrator can give you the permission."
        )
    async with at_once() as group:
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
        found = group.create_task(first_of(visit.client.recordings.list(page_size=_SHOWN), _SHOWN))
        jobs = group.create_task(_jobs(visit))
    kept, more = found.result()
    return page(
        request,
        visit,
        "recordings.html",
        galleries=[one.name for one in places.result()[0]],
        searchable=_searchable([one.name for one in places.result()[0]], kept, more=more),
        gallery=gallery,
        subject=subject,
        recordings=kept,
        more=more,
        jobs=jobs.result(),
        running=any(not one.state.final for one in jobs.result()),
        identify=visit.may(Permission.IDENTIFY),
        manage=visit.may(Permission.RECORDINGS_MANAGE),
        add=visit.may(Permission.RECORDINGS_MANAGE) and visit.may(Permission.JOBS_WRITE),
    )


def _searchable(galleries: list[str], kept: list[RecordingNote], *, more: bool) -> list[str]:
    """Galleries that have recordings; all of them, where not all recordings were looked at."""
    having = {one.gallery for one in kept}
    return galleries if more else [name for name in galleries if name in having]


async def _jobs(visit: Visit) -> list[JobNote]:
    """Videos that are being indexed, or could not be."""
    if not visit.may(Permission.JOBS_READ):
        return []
    found, _ = await first_of(visit.client.jobs.list(kind=JobKind.INDEX, page_size=_JOBS), _JOBS)
    return [one for one in found if not one.state.final or one.failed or one.fault]

"""Work that is done later: how far it is, and what became of each photo."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, StreamingResponse

from visavis.client.asynchronous import AsyncClient
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting, client_of
from visavis.console.render import page
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.domain.job import ItemState, JobKind
from visavis.wire.v1.csv_lines import line_of
from visavis.wire.v1.jobs import ItemNote, JobNote

router = APIRouter()

_SHOWN: Final = 50
_REFUSED_SHOWN: Final = 200
_LINES_AT_ONCE: Final = 1000
KINDS: Final = {
    JobKind.CLASSIFY: "Recognise photos",
    JobKind.ENROL: "Enrol many",
    JobKind.REEMBED: "Change the model",
    JobKind.INDEX: "Make videos searchable",
}
STATES: Final = {
    "queued": "waiting",
    "running": "at work",
    "succeeded": "done",
    "failed": "failed",
    "cancelled": "cancelled",
}


@router.get("/jobs")
async def jobs(request: Request, visit: Visiting) -> HTMLResponse:
    """The latest first."""
    _require(visit)
    found, more = await first_of(visit.client.jobs.list(page_size=_SHOWN), _SHOWN)
    return page(request, visit, "jobs.html", jobs=found, more=more, **_words(visit))


@router.get("/jobs/{job_id:uuid}")
async def job(request: Request, visit: Visiting, job_id: UUID) -> HTMLResponse:
    """One, with what was refused and why."""
    _require(visit)
    found = await visit.client.jobs.get(job_id)
    refused: list[ItemNote] = []
    more = False
    if found.failed:
        items = visit.client.jobs.items(job_id, state=ItemState.FAILED, page_size=_REFUSED_SHOWN)
        refused, more = await first_of(items, _REFUSED_SHOWN)
    return page(request, visit, "job.html", job=found, refused=refused, more=more, **_words(visit))


@router.get("/jobs/{job_id:uuid}/report.csv")
async def report(request: Request, visit: Visiting, job_id: UUID) -> StreamingResponse:
    """Every photo with what became of it."""
    _require(visit)
    found = await visit.client.jobs.get(job_id)

    async def content() -> AsyncIterator[str]:
        async with client_of(request) as client:
            async for part in _lines(client, found):
                yield part

    headers = {"Content-Disposition": f'attachment; filename="job-{job_id}.csv"'}
    return StreamingResponse(content(), media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(client: AsyncClient, job: JobNote) -> AsyncIterator[str]:
    yield line_of(("photo", "person", "result", "code", "reason"))
    lines: list[str] = []
    async for item in client.jobs.items(job.id, page_size=_LINES_AT_ONCE):
        lines.append(_line(item))
        if len(lines) == _LINES_AT_ONCE:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


def _line(item: ItemNote) -> str:
    fault = item.fault
    result = "known already" if item.repeated else STATES[item.state.value]
    return line_of(
        (item.label, item.subject, result, fault.code if fault else "", fault.message if fault else "")
    )


def _words(visit: Visit) -> dict[str, object]:
    return {"kinds": KINDS, "states": STATES, "may_cancel": visit.may(Permission.JOBS_WRITE)}


def _require(visit: Visit) -> None:
    if not visit.may(Permission.JOBS_READ):
        raise NotPermitted("You may not see jobs.", hint="Ask an administrator for the role operator.")

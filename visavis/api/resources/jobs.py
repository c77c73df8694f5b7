"""Jobs: photos that are classified or enrolled later."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.parameters import GalleryName
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import SentReference, Source
from visavis.api.service import allowed
from visavis.application.ports.jobs import JobFilter, NewItem
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    CalibrationMissing,
    FileUnreadable,
    GalleryNotFound,
    JobNotFound,
    LicenceRefused,
    MediaUnsupported,
    ModelDown,
    ModelNotFound,
    RequestTooLarge,
    ValueInvalid,
)
from visavis.domain.job import ItemKind, ItemState, Job, JobId, JobItem, JobKind, JobOptions, JobState
from visavis.wire.v1.jobs import ItemList, ItemNote, JobList, JobNote
from visavis.wire.v1.values import PLAIN, Moment

router = APIRouter(prefix="/v1", tags=["jobs"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.JOBS_READ))]
_PARTS = {"image": True, "crop": True}
_ARCHIVE = {"file": False}
_UNREADABLE = (MediaUnsupported, RequestTooLarge)
_PLACED: dict[str, Any] = {
    "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to ask how far it is."}}
}


@router.post(
    "/galleries/{gallery}/jobs/classify",
    status_code=202,
    summary="Identify later",
    responses={202: _PLACED, **failures(*_UNREADABLE, GalleryNotFound)},
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def classify_later(
    request: Request,
    response: Response,
    gallery: GalleryName,
    platform: Annotated[Platform, Depends(allowed(Permission.JOBS_WRITE, Permission.IDENTIFY))],
    source: Source = "",
    reference: SentReference = "",
    captured_at: Annotated[Moment | None, Query(description="When the pictures were taken.")] = None,
) -> JobNote:
    """Answers at once; a worker looks at the pictures in order of their arrival for each source.

    Results come as events: poll the job or the log, follow `/v1/events/stream`, or have them sent by a webhook.
    What was accepted here is done, whatever happens to the server.
    """
    place = await platform.gallery(gallery)
    uploads = await read_uploads(request, _PARTS)
    items = [
        NewItem(
            item=JobItem(
                number=number,
                kind=ItemKind.CROP if upload.part == "crop" else ItemKind.PHOTO,
                label=_label(reference, number, len(uploads)),
                captured_at=captured_at,
            ),
            payload=upload.content,
        )
        for number, upload in enumerate(uploads)
    ]
    job = await platform.submit(JobKind.CLASSIFY, place, _each(items), source=source)
    return _accepted(job, response)


@router.post(
    "/galleries/{gallery}/jobs/enrol",
    status_code=202,
    summary="Enrol many",
    responses={202: _PLACED, **failures(*_UNREADABLE, GalleryNotFound, FileUnreadable)},
    openapi_extra=bodies(_ARCHIVE),
)
async def enrol_later(
    request: Request,
    response: Response,
    gallery: GalleryName,
    platform: Annotated[Platform, Depends(allowed(Permission.JOBS_WRITE, Permission.ENROL))],
    force: Annotated[bool, Query(description="Take photos even if they look like another subject.")] = False,
    largest: Annotated[bool, Query(description="Take the largest of several faces.")] = False,
) -> JobNote:
    """A ZIP with one folder per subject, NDJSON lines of subject and base64 image, or CSV with `subject,path` below
    the server's directory of imports. A bad photo is reported and keeps no other from being enrolled; a job that is
    cut off goes on where it was."""
    place = await platform.gallery(gallery)
    uploads = await read_uploads(request, _ARCHIVE)
    if not uploads:
        raise ValueInvalid("There is no file in the request.")
    items = platform.imported_items(uploads[0].content)
    job = await platform.submit(JobKind.ENROL, place, items, options=JobOptions(force=force, largest=largest))
    return _accepted(job, response)


@router.post(
    "/galleries/{gallery}/jobs/re-embed",
    status_code=202,
    summary="Move a gallery to another model",
    responses={
        202: _PLACED,
        **failures(GalleryNotFound, ModelNotFound, ModelDown, CalibrationMissing, LicenceRefused),
    },
)
async def re_embed_later(
    response: Response,
    gallery: GalleryName,
    platform: Annotated[
        Platform,
        Depends(allowed(Permission.JOBS_WRITE, Permission.GALLERIES_WRITE, Permission.MODELS_MANAGE)),
    ],
    pack: Annotated[
        str, Query(min_length=1, max_length=100, pattern=PLAIN, description="Model pack to change to.")
    ],
    drop_missing: Annotated[
        bool, Query(description="Let references go of which neither sample nor photo is kept.")
    ] = False,
) -> JobNote:
    """Searches go on with the old model until every template is there; then the gallery changes at once."""
    place = await platform.gallery(gallery)
    return _accepted(await platform.re_embed(place, pack, drop_missing=drop_missing), response)


@router.get("/jobs", summary="Jobs", responses=failures())
async def list_jobs(
    platform: Reading,
    kind: Annotated[JobKind | None, Query(description="Of this kind only.")] = None,
    state: Annotated[JobState | None, Query(description="In this state only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JobList:
    """The latest first."""
    wanted = JobFilter(kind=kind, state=state, galleries=platform.principal.galleries)
    page = await platform.jobs.page(wanted, before=number_of(cursor), limit=limit + 1)
    more = len(page) > limit
    return JobList(
        jobs=tuple(JobNote.of(job) for job in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].sequence)) if more else None,
    )


@router.get("/jobs/{job_id}", summary="One job", responses=failures(JobNotFound))
async def get_job(platform: Reading, job_id: UUID) -> JobNote:
    """How far it is."""
    return JobNote.of(await platform.visible_job(JobId(job_id)))


@router.get("/jobs/{job_id}/items", summary="Items of a job", responses=failures(JobNotFound))
async def list_job_items(
    platform: Reading,
    job_id: UUID,
    state: Annotated[ItemState | None, Query(description="failed: what to look after.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ItemList:
    """By number, with what became of each."""
    job = await platform.visible_job(JobId(job_id))
    after = number_of(cursor)
    page = await platform.jobs.items(
        job.id, state=state, after=-1 if after is None else after, limit=limit + 1
    )
    more = len(page) > limit
    return ItemList(
        items=tuple(ItemNote.of(item) for item in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].number)) if more else None,
    )


@router.post("/jobs/{job_id}/cancel", summary="Cancel a job", responses=failures(JobNotFound))
async def cancel_job(
    platform: Annotated[Platform, Depends(allowed(Permission.JOBS_WRITE))], job_id: UUID
) -> JobNote:
    """What waits is not done any more; what was done stays."""
    job = await platform.visible_job(JobId(job_id))
    return JobNote.of(await platform.jobs.cancel(job.id))


def _accepted(job: Job, response: Response) -> JobNote:
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobNote.of(job)


def _label(reference: str, number: int, count: int) -> str:
    """Pictures of one request are captures of their own."""
    return f"{reference}#{number}"[:200] if reference and count > 1 else reference


async def _each(items: Sequence[NewItem]) -> AsyncIterator[NewItem]:
    for item in items:
        yield item

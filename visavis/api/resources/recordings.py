"""Recorded video: made searchable, searched."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.parameters import GalleryName
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import SINGLE, Largest, pictures
from visavis.api.service import allowed, room
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.recordings.search import Wanted
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.recording_reports import found_note
from visavis.domain.access import Permission
from visavis.domain.errors import (
    GalleryNotFound,
    ModelDown,
    ModelMismatch,
    RecordingNotFound,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.domain.job import ItemKind, JobItem, JobKind, JobOptions
from visavis.domain.recording import Recording, RecordingId
from visavis.wire.recordings import FoundInRecordings, RecordingNote
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.recordings import RecordingAdd, RecordingList
from visavis.wire.v1.values import Moment, Name, Text

router = APIRouter(prefix="/v1", tags=["recordings"], route_class=IdempotentRoute)

Searching = Annotated[Platform, Depends(allowed(Permission.RECORDINGS_SEARCH))]
Managing = Annotated[Platform, Depends(allowed(Permission.RECORDINGS_MANAGE))]
Since = Annotated[Moment | None, Query(description="Not before.")]
Until = Annotated[Moment | None, Query(description="Before.")]
CameraQuery = Annotated[Text | None, Query(description="Only this camera.")]
_PARTS = {"image": True}


@router.post(
    "/galleries/{gallery}/recordings",
    status_code=202,
    summary="Index a video",
    responses=failures(GalleryNotFound),
)
async def add_recording(
    response: Response,
    gallery: GalleryName,
    platform: Annotated[Platform, Depends(allowed(Permission.RECORDINGS_MANAGE, Permission.JOBS_WRITE))],
    wanted: RecordingAdd,
) -> JobNote:
    """Answers at once; a worker follows the faces in the video and keeps their templates. Poll the job."""
    place = await platform.gallery(gallery)
    item = JobItem(number=0, kind=ItemKind.PATH, label=wanted.path, captured_at=wanted.started_at)
    new = NewItem(item=item, payload=wanted.path.encode())
    options = JobOptions(rate=wanted.rate, keep_days=wanted.keep_days)
    job = await platform.submit(JobKind.INDEX, place, _one(new), source=wanted.camera, options=options)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobNote.of(job)


@router.get("/recordings", summary="Recordings", responses=failures(GalleryNotFound))
async def list_recordings(
    platform: Searching,
    gallery: Annotated[Name | None, Query(description="Of this gallery only.")] = None,
    camera: CameraQuery = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> RecordingList:
    """In the order of the times at which they began."""
    place = await platform.gallery(gallery) if gallery is not None else None
    after = place_of(cursor)
    page = await platform.recordings.page(
        RecordingFilter(
            gallery_id=place.id if place else None,
            galleries=platform.principal.galleries,
            source=camera,
            since=since,
            until=until,
        ),
        after=RecordingId(uuid_of(after)) if after else None,
        limit=limit + 1,
    )
    return RecordingList(
        recordings=tuple(RecordingNote.of(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if len(page) > limit else None,
    )


@router.get("/recordings/{recording_id}", summary="One recording", responses=failures(RecordingNotFound))
async def get_recording(platform: Searching, recording_id: UUID) -> RecordingNote:
    """What is known of the file, and how many faces were followed in it."""
    return RecordingNote.of(await _visible(platform, recording_id))


@router.delete(
    "/recordings/{recording_id}", summary="Forget a recording", responses=failures(RecordingNotFound)
)
async def remove_recording(platform: Managing, recording_id: UUID) -> RecordingNote:
    """Its templates are removed; the file stays where it is."""
    found = await _visible(platform, recording_id)
    return RecordingNote.of(await platform.recordings.remove(found.id))


@router.post(
    "/galleries/{gallery}/recordings/search",
    dependencies=[Depends(room)],
    summary="Search recorded video",
    responses=failures(*SINGLE, GalleryNotFound, SubjectNotFound, ModelMismatch, ModelDown),
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def search_recordings(
    request: Request,
    gallery: GalleryName,
    platform: Searching,
    subject: Annotated[Name | None, Query(description="Search for this subject instead of pictures.")] = None,
    camera: CameraQuery = None,
    since: Since = None,
    until: Until = None,
    case: Annotated[Text, Query(description="Why; stands in the audit log, and names nobody.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Hits at most.")] = 50,
    largest: Largest = False,
) -> FoundInRecordings:
    """Every recorded appearance is compared, under the gallery's policy. Several pictures show one human."""
    work = await platform.opened(gallery)
    sent = pictures(await read_uploads(request, _PARTS), "image") if subject is None else []
    if subject is None and not sent:
        raise ValueInvalid("Send pictures, or name a subject.")
    scope = RecordingFilter(gallery_id=work.gallery.id, source=camera, since=since, until=until)
    search = platform.search_recordings(work.gallery)
    if subject is not None:
        known, probe = await search.subject_probe(work.gallery, subject)
        wanted = Wanted(subject=str(known.id), case=case)
    else:
        probe, digests = await platform.photo_probe(work.gallery, sent, largest=largest)
        wanted = Wanted(photos=digests, case=case)
    return found_note(await search(work.gallery, probe, wanted, scope, limit=limit))


async def _one(item: NewItem) -> AsyncIterator[NewItem]:
    yield item


async def _visible(platform: Platform, recording_id: UUID) -> Recording:
    """Raises `RecordingNotFound`, also for recordings of galleries that the caller may not use."""
    found = await platform.recordings.get(RecordingId(recording_id))
    mine = platform.principal.galleries
    if mine is not None and found.gallery not in mine:
        raise RecordingNotFound
    return found

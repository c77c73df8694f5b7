"""Recorded video: made searchable, searched."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.parameters import GalleryName
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import SINGLE, Largest, pictures
from visavis.api.service import allowed, room
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.recordings.search import Found, Wanted
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.recording_reports import found_note
from visavis.domain.access import Permission
from visavis.domain.errors import (
    GalleryNotFound,
    ModelDown,
    ModelMismatch,
    RecordingNotFound,
    StillNotFound,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.domain.job import ItemKind, JobItem, JobKind, JobOptions
from visavis.domain.recording import Recording, RecordingId
from visavis.wire.recordings import FoundInRecordings, RecordingNote
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.recordings import RecordingAdd, RecordingList
from visavis.wire.v1.values import LARGEST, Moment, Name, Text

router = APIRouter(prefix="/v1", tags=["recordings"], route_class=IdempotentRoute)

Searching = Annotated[Platform, Depends(allowed(Permission.RECORDINGS_SEARCH))]
Managing = Annotated[Platform, Depends(allowed(Permission.RECORDINGS_MANAGE))]
Since = Annotated[Moment | None, Query(description="Not before.")]
Until = Annotated[Moment | None, Query(description="Before.")]
CameraQuery = Annotated[Text | None, Query(description="Only this camera.")]
_PARTS = {"image": True}
_SEARCHED = (*SINGLE, GalleryNotFound, SubjectNotFound, ModelMismatch, ModelDown)
_JPEG: dict[str, Any] = {
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}}
}
_ZIP: dict[str, Any] = {
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a search is narrowed to."""

    subject: str | None
    camera: str | None
    since: datetime | None
    until: datetime | None
    case: str
    limit: int
    largest: bool


async def _asked(
    subject: Annotated[Name | None, Query(description="Search for this subject instead of pictures.")] = None,
    camera: CameraQuery = None,
    since: Since = None,
    until: Until = None,
    case: Annotated[Text, Query(description="Why; stands in the audit log, and names nobody.")] = "",
    limit: Annotated[int, Query(ge=1, le=1000, description="Hits at most.")] = 50,
    largest: Largest = False,
) -> Asked:
    return Asked(
        subject=subject, camera=camera, since=since, until=until, case=case, limit=limit, largest=largest
    )


Asking = Annotated[Asked, Depends(_asked)]


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


@router.get(
    "/recordings/{recording_id}/tracks/{track}/still",
    summary="A picture of a recorded face",
    response_class=Response,
    responses={200: _JPEG, **failures(RecordingNotFound, StillNotFound)},
)
async def get_recording_still(
    platform: Searching,
    recording_id: UUID,
    track: Annotated[int, PathParameter(ge=0, le=LARGEST, description="Number of the track.")],
) -> Response:
    """The face, framed, with what is around it, where it is seen best; as long as the file is there and as it was.
    Taking it out is audited."""
    found = await _visible(platform, recording_id)
    return Response(await platform.recorded_still(found, track), media_type="image/jpeg")


@router.post(
    "/galleries/{gallery}/recordings/search",
    dependencies=[Depends(room)],
    summary="Search recorded video",
    responses=failures(*_SEARCHED),
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def search_recordings(
    request: Request, gallery: GalleryName, platform: Searching, asked: Asking
) -> FoundInRecordings:
    """Every recorded appearance is compared, under the gallery's policy. Several pictures show one human."""
    return found_note(await _found(request, platform, gallery, asked))


@router.post(
    "/galleries/{gallery}/recordings/report",
    dependencies=[Depends(room)],
    summary="Search recorded video, and report with proof",
    response_class=Response,
    responses={200: _ZIP, **failures(*_SEARCHED)},
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def report_recordings(
    request: Request, gallery: GalleryName, platform: Searching, asked: Asking
) -> Response:
    """A search whose result is a ZIP file: a page to read, stills, and report.json, which is signed and has the
    digests of files and stills and everything the audit log knows of the recordings."""
    found = await _found(request, platform, gallery, asked)
    return Response(
        await platform.packed_report(found),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="search-{found.id}.zip"'},
    )


async def _found(request: Request, platform: Platform, gallery: str, asked: Asked) -> Found:
    work = await platform.opened(gallery)
    sent = pictures(await read_uploads(request, _PARTS), "image") if asked.subject is None else []
    if asked.subject is None and not sent:
        raise ValueInvalid("Send pictures, or name a subject.")
    scope = RecordingFilter(
        gallery_id=work.gallery.id, source=asked.camera, since=asked.since, until=asked.until
    )
    search = platform.search_recordings(work.gallery)
    if asked.subject is not None:
        known, probe = await search.subject_probe(work.gallery, asked.subject)
        wanted = Wanted(subject=str(known.id), case=asked.case)
    else:
        probe, digests = await platform.photo_probe(work.gallery, sent, largest=asked.largest)
        wanted = Wanted(photos=digests, case=asked.case)
    return await search(work.gallery, probe, wanted, scope, limit=asked.limit)


async def _one(item: NewItem) -> AsyncIterator[NewItem]:
    yield item


async def _visible(platform: Platform, recording_id: UUID) -> Recording:
    """Raises `RecordingNotFound`, also for recordings of galleries that the caller may not use."""
    found = await platform.recordings.get(RecordingId(recording_id))
    if not platform.principal.reaches(found.gallery):
        raise RecordingNotFound
    return found

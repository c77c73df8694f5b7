"""What cameras saw: faces that were followed, told by agents or by whoever else follows faces."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from visavis.api.documented import failures
from visavis.api.guard import larger_json
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed, request_id, room
from visavis.api.track_bodies import BODIES, sent_report
from visavis.application.tracks.reported import RecordedTrack, ReportedTrack
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.tracks import reported_track, track_items, track_recorded, tracks_recorded
from visavis.domain.access import Permission
from visavis.domain.errors import (
    GalleryNotFound,
    ImageTooLarge,
    ImageUnreadable,
    MediaUnsupported,
    ModelDown,
    ModelMismatch,
    RequestTooLarge,
    ValueInvalid,
    VisavisError,
)
from visavis.domain.job import Job, JobKind
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.tracks import TrackRecorded, TrackReport, TrackReports, TracksRecorded

router = APIRouter(prefix="/v1", tags=["cameras"], route_class=IdempotentRoute)

Reporting = Annotated[Platform, Depends(allowed(Permission.TRACKS_REPORT))]
Later = Annotated[
    bool, Query(description="Answer with a job at once; a worker decides, in order for each camera.")
]
_MOST_BYTES = 8 * 2**20
_MOST_TOGETHER_BYTES = 32 * 2**20
_LATER: dict[str, Any] = {
    "model": JobNote,
    "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to ask how far it is."}},
}
_FAILURES = (GalleryNotFound, ImageUnreadable, ImageTooLarge, ModelMismatch, ModelDown, RequestTooLarge)


@router.post(
    "/galleries/{gallery}/tracks",
    dependencies=[Depends(room)],
    summary="Report a track",
    response_model=TrackRecorded,
    responses={202: _LATER, **failures(*_FAILURES, MediaUnsupported)},
    openapi_extra=dict(BODIES),
)
async def report_track(
    request: Request, platform: Reporting, gallery: GalleryName, later: Later = False
) -> TrackRecorded | Response:
    """All shots together are one search and one decision, and one line of the detection log.

    Reported again, with more shots or a later end, the line is revised: its outcome only towards more certainty, its
    end and its count of frames only upwards. The same report sent twice changes nothing, so send it until it is
    answered. A device that decided by itself sends `decided`: it stands, and `reasons` say where the server disagrees.
    """
    report = await sent_report(request, _MOST_BYTES)
    if later:
        return await _later(platform, gallery, [report])
    (answer,) = await _recorded(platform, gallery, [report])
    if isinstance(answer, VisavisError):
        raise answer
    return track_recorded(answer)


@router.post(
    "/galleries/{gallery}/tracks/batch",
    dependencies=[Depends(room)],
    summary="Report several tracks",
    response_model=TracksRecorded,
    responses={202: _LATER, **failures(*_FAILURES)},
)
@larger_json(_MOST_TOGETHER_BYTES)
async def report_tracks(
    request: Request, platform: Reporting, gallery: GalleryName, sent: TrackReports, later: Later = False
) -> TracksRecorded | Response:
    """As one report each, in less time. One that cannot be used keeps no other from being recorded."""
    if later:
        return await _later(platform, gallery, sent.reports)
    return tracks_recorded(await _recorded(platform, gallery, sent.reports), request_id(request))


async def _recorded(
    platform: Platform, gallery: str, reports: Sequence[TrackReport]
) -> list[RecordedTrack | VisavisError]:
    """One for each report, in order; an error for one that cannot be used."""
    work = await platform.opened(gallery)
    sent = [_sent(report) for report in reports]
    usable = [one for one in sent if isinstance(one, ReportedTrack)]
    done = iter(await platform.record_track(work.kit, work.gallery, usable) if usable else [])
    return [one if isinstance(one, VisavisError) else next(done) for one in sent]


def _sent(report: TrackReport) -> ReportedTrack | VisavisError:
    try:
        return reported_track(report)
    except ValueInvalid as error:
        return error


async def _later(platform: Platform, gallery: str, reports: Sequence[TrackReport]) -> Response:
    """One job for each camera, whose tracks keep their order."""
    cameras = {report.camera for report in reports}
    if len(cameras) > 1:
        raise ValueInvalid("What is decided later is of one camera.", hint="Send a batch for each camera.")
    for report in reports:
        reported_track(report)
    place = await platform.gallery(gallery)
    job = await platform.submit(JobKind.CLASSIFY, place, track_items(reports), source=cameras.pop())
    return _accepted(job)


def _accepted(job: Job) -> Response:
    return Response(
        JobNote.of(job).model_dump_json(),
        status_code=202,
        media_type="application/json",
        headers={"Location": f"/v1/jobs/{job.id}"},
    )

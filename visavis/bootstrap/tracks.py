"""Reports about tracks between the wire and the use case."""

import base64
import binascii
import uuid
from collections.abc import AsyncIterator, Sequence

from pydantic import ValidationError

from visavis.application.ports.jobs import NewItem
from visavis.application.tracks.reported import DeviceVerdict, RecordedTrack, ReportedShot, ReportedTrack
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.domain.job import ItemKind, JobItem
from visavis.domain.subject import SubjectId
from visavis.wire.v1.problem import Problem
from visavis.wire.v1.templates import decoded_template
from visavis.wire.v1.tracks import (
    DeviceDecision,
    ShotReport,
    TrackOutcome,
    TrackRecorded,
    TrackReport,
    TracksRecorded,
)


def reported_track(report: TrackReport) -> ReportedTrack:
    """Raises `ValueInvalid` for a crop that is no base64, or a template that is none."""
    return ReportedTrack(
        track=report.track,
        camera=report.camera,
        first_at=report.first_at,
        last_at=report.last_at,
        frames=report.frames,
        ended=report.ended,
        shots=tuple(_shot(one) for one in report.shots),
        decided=_verdict(report.decided) if report.decided else None,
    )


def track_recorded(track: RecordedTrack) -> TrackRecorded:
    return TrackRecorded(
        track=str(track.track),
        event_id=str(track.event_id) if track.event_id else None,
        revised=track.revised,
        outcome=track.outcome,
        subject_id=str(track.subject_id) if track.subject_id else None,
        subject=track.subject,
        remembered=track.remembered,
        score=track.score,
        fmr=track.fmr,
        fpir=track.fpir,
        reasons=track.reasons,
    )


def tracks_recorded(answers: Sequence[RecordedTrack | VisavisError], request: uuid.UUID) -> TracksRecorded:
    return TracksRecorded(
        tracks=tuple(
            TrackOutcome(problem=Problem.of(one, request_id=str(request)))
            if isinstance(one, VisavisError)
            else TrackOutcome(recorded=track_recorded(one))
            for one in answers
        )
    )


def track_of(payload: bytes) -> ReportedTrack:
    """The report that waited in a job. Raises `ValueInvalid`."""
    try:
        return reported_track(TrackReport.model_validate_json(payload))
    except ValidationError as error:
        raise ValueInvalid("This is not the report of a track.") from error


async def track_items(reports: Sequence[TrackReport]) -> AsyncIterator[NewItem]:
    """Items of a job that keeps these tracks later."""
    for number, report in enumerate(reports):
        item = JobItem(
            number=number, kind=ItemKind.TRACK, label=f"track:{report.track}", captured_at=report.first_at
        )
        yield NewItem(item=item, payload=report.model_dump_json(exclude_unset=True).encode())


def _shot(shot: ShotReport) -> ReportedShot:
    if shot.template is not None:
        return ReportedShot(at=shot.at, template=decoded_template(shot.template.encode()))
    try:
        crop = base64.b64decode(shot.crop or "", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueInvalid("A crop is the base64 of a picture.") from error
    return ReportedShot(at=shot.at, crop=crop)


def _verdict(decided: DeviceDecision) -> DeviceVerdict:
    return DeviceVerdict(
        outcome=decided.outcome,
        subject_id=SubjectId(decided.subject_id) if decided.subject_id else None,
        score=decided.score,
        fmr=decided.fmr,
        fpir=decided.fpir,
        threshold=decided.threshold,
        searched=decided.searched,
    )

"""What cameras saw: faces that were followed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from visavis.application.tracks.reported import DeviceVerdict, RecordedTrack, ReportedShot, ReportedTrack
from visavis.bootstrap.platform import Platform
from visavis.domain.decision import Outcome
from visavis.domain.errors import Draining, NotAuthenticated, ValueInvalid, VisavisError
from visavis.domain.subject import SubjectId
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.rpc.recognition import opened
from visavis.wire.errors import told
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.templates import decoded_template
from visavis.wire.v1.tracks import MOST_CROP_BYTES, MOST_SHOTS

_OUTCOMES: Final = {
    pb.OUTCOME_MATCH: Outcome.MATCH,
    pb.OUTCOME_NON_MATCH: Outcome.NON_MATCH,
    pb.OUTCOME_INCONCLUSIVE: Outcome.INCONCLUSIVE,
}


async def report_track(call: Call, request: pb.TrackReport) -> pb.TrackRecorded:
    """As `POST /v1/galleries/{gallery}/tracks`. Raises what the use case tells of the track."""
    return await _kept(call.platform, request)


async def report_tracks(call: Call, reports: AsyncIterator[pb.TrackReport]) -> None:
    """One after the other, so that the order of a camera's reports is the order of the log.

    Raises `NotAuthenticated` when the key is revoked meanwhile, `Draining` after what was taken is answered.
    """
    stopping = asyncio.create_task(call.stopping.wait())
    try:
        while (report := await _next(reports, stopping)) is not None:
            await call.context.write(await _answer(call, report))
    finally:
        stopping.cancel()
    call.require_running()


async def _next(
    reports: AsyncIterator[pb.TrackReport], stopping: "asyncio.Task[bool]"
) -> pb.TrackReport | None:
    """`None` at the end, and as soon as no more is taken."""
    read = asyncio.ensure_future(anext(reports, None))
    try:
        await asyncio.wait({read, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return None if not read.done() else read.result()
    finally:
        if not read.done():
            read.cancel()
            with suppress(asyncio.CancelledError):
                await read


async def _answer(call: Call, report: pb.TrackReport) -> pb.TrackAnswer:
    """Raises `NotAuthenticated`; every other refusal is an answer."""
    try:
        return pb.TrackAnswer(track=report.track, recorded=await _kept(await call.again(), report))
    except (NotAuthenticated, Draining):
        raise
    except VisavisError as error:
        authenticate = call.service.entrance.authenticate
        await authenticate.note_error(call.platform.principal, error, request=call.request)
        return pb.TrackAnswer(track=report.track, error=messages.problem(told(error)))


async def _kept(platform: Platform, request: pb.TrackReport) -> pb.TrackRecorded:
    track = _track(request)
    work = await opened(platform, request.gallery)
    (kept,) = await platform.record_track(work.kit, work.gallery, [track])
    if isinstance(kept, VisavisError):
        raise kept
    return _recorded(kept)


def _track(request: pb.TrackReport) -> ReportedTrack:
    """Raises `ValueInvalid`."""
    if not 1 <= len(request.shots) <= MOST_SHOTS:
        raise ValueInvalid(f"A track has 1 to {MOST_SHOTS} shots.")
    return ReportedTrack(
        track=messages.identifier(request.track),
        camera=request.camera,
        first_at=_required(request, "first_at"),
        last_at=_required(request, "last_at"),
        frames=request.frames,
        ended=not request.in_view,
        shots=tuple(_shot(one) for one in request.shots),
        decided=_verdict(request.decided) if request.HasField("decided") else None,
    )


def _required(message: pb.TrackReport | pb.Shot, name: str) -> datetime:
    if not message.HasField(name):
        raise ValueInvalid(f"The time {name} is missing.")
    return messages.moment(getattr(message, name))


def _shot(shot: pb.Shot) -> ReportedShot:
    at = _required(shot, "at")
    if shot.WhichOneof("content") == "template":
        return ReportedShot(at=at, template=decoded_template(shot.template.encode()))
    if len(shot.crop) > MOST_CROP_BYTES:
        raise ValueInvalid(f"A crop has at most {MOST_CROP_BYTES:,} bytes.")
    return ReportedShot(at=at, crop=shot.crop)


def _verdict(decided: pb.DeviceDecision) -> DeviceVerdict:
    if decided.outcome not in _OUTCOMES:
        raise ValueInvalid("A device that decided says with which outcome.")
    subject = messages.identifier(decided.subject_id) if decided.HasField("subject_id") else None
    return DeviceVerdict(
        outcome=_OUTCOMES[decided.outcome],
        subject_id=SubjectId(subject) if subject else None,
        score=decided.score if decided.HasField("score") else None,
        fmr=decided.fmr if decided.HasField("fmr") else None,
        fpir=decided.fpir if decided.HasField("fpir") else None,
        threshold=decided.threshold if decided.HasField("threshold") else None,
        searched=decided.searched,
    )


def _recorded(track: RecordedTrack) -> pb.TrackRecorded:
    return pb.TrackRecorded(
        track=str(track.track),
        event_id=str(track.event_id) if track.event_id else None,
        revised=track.revised,
        outcome=messages.outcome(track.outcome),
        subject_id=str(track.subject_id) if track.subject_id else None,
        subject=track.subject,
        remembered=track.remembered,
        score=track.score,
        fmr=track.fmr,
        fpir=track.fpir,
        reasons=track.reasons,
    )

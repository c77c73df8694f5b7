"""Reports of tracks as gRPC carries them, and what is answered: for those who send them."""

import base64
import binascii
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.wire.errors import kind_of
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.tracks import DeviceDecision, ShotReport, TrackRecorded, TrackReport

_TO: Final = MappingProxyType(
    {
        Outcome.MATCH: pb.OUTCOME_MATCH,
        Outcome.NON_MATCH: pb.OUTCOME_NON_MATCH,
        Outcome.INCONCLUSIVE: pb.OUTCOME_INCONCLUSIVE,
    }
)
_FROM: Final = MappingProxyType({number: outcome for outcome, number in _TO.items()})
_UNKNOWN_STATUS: Final = 500  #: a code of a later version counts as a mistake of the server


def report_message(gallery: str, report: TrackReport) -> pb.TrackReport:
    """Crops as bytes instead of base64. Raises `ValueInvalid` for one that is no base64."""
    return pb.TrackReport(
        gallery=gallery,
        track=str(report.track),
        camera=report.camera,
        first_at=timestamp(report.first_at),
        last_at=timestamp(report.last_at),
        frames=report.frames,
        in_view=not report.ended,
        shots=[_shot(one) for one in report.shots],
        decided=_decided(report.decided) if report.decided else None,
    )


def answer_of(answer: pb.TrackAnswer) -> TrackRecorded:
    """What the log says now. Raises what was wrong with the report, or with the server."""
    if answer.HasField("error"):
        raise _error(answer.error)
    told = answer.recorded
    return TrackRecorded(
        track=told.track,
        event_id=told.event_id if told.HasField("event_id") else None,
        revised=told.revised,
        outcome=_FROM.get(told.outcome),
        subject_id=told.subject_id if told.HasField("subject_id") else None,
        subject=told.subject if told.HasField("subject") else None,
        remembered=told.remembered,
        score=told.score if told.HasField("score") else None,
        fmr=told.fmr if told.HasField("fmr") else None,
        fpir=told.fpir if told.HasField("fpir") else None,
        reasons=tuple(told.reasons),
    )


def _shot(shot: ShotReport) -> pb.Shot:
    at = timestamp(shot.at)
    if shot.crop is None:
        return pb.Shot(at=at, template=shot.template)
    try:
        return pb.Shot(at=at, crop=base64.b64decode(shot.crop, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ValueInvalid("A crop is the base64 of a picture.") from error


def _decided(decided: DeviceDecision) -> pb.DeviceDecision:
    return pb.DeviceDecision(
        outcome=_TO[decided.outcome],
        subject_id=str(decided.subject_id) if decided.subject_id else None,
        score=decided.score,
        fmr=decided.fmr,
        fpir=decided.fpir,
        threshold=decided.threshold,
        searched=decided.searched,
    )


def timestamp(at: datetime) -> Timestamp:
    """In UTC, as protobuf has it."""
    made = Timestamp()
    made.FromDatetime(at.astimezone(UTC))
    return made


def _error(problem: pb.Problem) -> VisavisError:
    wait_ms = problem.retry_after_ms if problem.HasField("retry_after_ms") else None
    return kind_of(problem.code, _UNKNOWN_STATUS)(
        problem.message,
        hint=problem.hint,
        reasons=tuple(problem.reasons),
        retry_after_s=None if wait_ms is None else wait_ms / 1000,
    )

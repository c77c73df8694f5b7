"""From what use cases return to messages, and from messages to what use cases take."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from visavis.application.detection_log import NamedEvent
from visavis.application.identify import Identification
from visavis.application.ports.store import GallerySummary, SubjectSummary
from visavis.application.probe import Probe
from visavis.domain import decision as decided
from visavis.domain import event as logged
from visavis.domain import job as work
from visavis.domain.access import Principal
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid, VisavisError
from visavis.domain.face import LANDMARKS
from visavis.domain.sample import Rejection, Sample
from visavis.wire.grpc import retry_after_ms
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.track_messages import timestamp

_OUTCOMES = {
    None: pb.OUTCOME_UNSPECIFIED,
    Outcome.MATCH: pb.OUTCOME_MATCH,
    Outcome.NON_MATCH: pb.OUTCOME_NON_MATCH,
    Outcome.INCONCLUSIVE: pb.OUTCOME_INCONCLUSIVE,
}


def text(value: str, *, what: str, most: int = 200, least: int = 0) -> str:
    """A text within its bounds. Raises `ValueInvalid`."""
    if not least <= len(value) <= most or "\0" in value:
        raise ValueInvalid(f"The {what} has {least} to {most} characters.")
    return value


def number(value: int, *, what: str, most: int, default: int) -> int:
    """A number from 1 to `most`; 0 stands for the default. Raises `ValueInvalid`."""
    if not 0 <= value <= most:
        raise ValueInvalid(f"The {what} lies between 1 and {most}.")
    return value or default


def identifier(value: str) -> UUID:
    """Raises `ValueInvalid`."""
    try:
        return UUID(value)
    except ValueError as error:
        raise ValueInvalid("An identifier is a UUID.") from error


def origin_of(message: pb.Origin) -> logged.Origin:
    """Raises `ValueInvalid`."""
    return logged.Origin(
        source=text(message.source, what="source"),
        reference=text(message.reference, what="reference"),
        captured_at=captured_at(message),
    )


def captured_at(message: pb.Origin) -> datetime | None:
    """Raises `ValueInvalid`."""
    return moment(message.captured_at) if message.HasField("captured_at") else None


def moment(at: Timestamp) -> datetime:
    """Raises `ValueInvalid`."""
    try:
        return at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueInvalid("This is not a time.") from error


def face(found: Sample | Rejection, unified: float | None = None) -> pb.Face:
    """A face, refused or not; `unified` is the quality of its template."""
    box, quality = found.face.box, found.quality
    reasons = found.reasons if isinstance(found, Rejection) else ()
    return pb.Face(
        box=pb.Box(left=box.left, top=box.top, right=box.right, bottom=box.bottom),
        landmarks=[
            pb.Landmark(name=name, x=float(x), y=float(y))
            for name, (x, y) in zip(LANDMARKS, found.face.landmarks, strict=True)
        ],
        score=found.face.score,
        quality=quality.unified if unified is None else unified,
        components={str(name): value for name, value in quality.components},
        pose=pb.Pose(
            yaw_deg=quality.pose.yaw_deg, pitch_deg=quality.pose.pitch_deg, roll_deg=quality.pose.roll_deg
        ),
        accepted=not reasons,
        reasons=[pb.Reason(code=reason, advice=reason.advice) for reason in reasons],
    )


def probe_face(probe: Probe | None) -> pb.Face | None:
    """The accepted face that a probe was made of."""
    return face(probe.sample, probe.template.quality) if probe else None


def decision(made: decided.Decision) -> pb.Decision:
    threshold = made.threshold
    return pb.Decision(
        outcome=_OUTCOMES[made.outcome],
        score=made.score.value if made.score else None,
        measure=threshold.measure,
        fmr=made.fmr.value if made.fmr else None,
        fmr_extrapolated=bool(made.fmr and made.fmr.extrapolated),
        fpir=made.fpir,
        threshold=threshold.value,
        threshold_fmr=threshold.fmr.value,
        model=threshold.model.key,
        calibration=threshold.data,
        policy=made.policy,
        reasons=made.reasons,
    )


def candidates(found: Sequence[decided.Candidate]) -> list[pb.Candidate]:
    return [
        pb.Candidate(
            rank=rank,
            subject=one.name,
            subject_id=str(one.subject_id),
            score=one.score.value,
            fmr=one.fmr.value,
            reference_id=str(one.reference_id) if one.reference_id else None,
        )
        for rank, one in enumerate(found, 1)
    ]


def identified(one: Identification, picture: int, event: logged.Event | None) -> pb.IdentifiedFace:
    """Only a match has a name; candidates of anything less are not an answer."""
    found = one.candidates.candidates if one.candidates else ()
    matched = one.decision is not None and one.decision.outcome is Outcome.MATCH and found
    return pb.IdentifiedFace(
        subject=found[0].name if matched else None,
        face=face(one.found, one.quality) if one.found else None,
        decision=decision(one.decision) if one.decision else None,
        candidates=candidates(found),
        searched=one.candidates.searched if one.candidates else 0,
        event_id=str(event.id) if event else None,
        picture=picture,
    )


def problem(error: VisavisError) -> pb.Problem:
    return pb.Problem(
        code=error.code,
        message=error.message,
        hint=error.advice,
        retryable=error.retryable,
        reasons=[str(reason) for reason in error.reasons],
        retry_after_ms=retry_after_ms(error),
    )


def gallery(found: GallerySummary) -> pb.Gallery:
    one = found.gallery
    return pb.Gallery(
        id=str(one.id),
        name=one.name,
        purpose=one.purpose,
        pack=one.pack,
        model=one.model.key,
        subjects=found.subjects,
        references=found.references,
        fmr=one.policy.fmr,
        fpir=one.policy.fpir,
        created_at=timestamp(one.created_at),
    )


def subject(found: SubjectSummary, principal: Principal) -> pb.Subject:
    """References in the galleries that the caller may use."""
    mine = principal.galleries
    return pb.Subject(
        id=str(found.subject.id),
        name=found.subject.name,
        kind=found.subject.kind,
        references=sum(count for name, count in found.galleries if mine is None or name in mine),
    )


def event(found: NamedEvent) -> pb.Event:
    one = found.event
    return pb.Event(
        id=str(one.id),
        sequence=one.sequence,
        kind=one.kind,
        captured_at=timestamp(one.captured_at),
        recorded_at=timestamp(one.recorded_at),
        gallery=one.gallery,
        source=one.source,
        reference=one.reference,
        position=one.position,
        outcome=_OUTCOMES[one.outcome],
        subject_id=str(one.subject_id) if one.subject_id else None,
        subject=found.subject,
        score=one.score,
        fmr=one.fmr,
        fpir=one.fpir,
        model=one.model,
        policy=one.policy,
        quality=one.quality,
        reasons=one.reasons,
        job_id=str(one.job_id) if one.job_id else None,
        site=one.site,
        zone=one.zone,
        direction=one.direction,
        track=str(one.track) if one.track else None,
        seen_until=timestamp(one.seen_until) if one.seen_until else None,
        frames=one.frames,
        revision=one.revision,
    )


def job(one: work.Job) -> pb.Job:
    return pb.Job(
        id=str(one.id),
        kind=one.kind,
        state=one.state,
        gallery=one.gallery,
        total=one.total,
        succeeded=one.succeeded,
        failed=one.failed,
        cancelled=one.cancelled,
    )


def outcome(one: Outcome | None) -> pb.Outcome:
    return _OUTCOMES[one]

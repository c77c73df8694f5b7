"""Rows of jobs as values, and back."""

import uuid
from collections.abc import Sequence

from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from visavis.domain.access import Actor
from visavis.domain.decision import Outcome
from visavis.domain.event import EventId
from visavis.domain.job import (
    FaceResult,
    Fault,
    ItemKind,
    ItemResult,
    ItemState,
    Job,
    JobId,
    JobItem,
    JobKind,
    JobOptions,
    JobState,
)
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId

JOB_COLUMNS = """
    job_id, kind, gallery_id, gallery, stream, source, actor, request, options, state, total, succeeded, failed,
    cancelled, fault, created_at, started_at, finished_at, sequence
"""
ITEM_COLUMNS = "number, kind, label, subject, captured_at, state, attempts, result, fault, finished_at"


def job_of(row: TupleRow) -> Job:
    """From `JOB_COLUMNS`."""
    (job_id, kind, gallery_id, gallery, stream, source, actor, request, options, state, *rest) = row
    (total, succeeded, failed, cancelled, fault, created_at, started_at, finished_at, sequence) = rest
    return Job(
        id=JobId(job_id),
        kind=JobKind(kind),
        gallery_id=GalleryId(gallery_id),
        gallery=gallery,
        stream=stream,
        source=source,
        actor=Actor.parse(actor),
        request=request,
        options=JobOptions(**options),
        state=JobState(state),
        total=total,
        succeeded=succeeded,
        failed=failed,
        cancelled=cancelled,
        fault=fault_of(fault),
        created_at=created_at,
        started_at=started_at,
        finished_at=finished_at,
        sequence=sequence,
    )


def item_of(row: Sequence[object]) -> JobItem:
    """From `ITEM_COLUMNS`."""
    number, kind, label, subject, captured_at, state, attempts, result, fault, finished_at = row
    return JobItem(
        number=number,  # type: ignore[arg-type]  # columns are typed in the schema
        kind=ItemKind(kind),  # type: ignore[arg-type]
        label=label,  # type: ignore[arg-type]
        subject=subject,  # type: ignore[arg-type]
        captured_at=captured_at,  # type: ignore[arg-type]
        state=ItemState(state),  # type: ignore[arg-type]
        attempts=attempts,  # type: ignore[arg-type]
        result=_result_of(result),  # type: ignore[arg-type]
        fault=fault_of(fault),  # type: ignore[arg-type]
        finished_at=finished_at,  # type: ignore[arg-type]
    )


def options_json(options: JobOptions) -> Jsonb:
    return Jsonb(
        {
            "force": options.force,
            "largest": options.largest,
            "pack": options.pack,
            "drop_missing": options.drop_missing,
            "rate": options.rate,
            "keep_days": options.keep_days,
        }
    )


def fault_json(fault: Fault | None) -> Jsonb | None:
    if fault is None:
        return None
    return Jsonb({"code": fault.code, "message": fault.message, "reasons": list(fault.reasons)})


def fault_of(found: dict[str, object] | None) -> Fault | None:
    if found is None:
        return None
    reasons = found["reasons"]
    return Fault(
        code=str(found["code"]),
        message=str(found["message"]),
        reasons=tuple(str(reason) for reason in reasons) if isinstance(reasons, list) else (),
    )


def result_json(result: ItemResult | None) -> Jsonb | None:
    """Subjects are found again by `subjects`, when they are erased."""
    if result is None:
        return None
    subjects = {face.subject_id for face in result.faces} | {result.subject_id}
    return Jsonb(
        {
            "faces": [_face_json(face) for face in result.faces],
            "repeated": result.repeated,
            "subject_id": _text(result.subject_id),
            "reference_id": _text(result.reference_id),
            "subjects": sorted(str(subject) for subject in subjects if subject),
        }
    )


def _face_json(face: FaceResult) -> dict[str, object]:
    return {
        "position": face.position,
        "event_id": _text(face.event_id),
        "outcome": face.outcome.value if face.outcome else None,
        "subject_id": _text(face.subject_id),
        "remembered": face.remembered,
        "score": face.score,
        "quality": face.quality,
        "reasons": list(face.reasons),
    }


def _result_of(found: dict[str, object] | None) -> ItemResult | None:
    if found is None:
        return None
    faces = found["faces"]
    subject_id, reference_id = _uuid(found["subject_id"]), _uuid(found["reference_id"])
    return ItemResult(
        faces=tuple(_face_of(face) for face in faces) if isinstance(faces, list) else (),
        repeated=bool(found["repeated"]),
        subject_id=SubjectId(subject_id) if subject_id else None,
        reference_id=ReferenceId(reference_id) if reference_id else None,
    )


def _face_of(found: dict[str, object]) -> FaceResult:
    event_id, subject_id, outcome = _uuid(found["event_id"]), _uuid(found["subject_id"]), found["outcome"]
    reasons = found["reasons"]
    return FaceResult(
        position=int(str(found["position"])),
        event_id=EventId(event_id) if event_id else None,
        outcome=Outcome(str(outcome)) if outcome else None,
        subject_id=SubjectId(subject_id) if subject_id else None,
        remembered=bool(found["remembered"]),
        score=_number(found["score"]),
        quality=_number(found["quality"]),
        reasons=tuple(str(reason) for reason in reasons) if isinstance(reasons, list) else (),
    )


def _text(identifier: uuid.UUID | None) -> str | None:
    return str(identifier) if identifier else None


def _uuid(found: object) -> uuid.UUID | None:
    return uuid.UUID(str(found)) if found else None


def _number(found: object) -> float | None:
    return float(found) if isinstance(found, int | float) else None

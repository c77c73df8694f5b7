"""Jobs at the command line, and what webhooks are sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.event import Event
from visavis.domain.job import Job, JobItem
from visavis.wire.model import Document, Model, Number
from visavis.wire.v1.events import EventNote


class JobEntry(Model):
    """A job and how far it is."""

    id: str
    kind: str
    state: str
    gallery: str
    source: str
    created_at: datetime
    finished_at: datetime | None
    total: int
    succeeded: int
    failed: int
    cancelled: int
    waiting: int
    problem: str | None = Field(description="Why the job as a whole failed: a code.")

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(
            id=str(job.id),
            kind=job.kind.value,
            state=job.state.value,
            gallery=job.gallery,
            source=job.source,
            created_at=job.created_at,
            finished_at=job.finished_at,
            total=job.total,
            succeeded=job.succeeded,
            failed=job.failed,
            cancelled=job.cancelled,
            waiting=job.waiting,
            problem=job.fault.code if job.fault else None,
        )


class FailedItem(Model):
    """An item that could not be processed."""

    number: int
    label: str
    subject: str
    code: str
    message: str
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, item: JobItem) -> Self:
        fault = item.fault
        return cls(
            number=item.number,
            label=item.label,
            subject=item.subject,
            code=fault.code if fault else "",
            message=fault.message if fault else "",
            reasons=fault.reasons if fault else (),
        )


class JobsDocument(Document):
    """Jobs, the latest first: a list, or the one a command made or changed."""

    title: ClassVar[str] = "jobs list, jobs submit, jobs cancel, galleries re-embed"
    kind: Literal["visavis.jobs/1"] = Field(default="visavis.jobs/1", alias="schema")
    jobs: tuple[JobEntry, ...]

    @classmethod
    def of(cls, jobs: Sequence[Job]) -> Self:
        return cls(jobs=tuple(JobEntry.of(job) for job in jobs))


class JobDocument(Document):
    """One job, and which of its items failed."""

    title: ClassVar[str] = "jobs show"
    kind: Literal["visavis.job/1"] = Field(default="visavis.job/1", alias="schema")
    job: JobEntry
    failures: tuple[FailedItem, ...]

    @classmethod
    def of(cls, job: Job, failed: Sequence[JobItem]) -> Self:
        return cls(job=JobEntry.of(job), failures=tuple(FailedItem.of(item) for item in failed))


class EventDocument(Document):
    """One line of the detection log, as `events` writes it and a webhook receives it."""

    title: ClassVar[str] = "events: one line per event, and the body of a webhook"
    kind: Literal["visavis.event/1"] = Field(default="visavis.event/1", alias="schema")
    id: str
    sequence: int = Field(description="Order of the log. Sort by it, and ignore what was seen before.")
    event: str = Field(
        description="What happened: identified, verified, rejected, drift_raised, access_granted, …"
    )
    captured_at: datetime
    recorded_at: datetime
    gallery: str
    source: str
    reference: str
    position: int
    outcome: str | None
    subject_id: str | None
    score: Number | None
    fmr: Number | None
    fpir: Number | None
    threshold: Number | None
    model: str
    policy: str
    quality: Number | None
    reasons: tuple[str, ...]
    box: tuple[Number, Number, Number, Number] | None
    job_id: str | None

    @classmethod
    def of(cls, event: Event) -> Self:
        return cls(
            id=str(event.id),
            sequence=event.sequence,
            event=event.kind.value,
            captured_at=event.captured_at,
            recorded_at=event.recorded_at,
            gallery=event.gallery,
            source=event.source,
            reference=event.reference,
            position=event.position,
            outcome=event.outcome.value if event.outcome else None,
            subject_id=str(event.subject_id) if event.subject_id else None,
            score=event.score,
            fmr=event.fmr,
            fpir=event.fpir,
            threshold=event.threshold,
            model=event.model,
            policy=event.policy,
            quality=event.quality,
            reasons=event.reasons,
            box=event.box,
            job_id=str(event.job_id) if event.job_id else None,
        )

    @classmethod
    def of_note(cls, note: EventNote) -> Self:
        """Of the same event as REST gives it."""
        said = note.model_dump(mode="json")
        said["event"] = said.pop("kind")
        return cls.model_validate(said)


def event_body(event: Event) -> bytes:
    """The body of a message to a webhook."""
    return EventDocument.of(event).line().encode()

"""Jobs, and webhooks with their deliveries."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from visavis.domain.decision import Outcome
from visavis.domain.event import EventKind
from visavis.domain.job import Fault, ItemKind, ItemState, Job, JobItem, JobKind, JobState
from visavis.domain.webhook import Delivery, DeliveryState, Webhook, WebhookFilter
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Name, closed


class FaultNote(Model):
    """Why a job or an item failed."""

    code: str
    message: str
    reasons: tuple[str, ...] = ()

    @classmethod
    def of(cls, fault: Fault) -> Self:
        return cls(code=fault.code, message=fault.message, reasons=fault.reasons)


class JobNote(Model):
    """A job and how far it is."""

    id: Identifier
    kind: JobKind
    state: JobState
    gallery: str
    source: str
    submitted_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    succeeded: int
    failed: int
    cancelled: int
    waiting: int
    fault: FaultNote | None = Field(description="Why the job as a whole failed.")

    @classmethod
    def of(cls, job: Job) -> Self:
        return cls(
            id=str(job.id),
            kind=job.kind,
            state=job.state,
            gallery=job.gallery,
            source=job.source,
            submitted_by=str(job.actor),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            total=job.total,
            succeeded=job.succeeded,
            failed=job.failed,
            cancelled=job.cancelled,
            waiting=job.waiting,
            fault=FaultNote.of(job.fault) if job.fault else None,
        )


class JobList(Page):
    jobs: tuple[JobNote, ...]


class ItemFaceNote(Model):
    """What became of one face of an item; its event in the detection log has the evidence."""

    position: int
    event_id: Identifier | None
    outcome: Outcome | None
    subject_id: Identifier | None
    remembered: bool = Field(
        description="An unknown who was seen for the first time, and got this identifier."
    )
    score: Number | None
    quality: Number | None
    reasons: tuple[str, ...]


class ItemNote(Model):
    """One photo of a job, and what became of it."""

    number: int
    kind: ItemKind
    label: str
    subject: str
    state: ItemState
    attempts: int
    finished_at: datetime | None
    repeated: bool = Field(description="The same capture or photo was processed before.")
    subject_id: Identifier | None
    reference_id: Identifier | None
    faces: tuple[ItemFaceNote, ...]
    fault: FaultNote | None

    @classmethod
    def of(cls, item: JobItem) -> Self:
        result = item.result
        faces = tuple(
            ItemFaceNote(
                position=face.position,
                event_id=str(face.event_id) if face.event_id else None,
                outcome=face.outcome,
                subject_id=str(face.subject_id) if face.subject_id else None,
                remembered=face.remembered,
                score=face.score,
                quality=face.quality,
                reasons=face.reasons,
            )
            for face in (result.faces if result else ())
        )
        return cls(
            number=item.number,
            kind=item.kind,
            label=item.label,
            subject=item.subject,
            state=item.state,
            attempts=item.attempts,
            finished_at=item.finished_at,
            repeated=bool(result and result.repeated),
            subject_id=str(result.subject_id) if result and result.subject_id else None,
            reference_id=str(result.reference_id) if result and result.reference_id else None,
            faces=faces,
            fault=FaultNote.of(item.fault) if item.fault else None,
        )


class ItemList(Page):
    items: tuple[ItemNote, ...]


class WebhookWants(Model):
    """Which events are sent; an empty list means any."""

    model_config = closed(kinds=["identified"], outcomes=["match"], galleries=["staff"])

    kinds: Annotated[tuple[EventKind, ...], Field(max_length=10)] = ()
    outcomes: Annotated[tuple[Outcome, ...], Field(max_length=10)] = ()
    galleries: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()

    @classmethod
    def of(cls, wanted: WebhookFilter) -> Self:
        return cls(
            kinds=tuple(sorted(wanted.kinds)),
            outcomes=tuple(sorted(wanted.outcomes)),
            galleries=tuple(sorted(wanted.galleries)),
        )

    @property
    def filter(self) -> WebhookFilter:
        return WebhookFilter(
            kinds=frozenset(self.kinds),
            outcomes=frozenset(self.outcomes),
            galleries=frozenset(self.galleries),
        )


class WebhookCreate(Model):
    model_config = closed(
        url="https://hooks.example.org/visavis", wanted={"outcomes": ["match"]}, description="door controller"
    )

    url: Annotated[
        str,
        Field(
            min_length=8,
            max_length=2000,
            pattern=r"^https?://[!-~]+$",
            examples=["https://hooks.example.org/visavis"],
        ),
    ]
    wanted: WebhookWants = WebhookWants()
    description: Annotated[str, Field(max_length=500, pattern=PLAIN)] = ""


class WebhookEdit(Model):
    """What to change; what is left out stays as it is."""

    model_config = closed(active=False)

    url: Annotated[str | None, Field(min_length=8, max_length=2000, pattern=r"^https?://[!-~]+$")] = None
    wanted: WebhookWants | None = None
    active: Annotated[bool | None, Field(description="What an inactive one misses is sent later.")] = None
    description: Annotated[str | None, Field(max_length=500, pattern=PLAIN)] = None


class WebhookNote(Model):
    id: Identifier
    url: str
    wanted: WebhookWants
    active: bool
    description: str
    created_at: datetime
    cursor: int = Field(description="Sequence of the last event that was looked at for it.")

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        return cls(
            id=str(webhook.id),
            url=webhook.url,
            wanted=WebhookWants.of(webhook.wanted),
            active=webhook.active,
            description=webhook.description,
            created_at=webhook.created_at,
            cursor=webhook.cursor,
        )


class WebhookSecret(Model):
    """The only time the secret is shown: its UTF-8 bytes are the key of the signatures."""

    webhook: WebhookNote
    secret: str


class WebhookList(Model):
    webhooks: tuple[WebhookNote, ...]


class DeliveryNote(Model):
    """One event on its way to a webhook."""

    id: Identifier
    event_id: Identifier
    event_sequence: int
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
    status: int | None = Field(description="Of the last answer.")
    error: str = Field(description="Why there was no answer.")

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls(
            id=str(delivery.id),
            event_id=str(delivery.event_id),
            event_sequence=delivery.event_sequence,
            state=delivery.state,
            attempts=delivery.attempts,
            created_at=delivery.created_at,
            next_at=delivery.next_at,
            finished_at=delivery.finished_at,
            status=delivery.status,
            error=delivery.error,
        )


class DeliveryList(Page):
    deliveries: tuple[DeliveryNote, ...]

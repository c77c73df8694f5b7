"""Work that is done later: photos to classify or enrol, references to compute anew."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from visavis.domain.access import Actor
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId

JobId = NewType("JobId", uuid.UUID)

CHUNK = 50
"""Items that one call of a worker takes at most."""
ATTEMPTS = 4
"""How often an item is begun before it is given up: something that ends the worker each time must not go on forever."""


class JobKind(StrEnum):
    CLASSIFY = "classify"  #: each face is searched in the gallery and leaves an event
    ENROL = "enrol"  #: each photo becomes a reference of a named subject
    REEMBED = "reembed"  #: templates of kept samples or photos are computed with another model
    INDEX = "index"  #: each video is made searchable


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"  #: every item was looked at; single ones may have failed
    FAILED = "failed"  #: it could not be done, or no item could
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class ItemState(StrEnum):
    QUEUED = "queued"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemKind(StrEnum):
    """What an item's payload is."""

    PHOTO = "photo"  #: an image file or a frame as a file; faces are looked for
    CROP = "crop"  #: an aligned face as a file, as the gallery's model wants it
    PATH = "path"  #: the path of a photo or video below the directory of imports
    TRACK = "track"  #: the report of a track, as JSON
    REFERENCE = "reference"  #: nothing: the label is a reference that has a kept sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a job or an item failed: a stable code, and a sentence for people. `reasons` as of a refused face."""

    code: str
    message: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceResult:
    """What became of one face. `event_id` is `None` where the gallery logs nothing, or the capture was sent twice."""

    position: int
    event_id: EventId | None = None
    outcome: Outcome | None = None
    subject_id: SubjectId | None = None
    remembered: bool = False  #: the subject is an unknown who was seen for the first time
    score: float | None = None
    quality: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """What an item yielded: faces (classification), or the reference that was made or is there already."""

    faces: tuple[FaceResult, ...] = ()
    repeated: bool = False  #: the same capture or photo was processed before
    subject_id: SubjectId | None = None
    reference_id: ReferenceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobItem:
    """One photo of a job, or one reference. `label` is the sender's name for it and the reference of its events.

    `subject` names whom it is enrolled for. `attempts` counts how often a worker began it.
    """

    number: int
    kind: ItemKind
    label: str = ""
    subject: str = ""
    captured_at: datetime | None = None
    state: ItemState = ItemState.QUEUED
    attempts: int = 0
    result: ItemResult | None = None
    fault: Fault | None = None
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.number < 0 or len(self.label) > 1000 or len(self.subject) > 200:
            raise ValueInvalid("A label has at most 1,000 characters, the name of a subject 200.")
        if self.captured_at is not None and self.captured_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """`force` and `largest` as in an enrolment. `pack` is the model pack that references are computed anew with;
    `drop_missing` lets references go of which no sample is kept. Videos are looked at `rate` times for each second, and
    forgotten after `keep_days` (0: never)."""

    force: bool = False
    largest: bool = False
    pack: str = ""
    drop_missing: bool = False
    rate: float = 5.0
    keep_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job and how far it is. Items of jobs of one `stream` are processed in the order of their submission."""

    id: JobId
    kind: JobKind
    gallery_id: GalleryId
    gallery: str
    stream: str
    actor: Actor
    created_at: datetime
    source: str = ""
    request: uuid.UUID | None = None
    options: JobOptions = JobOptions()
    state: JobState = JobState.QUEUED
    total: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    fault: Fault | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    sequence: int = 0  #: order of submission in the tenant

    def __post_init__(self) -> None:
        if not self.stream or len(self.stream) > 400 or len(self.source) > 200:
            raise ValueInvalid("A job belongs to a stream; a source has at most 200 characters.")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def waiting(self) -> int:
        """Items that are not done."""
        return self.total - self.succeeded - self.failed - self.cancelled

    def ended(self) -> JobState:
        """The state of a job without waiting items."""
        if self.cancelled and self.cancelled == self.total - self.succeeded - self.failed:
            return JobState.CANCELLED
        return JobState.FAILED if self.total and self.failed == self.total else JobState.SUCCEEDED


def stream_of(kind: JobKind, job_id: JobId, gallery_id: GalleryId, source: str) -> str:
    """Captures of one source keep their order in a gallery; other jobs are streams of their own."""
    if kind is JobKind.CLASSIFY:
        return f"classify:{gallery_id}:{source}"
    return f"{kind}:{job_id}"

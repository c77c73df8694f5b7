"""The detection log: who (or which unknown), when, where, and on what grounds."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.observation import Observation
from visavis.domain.subject import GalleryId, SubjectId

EventId = NewType("EventId", uuid.UUID)


class EventKind(StrEnum):
    IDENTIFIED = "identified"  #: a face was searched in a gallery (1:N), whatever the outcome
    VERIFIED = "verified"  #: a face was compared with a claim (1:1)
    REJECTED = "rejected"  #: a face was found that is not good enough to be compared
    DRIFT_RAISED = "drift_raised"  #: captures of this source are not what they were; `reasons` say in what
    DRIFT_CLEARED = "drift_cleared"  #: they are again
    ACCESS_GRANTED = "access_granted"  #: the door that is the source lets the subject pass
    ACCESS_DENIED = "access_denied"  #: it does not; `reasons` say why
    DOOR_HELD_OPEN = "door_held_open"  #: it stands open for too long
    DOOR_FORCED = "door_forced"  #: it was opened, and nobody had been let in


_DECIDED = frozenset({EventKind.IDENTIFIED, EventKind.VERIFIED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a capture came from, as the sender says.

    `source` names the camera, gate or application; `reference` is the sender's own identifier of the capture:
    the same one sent twice leaves one event. `captured_at` is when the light fell in, not when it was sent.
    """

    source: str = ""
    reference: str = ""
    captured_at: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.source) > 200 or len(self.reference) > 200:
            raise ValueInvalid("A source and a reference have at most 200 characters.")
        if self.captured_at is not None and self.captured_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log; everything needed to explain the decision, nothing that shows a face.

    `subject_id` is set for a match only; an unknown who is remembered without a name is such a subject, too.
    `box` is the face in pixels of the original (left, top, width, height). `position` tells faces of one
    capture apart: 0 is the largest. `sequence` numbers the events of a tenant in the order of commits, 0 before
    it is kept. `verdict` is what a person decided later, if anybody did. `observed` is what was measured of
    the face; lines that are older than these measurements have none.

    `site`, `zone` and `direction` are those of the camera, at that time. The line of a `track`, a face that was
    followed, begins at `captured_at` and lasts until `seen_until`; `frames` counts the frames it was found in. Its
    decision may be revised while it lasts, towards more certainty only: `revision` counts that, and a line that was
    revised takes a new place in the order of the log.
    """

    id: EventId
    kind: EventKind
    captured_at: datetime
    recorded_at: datetime
    gallery_id: GalleryId | None
    gallery: str
    source: str
    reference: str
    position: int
    outcome: Outcome | None
    subject_id: SubjectId | None = None
    score: float | None = None
    measure: str = ""
    fmr: float | None = None
    fpir: float | None = None
    threshold: float | None = None
    model: str = ""
    policy: str = ""
    searched: int = 0
    quality: float | None = None
    reasons: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    software: str = ""
    request: uuid.UUID | None = None
    job_id: uuid.UUID | None = None
    verdict: Outcome | None = None
    observed: Observation | None = None
    sequence: int = 0
    site: str = ""
    zone: str = ""
    direction: Direction = Direction.PASSING
    track: uuid.UUID | None = None
    seen_until: datetime | None = None
    frames: int = 0
    revision: int = 0

    def __post_init__(self) -> None:
        if self.captured_at.tzinfo is None or self.recorded_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if (self.kind in _DECIDED) != (self.outcome is not None):
            raise ValueInvalid("A decision has an outcome, and nothing else has one.")
        if self.seen_until is not None and self.seen_until < self.captured_at:
            raise ValueInvalid("A track ends after it begins.")

    @property
    def ended_at(self) -> datetime:
        """When the face was last seen."""
        return self.seen_until or self.captured_at

"""What is reported about a track, before anything is looked up."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from visavis.domain.camera import checked_camera_name
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.subject import SubjectId
from visavis.domain.template import Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportedShot:
    """One look: an aligned face as a file, or a template that the device made of it."""

    at: datetime
    crop: bytes | None = None
    template: Template | None = None

    def __post_init__(self) -> None:
        if (self.crop is None) == (self.template is None):
            raise ValueInvalid("A shot is a crop or a template.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceVerdict:
    """What a device decided by itself; `subject_id` is set for a match."""

    outcome: Outcome
    subject_id: SubjectId | None = None
    score: float | None = None
    fmr: float | None = None
    fpir: float | None = None
    threshold: float | None = None
    searched: int = 0

    def __post_init__(self) -> None:
        if (self.outcome is Outcome.MATCH) != (self.subject_id is not None):
            raise ValueInvalid("A device that matches says whom, and no other does.")
        rates = [rate for rate in (self.fmr, self.fpir) if rate is not None]
        scores = [score for score in (self.score, self.threshold) if score is not None]
        if not all(0 <= rate <= 1 for rate in rates) or not all(-10 <= score <= 10 for score in scores):
            raise ValueInvalid("Rates lie between 0 and 1, scores between -10 and 10.")
        if self.searched < 0:
            raise ValueInvalid("A device searches 0 or more references.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportedTrack:
    """One face that was followed by the camera `camera`, as far as it is known; `track` is the sender's identifier."""

    track: uuid.UUID
    camera: str
    first_at: datetime
    last_at: datetime
    frames: int
    ended: bool
    shots: tuple[ReportedShot, ...]
    decided: DeviceVerdict | None = None

    def __post_init__(self) -> None:
        checked_camera_name(self.camera)
        if self.first_at.tzinfo is None or self.last_at.tzinfo is None or self.last_at < self.first_at:
            raise ValueInvalid("A track has times with a time zone, and ends after it begins.")
        if not self.shots or self.frames < 1:
            raise ValueInvalid("A track has at least one shot and one frame.")

    @property
    def reference(self) -> str:
        """What its event is called: reported again, it is the same one."""
        return f"track:{self.track}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrack:
    """What the log says of a track now. `event_id` is `None` where nothing is logged, `outcome` while no shot was good
    enough; `remembered`: an unknown who was seen for the first time."""

    track: uuid.UUID
    revised: bool
    event_id: EventId | None = None
    outcome: Outcome | None = None
    subject_id: SubjectId | None = None
    subject: str | None = None
    remembered: bool = False
    score: float | None = None
    fmr: float | None = None
    fpir: float | None = None
    quality: float | None = None
    reasons: tuple[str, ...] = ()

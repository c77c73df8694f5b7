"""What rules of alerts look at: faces that were seen, and what a system has to say about itself."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from visavis.domain.alert_kinds import Trigger
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import GalleryId, SubjectId

_LOGGED: Final = MappingProxyType(
    {
        EventKind.IDENTIFIED: Trigger.SEEN,
        EventKind.DRIFT_RAISED: Trigger.DRIFT,
        EventKind.DRIFT_CLEARED: Trigger.DRIFT,
        EventKind.ACCESS_DENIED: Trigger.DENIED,
        EventKind.DOOR_HELD_OPEN: Trigger.HELD_OPEN,
        EventKind.DOOR_FORCED: Trigger.FORCED,
    }
)
"""What the detection log tells of."""


QUIET: Final = "quiet:"
"""Keys of notices about cameras that sent nothing begin like this; only rules that say for how long take them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What another part of the server has to say, for rules to take up. Nobody keeps it: rules look at it once.

    `over`: what was said before has ended. `key` says what it concerns, such as an agent or a door: the same key means
    the same thing. `text` is a technical sentence without names of humans.
    """

    id: uuid.UUID
    trigger: Trigger
    at: datetime
    key: str
    text: str = ""
    over: bool = False
    gallery: str = ""
    source: str = ""
    site: str = ""
    zone: str = ""
    subject_id: SubjectId | None = None
    event_id: EventId | None = None

    def __post_init__(self) -> None:
        if self.trigger in _LOGGED.values():
            raise ValueInvalid("What is in the detection log needs no notice.")
        if self.at.tzinfo is None or not self.key or len(self.key) > 300 or len(self.text) > 500:
            raise ValueInvalid("A notice has a time with a zone, a key and a short text.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An event or a notice, as rules see it. `lasted_s`: how long one track was there."""

    trigger: Trigger
    at: datetime
    over: bool = False
    gallery: str = ""
    gallery_id: GalleryId | None = None
    source: str = ""
    site: str = ""
    zone: str = ""
    outcome: Outcome | None = None
    subject_id: SubjectId | None = None
    key: str = ""
    text: str = ""
    event_id: EventId | None = None
    began_at: datetime | None = None
    sequence: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether it is about a camera that sent nothing, though nobody says that it is down."""
        return self.key.startswith(f"{Trigger.SILENT.value}:{QUIET}")

    @classmethod
    def of_event(cls, event: Event) -> "Occurrence | None":
        """`None` for events that no rule waits for."""
        trigger = _LOGGED.get(event.kind)
        if trigger is None:
            return None
        return cls._of(event, trigger, over=event.kind is EventKind.DRIFT_CLEARED)

    @classmethod
    def _of(cls, event: Event, trigger: Trigger, *, over: bool) -> "Occurrence":
        return cls(
            trigger=trigger,
            at=event.ended_at,
            began_at=event.captured_at,
            over=over,
            gallery=event.gallery,
            gallery_id=event.gallery_id,
            source=event.source,
            site=event.site,
            zone=event.zone,
            outcome=event.outcome,
            subject_id=event.subject_id,
            key=_key(event, trigger),
            text=" ".join(event.reasons) if trigger is not Trigger.SEEN else "",
            event_id=event.id,
            sequence=event.sequence,
        )

    @classmethod
    def of_notice(cls, notice: Notice) -> "Occurrence":
        return cls(
            trigger=notice.trigger,
            at=notice.at,
            began_at=notice.at,
            over=notice.over,
            gallery=notice.gallery,
            source=notice.source,
            site=notice.site,
            zone=notice.zone,
            subject_id=notice.subject_id,
            key=f"{notice.trigger.value}:{notice.key}",
            text=notice.text,
            event_id=notice.event_id,
        )


def _key(event: Event, trigger: Trigger) -> str:
    """A face without a subject is told apart by its track, and without that not at all within a camera."""
    if trigger is Trigger.DRIFT:
        signal = event.reasons[0].rpartition("_")[0] if event.reasons else ""  # without the direction
        return f"drift:{event.gallery}:{event.source}:{signal}"
    if trigger is not Trigger.SEEN:
        return f"{trigger.value}:{event.source}"
    return f"track:{event.track}" if event.track else f"source:{event.gallery}:{event.source}"

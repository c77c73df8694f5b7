"""A door, and who may pass it when."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.camera import Direction, checked_camera_name
from visavis.domain.errors import ValueInvalid
from visavis.domain.liveness import LivePolicy
from visavis.domain.schedule import ScheduleId
from visavis.domain.subject import GalleryId, SubjectId

DoorId = NewType("DoorId", uuid.UUID)

_MOST: Final = 100  #: rules, and cameras
_MOST_SUBJECTS: Final = 10_000  #: of one rule
_DAY_S: Final = 86_400


class PassbackMode(StrEnum):
    """What becomes of somebody who comes in twice without having gone out, or goes out twice."""

    OFF = "off"
    SOFT = "soft"  #: let through, and noted
    HARD = "hard"  #: refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Passback:
    """`reset_s` after a passage it is forgotten: whoever was not seen going out is not locked out for ever."""

    mode: PassbackMode = PassbackMode.OFF
    reset_s: int = 12 * 3600

    def __post_init__(self) -> None:
        if not 1 <= self.reset_s <= 31 * _DAY_S:
            raise ValueInvalid("A passage is forgotten after 1 second to 31 days.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCamera:
    """A camera at the door, by its name; `direction` is what being seen by it means, `None`: as the camera's own
    place says."""

    name: str
    direction: Direction | None = None

    def __post_init__(self) -> None:
        checked_camera_name(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRule:
    """Lets these subjects pass while the schedule is open; without `subjects` everybody of the gallery, without a
    schedule at any time. `valid_from` is included, `valid_until` is not."""

    name: str = ""
    subjects: frozenset[SubjectId] | None = None
    schedule: ScheduleId | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.name) > 100 or (self.subjects is not None and len(self.subjects) > _MOST_SUBJECTS):
            raise ValueInvalid("A rule has a name of at most 100 characters and 10,000 subjects.")
        for moment in (self.valid_from, self.valid_until):
            if moment is not None and moment.tzinfo is None:
                raise ValueInvalid("A time needs a time zone.")
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueInvalid("A rule ends after it begins.")

    def names(self, subject_id: SubjectId) -> bool:
        return self.subjects is None or subject_id in self.subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door, gate or turnstile, unique by name in its tenant; members of its gallery may pass as its rules say.

    Its `area` is what it leads into; all doors of an area share who is inside. Seen again at the same door within
    `repeat_s`, somebody is still passing. Faces that were seen longer than `late_s` ago open nothing. It may be opened
    within `unlock_s` after a grant, and stand open for `hold_open_s`.
    """

    id: DoorId
    name: str
    gallery_id: GalleryId
    gallery: str
    cameras: tuple[DoorCamera, ...]
    rules: tuple[AccessRule, ...]
    created_at: datetime
    area: str = ""
    passback: Passback = Passback()
    live: LivePolicy = field(default_factory=LivePolicy)
    repeat_s: int = 30
    late_s: int = 30
    unlock_s: int = 15
    hold_open_s: int = 30

    def __post_init__(self) -> None:
        checked_camera_name(self.name)
        names = [camera.name for camera in self.cameras]
        if len(set(names)) != len(names):
            raise ValueInvalid("A camera stands once in a door.")
        if max(len(names), len(self.rules)) > _MOST or len(self.area) > 100:
            raise ValueInvalid(
                "A door has at most 100 cameras and rules; an area has at most 100 characters."
            )
        if not all(1 <= one <= _DAY_S for one in (self.late_s, self.unlock_s, self.hold_open_s)):
            raise ValueInvalid("The times of a door lie between a second and a day.")
        if not 0 <= self.repeat_s <= 3600 or self.created_at.tzinfo is None:
            raise ValueInvalid("Somebody passes a door for at most an hour; a time needs a time zone.")

    @property
    def leads_into(self) -> str:
        """The area; a door without one has one of its own."""
        return self.area or self.name

    def direction_at(self, camera: str, told: Direction) -> Direction:
        """What being seen by this camera means here; `told` is what the event says of the camera."""
        own = next((one.direction for one in self.cameras if one.name == camera), None)
        return told if own is None else own

    @property
    def schedules(self) -> frozenset[ScheduleId]:
        return frozenset(rule.schedule for rule in self.rules if rule.schedule is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What the contact of a door said last: open or closed, since when. `told`: that it is open too long was."""

    open: bool
    since: datetime
    told: bool = False

    def overdue_at(self, door: Door) -> datetime:
        """From when on it is open too long."""
        return self.since + timedelta(seconds=door.hold_open_s)

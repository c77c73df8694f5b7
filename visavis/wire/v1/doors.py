"""Doors, and what is decided there."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.camera import Direction
from visavis.domain.door import Contact, Door, DoorCamera, PassbackMode
from visavis.domain.liveness import AttackThreshold, LivePolicy
from visavis.domain.schedule import Schedule, ScheduleId
from visavis.domain.subject import SubjectId
from visavis.wire.access import AccessNote
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Moment, Name, closed

_CAMERA = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
DoorName = Annotated[str, Field(min_length=1, max_length=64, pattern=_CAMERA, examples=["front"])]
_Text = Annotated[str, Field(max_length=100, pattern=PLAIN)]
_Seconds = Annotated[int, Field(ge=1, le=86_400)]


class DoorCameraNote(Model):
    """A camera at the door."""

    model_config = closed(name="entrance-1", direction="entry")

    name: Annotated[str, Field(min_length=1, max_length=64, pattern=_CAMERA, examples=["entrance-1"])]
    direction: Direction | None = Field(
        default=None, description="What being seen by it means; null: as the camera's own place says."
    )

    @classmethod
    def of(cls, camera: DoorCamera) -> Self:
        return cls(name=camera.name, direction=camera.direction)

    @property
    def camera(self) -> DoorCamera:
        return DoorCamera(name=self.name, direction=self.direction)


class AttackThresholdNote(Model):
    """From which score on a presentation is taken for an attack, and what it was measured with."""

    model_config = closed(value=0.5, detector="pad-1", data="lab 2026", apcer=0.02, bpcer=0.01)

    value: Annotated[float, Field(ge=0, le=1)]
    detector: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
    data: Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN, examples=["lab 2026"])] = Field(
        description="Name of the data it was measured on."
    )
    apcer: Annotated[float, Field(ge=0, le=1, description="Attacks that are missed.")]
    bpcer: Annotated[float, Field(ge=0, le=1, description="Live people who are refused.")]

    @classmethod
    def of(cls, one: AttackThreshold) -> Self:
        return cls(value=one.value, detector=one.detector, data=one.data, apcer=one.apcer, bpcer=one.bpcer)

    @property
    def threshold(self) -> AttackThreshold:
        return AttackThreshold(
            value=self.value, detector=self.detector, data=self.data, apcer=self.apcer, bpcer=self.bpcer
        )


class RuleNote(Model):
    """Who may pass when."""

    model_config = closed(name="staff", schedule="office hours")

    name: _Text = ""
    subject_ids: Annotated[tuple[UUID, ...], Field(max_length=10_000)] | None = Field(
        default=None, description="Null: everybody of the gallery."
    )
    schedule: Name | None = Field(default=None, description="Name of a schedule; null: at any time.")
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class PassbackNote(Model):
    """What becomes of those who come in twice without having gone out."""

    model_config = closed(mode="soft", reset_s=43_200)

    mode: PassbackMode = PassbackMode.OFF
    reset_s: Annotated[int, Field(ge=1, le=2_678_400)] = Field(
        default=43_200, description="After so many seconds a passage is forgotten."
    )


class _DoorSettings(Model):
    gallery: Name = Field(description="Whose members may pass.")
    cameras: Annotated[tuple[DoorCameraNote, ...], Field(max_length=100)] = ()
    rules: Annotated[tuple[RuleNote, ...], Field(max_length=100)] = Field(
        default=(RuleNote(name="everybody"),),
        description="Any of them lets somebody pass; without any, nobody passes.",
    )
    area: _Text = Field(default="", description="What it leads into; doors of an area share who is inside.")
    passback: PassbackNote = PassbackNote()
    require_live: bool = Field(
        default=False,
        description="Only live people pass: where no attack detector is installed, nobody does (liveness_unavailable).",
    )
    attack_threshold: AttackThresholdNote | None = Field(
        default=None, description="Null: the one that the detector was calibrated with."
    )
    repeat_s: Annotated[int, Field(ge=0, le=3600)] = Field(
        default=30, description="Seen again within this time, somebody is still passing."
    )
    late_s: _Seconds = Field(default=30, description="Faces seen longer ago open nothing.")
    unlock_s: _Seconds = Field(default=15, description="It may be opened so long after a grant.")
    hold_open_s: _Seconds = Field(default=30, description="It may stand open for so long.")


class DoorWrite(_DoorSettings):
    """A whole door. What is left out is as it is by default, not as it was."""

    model_config = closed(
        gallery="staff",
        cameras=[{"name": "entrance-1", "direction": "entry"}],
        rules=[{"name": "staff", "schedule": "office hours"}],
        area="building",
        passback={"mode": "soft"},
    )

    @property
    def live(self) -> LivePolicy:
        threshold = self.attack_threshold.threshold if self.attack_threshold else None
        return LivePolicy(require_live=self.require_live, threshold=threshold)

    @property
    def schedule_names(self) -> frozenset[str]:
        return frozenset(rule.schedule for rule in self.rules if rule.schedule is not None)


class ContactNote(Model):
    """What the contact said last."""

    state: Literal["open", "closed"]
    since: datetime

    @classmethod
    def of(cls, contact: Contact) -> Self:
        return cls(state="open" if contact.open else "closed", since=contact.since)


class DoorNote(_DoorSettings):
    """A door."""

    id: Identifier
    name: DoorName
    created_at: datetime
    contact: ContactNote | None = Field(description="Null: nothing was ever said of it.")
    liveness_available: bool = Field(
        description="Whether an attack detector is installed that could tell who is live."
    )

    @classmethod
    def of(
        cls,
        door: Door,
        schedules: dict[ScheduleId, Schedule],
        contact: Contact | None,
        *,
        detector: bool,
    ) -> Self:
        threshold = door.live.threshold
        return cls(
            id=str(door.id),
            name=door.name,
            gallery=door.gallery,
            created_at=door.created_at,
            cameras=tuple(DoorCameraNote.of(one) for one in door.cameras),
            rules=tuple(
                RuleNote(
                    name=rule.name,
                    subject_ids=None if rule.subjects is None else tuple(sorted(rule.subjects)),
                    schedule=_name(rule.schedule, schedules),
                    valid_from=rule.valid_from,
                    valid_until=rule.valid_until,
                )
                for rule in door.rules
            ),
            area=door.area,
            passback=PassbackNote(mode=door.passback.mode, reset_s=door.passback.reset_s),
            require_live=door.live.require_live,
            attack_threshold=AttackThresholdNote.of(threshold) if threshold else None,
            repeat_s=door.repeat_s,
            late_s=door.late_s,
            unlock_s=door.unlock_s,
            hold_open_s=door.hold_open_s,
            contact=ContactNote.of(contact) if contact else None,
            liveness_available=detector,
        )


def _name(schedule: ScheduleId | None, schedules: dict[ScheduleId, Schedule]) -> str | None:
    return schedules[schedule].name if schedule is not None and schedule in schedules else None


def subjects_of(rule: RuleNote) -> frozenset[SubjectId] | None:
    """Whom a rule names; `None` for everybody."""
    return None if rule.subject_ids is None else frozenset(SubjectId(one) for one in rule.subject_ids)


class DoorList(Model):
    doors: tuple[DoorNote, ...] = Field(description="By name.")


class AccessList(Page):
    decisions: tuple[AccessNote, ...]


class DoorAnswer(Model):
    """What the door does."""

    granted: bool
    decision: AccessNote
    score: Number | None = Field(description="Of the best candidate.")
    fmr: Number | None
    fpir: Number | None


class DoorStateWrite(Model):
    """What the contact of the door says."""

    model_config = closed(state="open")

    state: Literal["open", "closed"]


class DoorState(Model):
    """The state from now on, and what was wrong about the change."""

    contact: ContactNote
    decisions: tuple[AccessNote, ...] = Field(description="forced, or held_open.")

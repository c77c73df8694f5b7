"""Schedules, doors and attendance at the command line."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.access import AccessNote, AttendanceCorrectionNote
from visavis.wire.model import Document
from visavis.wire.v1.attendance import AttendanceNote, PlanNote
from visavis.wire.v1.doors import DoorNote, DoorState
from visavis.wire.v1.schedules import ScheduleNote


class SchedulesDocument(Document):
    """Schedules by name, or the one that a command made or changed."""

    title: ClassVar[str] = "schedules list, schedules set"
    kind: Literal["visavis.schedules/1"] = Field(default="visavis.schedules/1", alias="schema")
    schedules: tuple[ScheduleNote, ...]


class DoorsDocument(Document):
    """Doors by name, or the one that a command made or changed."""

    title: ClassVar[str] = "doors list, doors set"
    kind: Literal["visavis.doors/1"] = Field(default="visavis.doors/1", alias="schema")
    doors: tuple[DoorNote, ...]


class AccessDocument(Document):
    """One decision at a door."""

    title: ClassVar[str] = "doors decisions: one line per decision; doors ask"
    kind: Literal["visavis.access/1"] = Field(default="visavis.access/1", alias="schema")
    decision: AccessNote


class DoorStateDocument(Document):
    """What the contact of a door says, and what was wrong about it."""

    title: ClassVar[str] = "doors state"
    kind: Literal["visavis.door-state/1"] = Field(default="visavis.door-state/1", alias="schema")
    door: str
    state: DoorState


class AttendanceDocument(Document):
    """Attendance of a gallery's people over some days."""

    title: ClassVar[str] = "attendance"
    kind: Literal["visavis.attendance/1"] = Field(default="visavis.attendance/1", alias="schema")
    report: AttendanceNote


class AttendancePlanDocument(Document):
    """How attendance in a gallery is counted."""

    title: ClassVar[str] = "attendance-plan"
    kind: Literal["visavis.attendance-plan/1"] = Field(default="visavis.attendance-plan/1", alias="schema")
    plan: PlanNote


class AttendanceCorrectionDocument(Document):
    """A correction that was made or undone."""

    title: ClassVar[str] = "attendance-correct, attendance-undo"
    kind: Literal["visavis.attendance-correction/1"] = Field(
        default="visavis.attendance-correction/1", alias="schema"
    )
    correction: AttendanceCorrectionNote


class RemovedDocument(Document):
    """A door or a schedule that is gone."""

    title: ClassVar[str] = "doors remove, schedules remove"
    kind: Literal["visavis.removed/1"] = Field(default="visavis.removed/1", alias="schema")
    removed: str = Field(description="Its name.")

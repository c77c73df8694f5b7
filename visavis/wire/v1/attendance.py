"""Attendance: plans, corrections, reports."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from visavis.domain.attendance import (
    AttendanceChange,
    AttendancePlan,
    DayRecord,
    Irregularity,
    Stay,
    Total,
)
from visavis.domain.liveness import LivePolicy
from visavis.wire.access import AttendanceCorrectionNote
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.csv_lines import line_of
from visavis.wire.v1.doors import AttackThresholdNote, DoorCameraNote
from visavis.wire.v1.schedules import WallTime, Zone
from visavis.wire.v1.values import Moment, Name, closed

_Seconds = Annotated[int, Field(ge=0, le=86_400)]


class _Plan(Model):
    zone: Zone
    day_begins: WallTime = Field(default="00:00", description="When a day begins, on the wall.")
    schedule: Name | None = Field(
        default=None, description="Planned hours; null: nobody is late, early or absent."
    )
    cameras: Annotated[tuple[DoorCameraNote, ...], Field(max_length=200)] = Field(
        default=(), description="What being seen by cameras means, where their own places do not say it."
    )
    late_s: _Seconds = Field(default=300, description="Tolerance of coming late.")
    early_s: _Seconds = Field(default=300, description="Tolerance of going early.")
    duplicate_s: _Seconds = Field(
        default=300, description="Sightings in the same direction within this time are one."
    )
    longest_s: Annotated[int, Field(ge=3600, le=129_600)] = Field(
        default=57_600, description="Coming and going further apart do not belong together."
    )
    require_live: bool = Field(
        default=False, description="Only sightings count that a door took for a live person (not_live)."
    )
    attack_threshold: AttackThresholdNote | None = None


class PlanWrite(_Plan):
    """How attendance in a gallery is counted. What is left out is as it is by default, not as it was."""

    model_config = closed(
        zone="Europe/Berlin",
        day_begins="04:00",
        schedule="office hours",
        cameras=[{"name": "entrance-1", "direction": "entry"}, {"name": "exit-1", "direction": "exit"}],
    )

    @property
    def live(self) -> LivePolicy:
        threshold = self.attack_threshold.threshold if self.attack_threshold else None
        return LivePolicy(require_live=self.require_live, threshold=threshold)


class PlanNote(_Plan):
    """A gallery's plan."""

    gallery: Name

    @classmethod
    def told(cls, plan: AttendancePlan, gallery: str, schedule: str | None) -> Self:
        """With the names of gallery and schedule."""
        threshold = plan.live.threshold
        return cls(
            gallery=gallery,
            zone=plan.zone,
            day_begins=f"{plan.day_begins:%H:%M}",
            schedule=schedule,
            cameras=tuple(DoorCameraNote.of(one) for one in plan.cameras),
            late_s=plan.late_s,
            early_s=plan.early_s,
            duplicate_s=plan.duplicate_s,
            longest_s=plan.longest_s,
            require_live=plan.live.require_live,
            attack_threshold=AttackThresholdNote.of(threshold) if threshold else None,
        )


class AttendanceCorrectionWrite(Model):
    """What a person adds to what the cameras saw; `at`, or for `ignore` the event of the sighting."""

    model_config = closed(
        subject_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
        kind="out",
        at="2026-11-20T17:05:00+01:00",
        reason="The exit camera was covered.",
    )

    subject_id: UUID
    kind: AttendanceChange
    reason: Annotated[
        str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
    ] = Field(description="For whoever looks at it later. Nothing about anybody's health.")
    at: Moment | None = Field(default=None, description="When; of an excuse: some time of the day.")
    event_id: UUID | None = Field(default=None, description="The sighting that does not count.")


class AttendanceCorrectionList(Model):
    corrections: tuple[AttendanceCorrectionNote, ...] = Field(description="By the time they are about.")


class PresenceNote(Model):
    """From coming to going, in the plan's time zone."""

    since: datetime | None = Field(description="Null: not seen coming.")
    until: datetime | None = Field(description="Null: still there, or not seen going.")
    running: bool = Field(description="Still there.")
    manual: bool = Field(description="One end or both were entered by a person.")

    @classmethod
    def of(cls, stay: Stay, zone: ZoneInfo) -> Self:
        return cls(
            since=_local(stay.since, zone),
            until=_local(stay.until, zone),
            running=stay.running,
            manual=stay.manual,
        )


class DayNote(Model):
    """One day of one subject. Times are those of the plan's time zone, durations are elapsed seconds."""

    day: date
    first_in: datetime | None
    last_out: datetime | None
    present_s: int
    breaks: int
    break_s: int
    expected_s: int
    late_s: int
    early_s: int
    irregularities: tuple[Irregularity, ...]
    excused: bool
    corrected: bool
    stays: tuple[PresenceNote, ...]

    @classmethod
    def of(cls, record: DayRecord, zone: ZoneInfo) -> Self:
        return cls(
            day=record.day,
            first_in=_local(record.first_in, zone),
            last_out=_local(record.last_out, zone),
            present_s=round(record.present_s),
            breaks=record.breaks,
            break_s=round(record.break_s),
            expected_s=round(record.expected_s),
            late_s=round(record.late_s),
            early_s=round(record.early_s),
            irregularities=record.irregularities,
            excused=record.excused,
            corrected=record.corrected,
            stays=tuple(PresenceNote.of(stay, zone) for stay in record.stays),
        )


class TotalNote(Model):
    """What the days add up to."""

    days_present: int
    present_s: int
    break_s: int
    expected_s: int
    late: int = Field(description="Days.")
    early: int = Field(description="Days.")
    absent: int = Field(description="Days.")
    irregular: int = Field(description="Days that somebody should look at.")

    @classmethod
    def of(cls, total: Total) -> Self:
        return cls(
            days_present=total.days_present,
            present_s=round(total.present_s),
            break_s=round(total.break_s),
            expected_s=round(total.expected_s),
            late=total.late,
            early=total.early,
            absent=total.absent,
            irregular=total.irregular,
        )


class AttendeeNote(Model):
    """One subject: days of which there is something to tell."""

    subject: str
    subject_id: Identifier
    total: TotalNote
    days: tuple[DayNote, ...]


class AttendanceNote(Model):
    """Attendance of a gallery's people over some days."""

    gallery: str
    zone: str
    since: date
    until: date = Field(description="The last day, included.")
    made_at: datetime
    people: tuple[AttendeeNote, ...] = Field(description="By name.")


CSV_COLUMNS = (
    "subject",
    "subject_id",
    "day",
    "first_in",
    "last_out",
    "hours_present",
    "breaks",
    "break_hours",
    "hours_expected",
    "late_minutes",
    "early_minutes",
    "irregularities",
    "excused",
    "corrected",
)


def attendance_csv(report: AttendanceNote) -> Iterator[str]:
    """A line for each day of each subject, below one with the names of the columns."""
    yield line_of(CSV_COLUMNS)
    for person in report.people:
        for day in person.days:
            yield line_of(_cells(person, day))


def _cells(person: AttendeeNote, day: DayNote) -> tuple[object, ...]:
    return (
        person.subject,
        str(person.subject_id),
        day.day.isoformat(),
        day.first_in.isoformat() if day.first_in else None,
        day.last_out.isoformat() if day.last_out else None,
        f"{day.present_s / 3600:.2f}",
        day.breaks,
        f"{day.break_s / 3600:.2f}",
        f"{day.expected_s / 3600:.2f}",
        round(day.late_s / 60),
        round(day.early_s / 60),
        tuple(one.value for one in day.irregularities),
        "yes" if day.excused else "no",
        "yes" if day.corrected else "no",
    )


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else at.astimezone(zone).replace(microsecond=0)

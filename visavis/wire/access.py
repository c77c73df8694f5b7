"""Decisions at doors and corrections of attendance, as they are told."""

from datetime import datetime
from typing import Self

from pydantic import Field

from visavis.domain.admission import AccessDecision, AccessOutcome, AccessReason
from visavis.domain.admission_words import explained
from visavis.domain.attendance import AttendanceChange, Correction
from visavis.domain.camera import Direction
from visavis.wire.model import Identifier, Model, Number


class AccessNote(Model):
    """A line about a door, and its grounds."""

    id: Identifier
    sequence: int = Field(description="Order of decisions; one that changed takes the next.")
    door: str
    gallery: str
    area: str
    outcome: AccessOutcome
    reasons: tuple[AccessReason, ...] = Field(description="Why not; beside a grant: what was noted.")
    explanation: str = Field(description="The same in words.")
    at: datetime = Field(description="When it happened.")
    decided_at: datetime
    source: str = Field(description="The camera, or the door itself.")
    direction: Direction
    event_id: Identifier | None = Field(description="The line of the detection log that it follows from.")
    track: Identifier | None
    subject_id: Identifier | None
    subject: str | None = Field(description="Its name now.")
    rule: str = Field(description="The rule that counted.")
    schedule: str = Field(description="The schedule that counted.")
    turns_at: datetime | None = Field(
        description="When the reason begins or ends: the schedule opens then, the rule begins or ended then, "
        "the earlier passage was then."
    )
    attack_score: Number | None = Field(description="0 for a live person to 1 for an attack.")
    attack_instrument: str | None
    attack_threshold: Number | None
    revision: int = Field(description="How often it was decided anew.")

    @classmethod
    def of(cls, decision: AccessDecision, subject: str | None) -> Self:
        attack = decision.attack
        return cls(
            id=str(decision.id),
            sequence=decision.sequence,
            door=decision.door,
            gallery=decision.gallery,
            area=decision.area,
            outcome=decision.outcome,
            reasons=decision.reasons,
            explanation=explained(decision),
            at=decision.at,
            decided_at=decision.decided_at,
            source=decision.source,
            direction=decision.direction,
            event_id=str(decision.event_id) if decision.event_id else None,
            track=str(decision.track) if decision.track else None,
            subject_id=str(decision.subject_id) if decision.subject_id else None,
            subject=subject,
            rule=decision.rule,
            schedule=decision.schedule,
            turns_at=decision.turns_at,
            attack_score=attack.score if attack else None,
            attack_instrument=attack.instrument if attack else None,
            attack_threshold=decision.attack_threshold,
            revision=decision.revision,
        )


class AttendanceCorrectionNote(Model):
    """A correction, and whether it still holds."""

    id: Identifier
    subject_id: Identifier
    kind: AttendanceChange
    at: datetime
    reason: str
    event_id: Identifier | None
    made_by: str
    made_at: datetime
    undone_by: str | None
    undone_at: datetime | None = Field(description="Null while it holds.")

    @classmethod
    def of(cls, one: Correction) -> Self:
        return cls(
            id=str(one.id),
            subject_id=str(one.subject_id),
            kind=one.kind,
            at=one.at,
            reason=one.reason,
            event_id=str(one.event_id) if one.event_id else None,
            made_by=str(one.made_by),
            made_at=one.made_at,
            undone_by=str(one.undone_by) if one.undone_by else None,
            undone_at=one.undone_at,
        )

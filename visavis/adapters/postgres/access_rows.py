"""Decisions at doors as rows."""

from typing import Final

from psycopg.rows import TupleRow

from visavis.domain.admission import AccessDecision, AccessId, AccessOutcome, AccessReason
from visavis.domain.camera import Direction
from visavis.domain.door import DoorId
from visavis.domain.event import EventId
from visavis.domain.liveness import AttackFinding
from visavis.domain.subject import GalleryId, SubjectId

COLUMNS: Final = """
    access_id, sequence, door_id, door, gallery_id, gallery, area, outcome, reasons, at, decided_at, source, direction,
    event_id, event_revision, track, subject_id, rule, schedule, turns_at, attack_score, attack_detector,
    attack_instrument, attack_threshold, revision
"""
_NAMES: Final = tuple(name.strip() for name in COLUMNS.split(","))
PLACEHOLDERS: Final = ", ".join(["%s"] * len(_NAMES))


def columns_of(decision: AccessDecision) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    attack = decision.attack
    return (
        decision.id,
        decision.sequence,
        decision.door_id,
        decision.door,
        decision.gallery_id,
        decision.gallery,
        decision.area,
        decision.outcome,
        [reason.value for reason in decision.reasons],
        decision.at,
        decision.decided_at,
        decision.source,
        decision.direction,
        decision.event_id,
        decision.event_revision,
        decision.track,
        decision.subject_id,
        decision.rule,
        decision.schedule,
        decision.turns_at,
        attack.score if attack else None,
        attack.detector if attack else "",
        attack.instrument if attack else None,
        decision.attack_threshold,
        decision.revision,
    )


def decision_of(row: TupleRow) -> AccessDecision:
    """The decision of a row of `COLUMNS`."""
    named = dict(zip(_NAMES, row, strict=True))
    event_id, subject_id, score = named["event_id"], named["subject_id"], named["attack_score"]
    attack = None
    if score is not None:
        attack = AttackFinding(
            score=score, detector=named["attack_detector"], instrument=named["attack_instrument"]
        )
    return AccessDecision(
        id=AccessId(named["access_id"]),
        sequence=named["sequence"],
        door_id=DoorId(named["door_id"]),
        door=named["door"],
        gallery_id=GalleryId(named["gallery_id"]),
        gallery=named["gallery"],
        area=named["area"],
        outcome=AccessOutcome(named["outcome"]),
        reasons=tuple(AccessReason(reason) for reason in named["reasons"]),
        at=named["at"],
        decided_at=named["decided_at"],
        source=named["source"],
        direction=Direction(named["direction"]),
        event_id=EventId(event_id) if event_id else None,
        event_revision=named["event_revision"],
        track=named["track"],
        subject_id=SubjectId(subject_id) if subject_id else None,
        rule=named["rule"],
        schedule=named["schedule"],
        turns_at=named["turns_at"],
        attack=attack,
        attack_threshold=named["attack_threshold"],
        revision=named["revision"],
    )

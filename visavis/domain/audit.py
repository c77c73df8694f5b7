"""The audit log: append-only entries, each of which contains the digest of the one before it.

Removing, changing or reordering an entry breaks every digest after it. The text that is hashed is JSON with
sorted keys and no blanks, so that anybody can recompute it with a few lines of any language.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from visavis.domain.access import Actor
from visavis.domain.errors import ValueInvalid

Detail: TypeAlias = str | int | float | bool | None

GENESIS: Final = "0" * 64
"""What the first entry names as the digest before it."""


class Action(StrEnum):
    """What happened. Never renamed: old entries keep their words."""

    DECISION_VERIFIED = "decision.verified"
    DECISION_IDENTIFIED = "decision.identified"
    SUBJECT_CREATED = "subject.created"
    SUBJECT_CHANGED = "subject.changed"
    SUBJECT_ENROLLED = "subject.enrolled"
    SUBJECT_ERASED = "subject.erased"
    SUBJECT_EXPORTED = "subject.exported"
    REFERENCE_REMOVED = "reference.removed"
    REFERENCE_MOVED = "reference.moved"
    GALLERY_CREATED = "gallery.created"
    GALLERY_CHANGED = "gallery.changed"
    GALLERY_REMOVED = "gallery.removed"
    GALLERY_REEMBEDDED = "gallery.re_embedded"
    GALLERY_CALIBRATED = "gallery.calibrated"
    GALLERY_CALIBRATION_REMOVED = "gallery.calibration_removed"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_EXPIRED = "consent.expired"
    RETENTION_APPLIED = "retention.applied"
    EVENT_REVIEWED = "event.reviewed"
    EVENT_OPINION = "event.opinion"
    EVENT_OPINION_WITHDRAWN = "event.opinion_withdrawn"
    EVENT_PICTURE_SEEN = "event.picture_seen"
    EVENT_DENIED = "event.denied"
    EVENT_ASSIGNED = "event.assigned"
    SUBJECT_MERGED = "subject.merged"
    SUBJECT_SPLIT = "subject.split"
    CORRECTION_UNDONE = "correction.undone"
    EVENTS_EXPORTED = "events.exported"
    AUDIT_EXPORTED = "audit.exported"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_REVOKED = "key.revoked"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_REMOVED = "user.removed"
    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    TENANT_REMOVED = "tenant.removed"
    SESSION_OPENED = "session.opened"
    SESSION_CLOSED = "session.closed"
    SIGN_IN_REFUSED = "sign_in.refused"
    ACCESS_REFUSED = "access.refused"
    JOB_SUBMITTED = "job.submitted"
    JOB_FINISHED = "job.finished"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_REMOVED = "webhook.removed"
    ALERT_RULE_CREATED = "alert_rule.created"
    ALERT_RULE_CHANGED = "alert_rule.changed"
    ALERT_RULE_REMOVED = "alert_rule.removed"
    ALERT_CHANGED = "alert.changed"
    CHANNEL_CREATED = "channel.created"
    CHANNEL_CHANGED = "channel.changed"
    CHANNEL_REMOVED = "channel.removed"
    CHANNEL_TESTED = "channel.tested"
    ENCRYPTION_ROTATED = "encryption.rotated"
    BACKUP_MADE = "backup.made"
    BACKUP_RESTORED = "backup.restored"
    MODEL_CHANGED = "model.changed"
    BIAS_AUDITED = "bias.audited"
    AGENT_INVITED = "agent.invited"
    AGENT_ENROLLED = "agent.enrolled"
    AGENT_CONFIGURED = "agent.configured"
    AGENT_REVOKED = "agent.revoked"
    COPY_GIVEN = "copy.given"
    DRIFT_RAISED = "drift.raised"
    DRIFT_CLEARED = "drift.cleared"
    DRIFT_ACCEPTED = "drift.accepted"
    SCHEDULE_CHANGED = "schedule.changed"
    SCHEDULE_REMOVED = "schedule.removed"
    DOOR_CHANGED = "door.changed"
    DOOR_REMOVED = "door.removed"
    DOOR_HELD_OPEN = "door.held_open"
    DOOR_FORCED = "door.forced"
    ACCESS_GRANTED = "access.granted"
    ACCESS_DENIED = "access.denied"
    ATTENDANCE_PLANNED = "attendance.planned"
    ATTENDANCE_CORRECTED = "attendance.corrected"
    ATTENDANCE_CORRECTION_UNDONE = "attendance.correction_undone"
    ATTENDANCE_REPORTED = "attendance.reported"
    RECORDING_INDEXED = "recording.indexed"
    RECORDING_SEARCHED = "recording.searched"
    RECORDING_SHOWN = "recording.shown"
    RECORDING_REPORTED = "recording.reported"
    RECORDING_REMOVED = "recording.removed"
    CAMERA_ADDED = "camera.added"
    CAMERA_CHANGED = "camera.changed"
    CAMERA_REMOVED = "camera.removed"
    CAMERA_TRIED = "camera.tried"
    TRACK_REVISED = "track.revised"
    REPORT_ADDED = "report.added"
    REPORT_REMOVED = "report.removed"
    TRIAL_STARTED = "trial.started"
    TRIAL_CHANGED = "trial.changed"
    TRIAL_ROLLED_BACK = "trial.rolled_back"
    TRIAL_STOPPED = "trial.stopped"


def actions_of(text: str) -> frozenset[Action]:
    """`gallery.created`, or `gallery` for everything about galleries. Raises `ValueInvalid`."""
    found = frozenset(one for one in Action if text in (one.value, one.value.partition(".")[0]))
    if not found:
        raise ValueInvalid("There is no such action.", hint="Say one as `gallery.created`, or `gallery`.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Something that happened, not yet in its place in the chain.

    `target` is what it happened to, as `gallery:<id>` or `subject:<id>`; `details` hold figures, identifiers
    and technical words. Names of humans, images and secrets never stand in either.
    """

    at: datetime
    actor: Actor
    action: Action
    target: str = ""
    request: uuid.UUID | None = None
    details: Mapping[str, Detail] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if len(self.target) > 200 or len(json.dumps(dict(self.details))) > 4000:
            raise ValueInvalid("An audit record is short.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """A record in its place: number `sequence` (1, 2, 3, … in each tenant), after the entry of digest `previous`."""

    sequence: int
    record: AuditRecord
    previous: str
    digest: str

    @classmethod
    def after(cls, record: AuditRecord, *, sequence: int, previous: str) -> "AuditEntry":
        """The entry that continues the chain."""
        return cls(
            sequence=sequence,
            record=record,
            previous=previous,
            digest=digest_of(record, sequence=sequence, previous=previous),
        )

    @property
    def intact(self) -> bool:
        """Whether the content still has the digest that was computed when it was written."""
        return self.digest == digest_of(self.record, sequence=self.sequence, previous=self.previous)


def digest_of(record: AuditRecord, *, sequence: int, previous: str) -> str:
    """SHA-256 of `canonical_text` in lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_text(record, sequence=sequence, previous=previous).encode()).hexdigest()


def canonical_text(record: AuditRecord, *, sequence: int, previous: str) -> str:
    """What is hashed: the entry without its own digest, as compact JSON in ASCII with sorted keys.

    Times are UTC with microseconds, as in 2026-11-22T08:00:00.000000Z.
    """
    content = {
        "sequence": sequence,
        "at": canonical_time(record.at),
        "actor": str(record.actor),
        "action": record.action.value,
        "target": record.target,
        "request": str(record.request) if record.request else None,
        "details": dict(record.details),
        "previous": previous,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical_time(at: datetime) -> str:
    """UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

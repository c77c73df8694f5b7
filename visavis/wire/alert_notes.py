"""An alert, wherever it is shown."""

from datetime import datetime
from typing import Self

from pydantic import Field

from visavis.domain.alert import Alert
from visavis.domain.alert_kinds import AlertState, Severity, Trigger
from visavis.domain.decision import Outcome
from visavis.wire.model import Identifier, Model


class AlertNote(Model):
    """Something that a rule waited for."""

    id: Identifier
    sequence: int = Field(description="Order of changes: an alert that changes takes a new place.")
    rule_id: Identifier
    rule: str
    severity: Severity
    trigger: Trigger
    gallery: str
    source: str = Field(description="Camera, gate or application.")
    site: str
    zone: str
    outcome: Outcome | None
    subject_id: Identifier | None
    subject: str | None = Field(default=None, description="Its name now.")
    text: str = Field(description="What drifted, or what a notice said.")
    opened_at: datetime = Field(description="When it happened first.")
    last_at: datetime = Field(description="When it happened last.")
    count: int = Field(description="How often it happened.")
    state: AlertState
    by: str = Field(description="Who changed the state, as the audit log names actors; empty for nobody.")
    note: str
    changed_at: datetime | None

    @classmethod
    def of(cls, alert: Alert, subject: str | None = None) -> Self:
        return cls(
            id=str(alert.id),
            sequence=alert.sequence,
            rule_id=str(alert.rule_id),
            rule=alert.rule,
            severity=alert.severity,
            trigger=alert.trigger,
            gallery=alert.gallery,
            source=alert.source,
            site=alert.site,
            zone=alert.zone,
            outcome=alert.outcome,
            subject_id=str(alert.subject_id) if alert.subject_id else None,
            subject=subject,
            text=alert.text,
            opened_at=alert.opened_at,
            last_at=alert.last_at,
            count=alert.count,
            state=alert.state,
            by=alert.by,
            note=alert.note,
            changed_at=alert.changed_at,
        )

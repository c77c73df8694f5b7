"""Consents, receipts, retention and the audit log."""

import json
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.audit import AuditEntry
from visavis.domain.consent import Consent
from visavis.wire.governance import ReceiptDocument
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Moment, Name, closed


class ConsentGrant(Model):
    """A subject has agreed."""

    model_config = closed(
        subject_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
        purpose="access to the building",
        text_version="2026-11, English",
        evidence="form 2026/117",
        expires_at="2028-12-31T00:00:00Z",
    )

    subject_id: UUID = Field(description="Identifier of the subject.")
    purpose: Annotated[Name, Field(examples=["access to the building"])]
    text_version: Annotated[Name, Field(examples=["2026-11, English"])]
    evidence: Annotated[
        str, Field(max_length=2000, pattern=PLAIN, description="Where the proof lies; no names.")
    ] = ""
    expires_at: Moment | None = None


class ConsentNote(Model):
    """A consent, valid or ended."""

    id: Identifier
    subject_id: Identifier
    purpose: str
    text_version: str
    evidence: str
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    valid: bool

    @classmethod
    def of(cls, consent: Consent, now: datetime) -> Self:
        return cls(
            id=str(consent.id),
            subject_id=str(consent.subject_id),
            purpose=consent.purpose,
            text_version=consent.text_version,
            evidence=consent.evidence,
            granted_at=consent.granted_at,
            expires_at=consent.expires_at,
            revoked_at=consent.revoked_at,
            valid=consent.valid_at(now),
        )


class ConsentList(Page):
    consents: tuple[ConsentNote, ...]


class ReceiptList(Page):
    receipts: tuple[ReceiptDocument, ...]


class ErasedNote(Model):
    """What an erasure removed."""

    subject_id: Identifier
    references: int
    galleries: int
    receipt: ReceiptDocument | None


class RevokedNote(Model):
    """What ended with a consent."""

    consents: tuple[ConsentNote, ...]
    references: int
    subject_removed: bool
    receipt: ReceiptDocument | None


class RetentionNote(Model):
    """What was removed from one gallery; `gallery` is null for galleries that are gone."""

    gallery: str | None
    references: int
    events: int


class RetentionRun(Model):
    """What a run of retention removed, or would remove."""

    dry_run: bool
    galleries: tuple[RetentionNote, ...]
    consents: int = Field(description="Subjects whose consent had ended.")


class AuditNote(Model):
    """An entry of the audit log; its digest covers everything else in it."""

    sequence: int
    at: datetime
    actor: str
    action: str
    target: str
    request: Identifier | None
    details: dict[str, Any]
    previous: str
    digest: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        record = entry.record
        return cls(
            sequence=entry.sequence,
            at=record.at,
            actor=str(record.actor),
            action=record.action.value,
            target=record.target,
            request=str(record.request) if record.request else None,
            details=json.loads(json.dumps(dict(record.details))),
            previous=entry.previous,
            digest=entry.digest,
        )


class AuditList(Page):
    entries: tuple[AuditNote, ...]


class AuditVerified(Model):
    """Whether the chain is intact."""

    intact: bool
    entries: int
    broken: int | None = Field(description="Sequence of the first entry that does not fit.")
    problem: str
    sequence: int = Field(description="Of the last entry.")
    digest: str

"""Consents, receipts, retention, the audit log, and what a subject is told about itself."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.audit import AuditEntry, Detail
from visavis.domain.consent import Consent
from visavis.domain.event import Event
from visavis.wire.access import AccessNote, AttendanceCorrectionNote
from visavis.wire.alert_notes import AlertNote
from visavis.wire.corrections import CorrectionNote
from visavis.wire.model import Document, Identifier, Model, Number


class ConsentEntry(Model):
    """What a subject agreed to, and how long that holds."""

    id: Identifier
    subject: str
    subject_id: Identifier
    purpose: str
    text_version: str
    evidence: str
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    valid: bool = Field(description="Whether it holds now.")

    @classmethod
    def of(cls, consent: Consent, *, subject: str, now: datetime) -> Self:
        return cls(
            id=str(consent.id),
            subject=subject,
            subject_id=str(consent.subject_id),
            purpose=consent.purpose,
            text_version=consent.text_version,
            evidence=consent.evidence,
            granted_at=consent.granted_at,
            expires_at=consent.expires_at,
            revoked_at=consent.revoked_at,
            valid=consent.valid_at(now),
        )


class ConsentsDocument(Document):
    """Consents: all of them by identifier, or those of one subject by time."""

    title: ClassVar[str] = "consents, consents grant"
    kind: Literal["visavis.consents/1"] = Field(default="visavis.consents/1", alias="schema")
    consents: tuple[ConsentEntry, ...]
    next_after: str | None = Field(default=None, description="Pass it to --after for the next page.")


class ReceiptDocument(Document):
    """Signed proof that something was removed. `document` is the text that was signed, byte for byte."""

    title: ClassVar[str] = "receipts show, and the file that --receipt writes"
    kind: Literal["visavis.signed-receipt/1"] = Field(default="visavis.signed-receipt/1", alias="schema")
    id: Identifier
    subject_id: Identifier
    at: datetime
    document: str = Field(description="JSON; its UTF-8 bytes were signed.")
    signature: str = Field(description="Ed25519, in hexadecimal digits.")
    public_key: str = Field(description="32 bytes in hexadecimal digits.")
    fingerprint: str = Field(description="SHA-256 of the public key: compare it with what you were told.")

    @classmethod
    def of(
        cls, receipt_id: str, subject_id: str, at: datetime, document: str, signature: bytes, key: bytes
    ) -> Self:
        return cls(
            id=receipt_id,
            subject_id=subject_id,
            at=at,
            document=document,
            signature=signature.hex(),
            public_key=key.hex(),
            fingerprint=hashlib.sha256(key).hexdigest(),
        )

    @property
    def content(self) -> dict[str, object]:
        """What the document says."""
        found: dict[str, object] = json.loads(self.document)
        return found


class ReceiptsDocument(Document):
    """Receipts, the latest first."""

    title: ClassVar[str] = "receipts"
    kind: Literal["visavis.receipts/1"] = Field(default="visavis.receipts/1", alias="schema")
    receipts: tuple[ReceiptDocument, ...]


class RevocationDocument(Document):
    """What ended with a consent."""

    title: ClassVar[str] = "consents revoke"
    kind: Literal["visavis.consent-revoked/1"] = Field(default="visavis.consent-revoked/1", alias="schema")
    subject: str
    subject_id: Identifier
    purpose: str
    consents: int = Field(description="Consents for this purpose that were still open.")
    references: int
    galleries: int
    erased: bool = Field(description="Whether nothing is left of the subject.")
    receipt: ReceiptDocument | None


class RetainedGallery(Model):
    """What was removed from one gallery; null for events of galleries that are gone."""

    gallery: str | None
    references: int
    events: int


class RetentionDocument(Document):
    """What retention removed, or would remove."""

    title: ClassVar[str] = "retention run"
    kind: Literal["visavis.retention/1"] = Field(default="visavis.retention/1", alias="schema")
    dry_run: bool
    galleries: tuple[RetainedGallery, ...]
    consents: int = Field(description="Subjects whose consent has ended.")


class AuditLine(Model):
    """An entry of the audit log."""

    sequence: int
    at: datetime
    actor: str
    action: str
    target: str
    request: str | None
    details: Mapping[str, Detail]
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
            details=dict(record.details),
            previous=entry.previous,
            digest=entry.digest,
        )


class AuditDocument(Document):
    """Entries of the audit log, the newest first."""

    title: ClassVar[str] = "audit list"
    kind: Literal["visavis.audit/1"] = Field(default="visavis.audit/1", alias="schema")
    entries: tuple[AuditLine, ...]


class AuditVerifyDocument(Document):
    """Whether the chain holds from its first entry to its last."""

    title: ClassVar[str] = "audit verify"
    kind: Literal["visavis.audit-verify/1"] = Field(default="visavis.audit-verify/1", alias="schema")
    intact: bool
    entries: int
    head: str = Field(description="Digest of the last entry.")
    sequence: int = Field(description="Number of the last entry.")
    broken: int | None = Field(description="The first entry that does not fit; null: all do.")
    problem: str


class ExportedEventNote(Model):
    """A line of the detection log."""

    id: Identifier
    sequence: int
    kind: str
    captured_at: datetime
    recorded_at: datetime
    gallery: str
    source: str
    reference: str
    position: int
    outcome: str | None
    score: Number | None
    fmr: Number | None
    fpir: Number | None
    threshold: Number | None
    model: str
    policy: str
    quality: Number | None
    software: str
    observed: dict[str, Number] = Field(default={}, description="What was measured of the face.")
    site: str = Field(default="", description="Of the camera, when it was seen.")
    zone: str = Field(default="", description="Of the camera, when it was seen.")
    seen_until: datetime | None = Field(default=None, description="Of a track: when it was last seen.")
    template_kept: bool = Field(
        default=False, description="Whether the template that was decided on is still kept, for corrections."
    )
    picture_kept: bool = Field(default=False, description="Whether the face is still kept, for reviews.")

    @classmethod
    def of(cls, event: Event, *, template_kept: bool = False, picture_kept: bool = False) -> Self:
        return cls(
            id=str(event.id),
            sequence=event.sequence,
            kind=event.kind.value,
            captured_at=event.captured_at,
            recorded_at=event.recorded_at,
            gallery=event.gallery,
            source=event.source,
            reference=event.reference,
            position=event.position,
            outcome=event.outcome.value if event.outcome else None,
            score=event.score,
            fmr=event.fmr,
            fpir=event.fpir,
            threshold=event.threshold,
            model=event.model,
            policy=event.policy,
            quality=event.quality,
            software=event.software,
            observed=_measured(event),
            site=event.site,
            zone=event.zone,
            seen_until=event.seen_until,
            template_kept=template_kept,
            picture_kept=picture_kept,
        )


def _measured(event: Event) -> dict[str, float]:
    values = asdict(event.observed) if event.observed else {}
    return {name: value for name, value in values.items() if value is not None}


class ExportedReferenceNote(Model):
    """A reference without its template, unless that was asked for."""

    id: Identifier
    gallery: str
    created_at: datetime
    model: str
    quality: Number | None
    external_id: str
    image_id: Identifier | None
    box: tuple[float, float, float, float] | None = Field(description="Left, top, width, height as shares.")
    images: tuple[str, ...] = Field(description="What is kept beside it: sample, photo.")
    template: str | None = Field(description="float32, little-endian, base64; null: not asked for.")


class SubjectExportDocument(Document):
    """Everything that is kept about one subject."""

    title: ClassVar[str] = "subjects export"
    kind: Literal["visavis.subject-export/1"] = Field(default="visavis.subject-export/1", alias="schema")
    exported_at: datetime
    software: str
    subject: str
    subject_id: Identifier
    subject_kind: str
    created_at: datetime
    galleries: tuple[str, ...]
    consents: tuple[ConsentEntry, ...]
    references: tuple[ExportedReferenceNote, ...]
    events: tuple[ExportedEventNote, ...]
    corrections: tuple[CorrectionNote, ...] = Field(description="What people put right about it.")
    receipts: tuple[ReceiptDocument, ...]
    audit: tuple[AuditLine, ...]
    passages: tuple[AccessNote, ...] = Field(default=(), description="Decisions at doors.")
    alerts: tuple[AlertNote, ...] = Field(default=(), description="Alerts about it.")
    attendance: tuple[AttendanceCorrectionNote, ...] = Field(
        default=(), description="Corrections of attendance, also those that were undone."
    )


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")

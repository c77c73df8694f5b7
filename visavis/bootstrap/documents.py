"""Documents of governance, made of what the use cases return."""

from collections.abc import Sequence
from datetime import datetime

from visavis.application.consent import Revocation
from visavis.application.export_subject import ExportedReference, SubjectExport
from visavis.application.ports.consents import Receipt
from visavis.application.retain import Retention
from visavis.domain.consent import Consent
from visavis.domain.subject import SubjectId
from visavis.wire.access import AccessNote, AttendanceCorrectionNote
from visavis.wire.alert_notes import AlertNote
from visavis.wire.corrections import CorrectionNote
from visavis.wire.governance import (
    AuditLine,
    ConsentEntry,
    ConsentsDocument,
    ExportedEventNote,
    ExportedReferenceNote,
    ReceiptDocument,
    RetainedGallery,
    RetentionDocument,
    RevocationDocument,
    SubjectExportDocument,
    base64_of,
)


def receipt_document(receipt: Receipt) -> ReceiptDocument:
    return ReceiptDocument.of(
        str(receipt.id),
        str(receipt.subject_id),
        receipt.erased_at,
        receipt.document,
        receipt.signature,
        receipt.public_key,
    )


def consents_document(
    consents: Sequence[Consent], names: dict[SubjectId, str], now: datetime, *, next_after: str | None = None
) -> ConsentsDocument:
    return ConsentsDocument(
        consents=tuple(
            ConsentEntry.of(one, subject=names.get(one.subject_id, ""), now=now) for one in consents
        ),
        next_after=next_after,
    )


def revocation_document(subject: str, purpose: str, done: Revocation) -> RevocationDocument:
    return RevocationDocument(
        subject=subject,
        subject_id=str(done.removed.subject_id),
        purpose=purpose,
        consents=len(done.consents),
        references=done.removed.references,
        galleries=done.removed.galleries,
        erased=done.removed.whole,
        receipt=receipt_document(done.receipt) if done.receipt else None,
    )


def retention_document(done: Retention) -> RetentionDocument:
    return RetentionDocument(
        dry_run=done.dry_run,
        galleries=tuple(
            RetainedGallery(
                gallery=one.gallery.name if one.gallery else None,
                references=one.references,
                events=one.events,
            )
            for one in done.galleries
        ),
        consents=done.consents,
    )


def subject_export_document(
    exported: SubjectExport, *, now: datetime, software: str
) -> SubjectExportDocument:
    subject = exported.subject
    return SubjectExportDocument(
        exported_at=now,
        software=software,
        subject=subject.name,
        subject_id=str(subject.id),
        subject_kind=subject.kind.value,
        created_at=subject.created_at,
        galleries=tuple(gallery.name for gallery in exported.galleries),
        consents=tuple(ConsentEntry.of(one, subject=subject.name, now=now) for one in exported.consents),
        references=tuple(_reference(one) for one in exported.references),
        events=tuple(
            ExportedEventNote.of(
                event,
                template_kept=event.id in exported.probes,
                picture_kept=event.id in exported.pictures,
            )
            for event in exported.events
        ),
        corrections=tuple(
            CorrectionNote.of(
                one, {subject.id: subject.name}, {place.id: place.name for place in exported.galleries}
            )
            for one in exported.corrections
        ),
        receipts=tuple(receipt_document(one) for one in exported.receipts),
        audit=tuple(AuditLine.of(entry) for entry in exported.audit),
        passages=tuple(AccessNote.of(one, subject.name) for one in exported.passages),
        alerts=tuple(AlertNote.of(one, subject.name) for one in exported.alerts),
        attendance=tuple(AttendanceCorrectionNote.of(one) for one in exported.attendance),
    )


def _reference(one: ExportedReference) -> ExportedReferenceNote:
    details = one.summary.details
    template = one.template
    return ExportedReferenceNote(
        id=str(one.summary.id),
        gallery=one.gallery.name,
        created_at=one.summary.created_at,
        model=one.gallery.model.key,
        quality=one.summary.quality,
        external_id=details.external_id,
        image_id=str(details.image_id) if details.image_id else None,
        box=details.box,
        images=tuple(kind.value for kind in one.images),
        template=base64_of(template.vector.astype("<f4").tobytes()) if template else None,
    )

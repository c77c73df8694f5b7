"""Consents and the receipts of removals."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.service import allowed
from visavis.bootstrap.documents import receipt_document
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.consent import ConsentId
from visavis.domain.errors import ConsentNotFound, ReceiptNotFound, SubjectNotFound
from visavis.domain.subject import SubjectId
from visavis.wire.governance import ReceiptDocument
from visavis.wire.v1.governance import (
    ConsentGrant,
    ConsentList,
    ConsentNote,
    ReceiptList,
    RevokedNote,
)
from visavis.wire.v1.values import PLAIN, Name

router = APIRouter(prefix="/v1", tags=["governance"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.CONSENTS_READ))]
Writing = Annotated[Platform, Depends(allowed(Permission.CONSENTS_WRITE))]


@router.get("/consents", summary="Consents", responses=failures(SubjectNotFound))
async def list_consents(
    platform: Reading,
    subject_id: Annotated[
        UUID | None, Query(description="Of this subject: all of them, on one page.")
    ] = None,
    purpose: Annotated[Name | None, Query(description="For this purpose only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ConsentList:
    """Valid and ended ones."""
    now = datetime.now(UTC)
    if subject_id is not None:
        await platform.visible(SubjectId(subject_id))
        found = await platform.consents.of_subject(SubjectId(subject_id))
        wanted = [one for one in found if purpose in (None, one.purpose)]
        return ConsentList(consents=tuple(ConsentNote.of(one, now) for one in wanted))
    platform.principal.require_everywhere()
    after = ConsentId(uuid_of(place_of(cursor))) if cursor else None
    page = await platform.consents.page(purpose=purpose, after=after, limit=limit + 1)
    more = len(page) > limit
    return ConsentList(
        consents=tuple(ConsentNote.of(one, now) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if more else None,
    )


@router.post("/consents", status_code=201, summary="Record a consent", responses=failures(SubjectNotFound))
async def grant_consent(platform: Writing, grant: ConsentGrant) -> ConsentNote:
    """From now on the subject may be enrolled in galleries that require this purpose."""
    subject = SubjectId(grant.subject_id)
    await platform.visible(subject)
    made = await platform.consents.grant(
        subject,
        purpose=grant.purpose,
        text_version=grant.text_version,
        evidence=grant.evidence,
        expires_at=grant.expires_at,
    )
    return ConsentNote.of(made, datetime.now(UTC))


@router.get("/consents/{consent_id}", summary="One consent", responses=failures(ConsentNotFound))
async def get_consent(platform: Reading, consent_id: UUID) -> ConsentNote:
    """Whether it is valid, and since when it is not."""
    found = await platform.consents.get(ConsentId(consent_id))
    await platform.visible(found.subject_id)
    return ConsentNote.of(found, datetime.now(UTC))


@router.post(
    "/consents/{consent_id}/revoke",
    summary="Revoke a consent",
    responses=failures(ConsentNotFound, SubjectNotFound),
)
async def revoke_consent(
    platform: Writing,
    consent_id: UUID,
    erase: Annotated[bool, Query(description="Erase the whole subject.")] = False,
    reason: Annotated[
        str, Query(max_length=500, pattern=PLAIN, description="Stands in the receipt; no names.")
    ] = "",
) -> RevokedNote:
    """Removes at once what galleries that require this purpose keep of the subject; the receipt proves it."""
    found = await platform.consents.get(ConsentId(consent_id))
    await platform.visible(found.subject_id, wholly=True)
    if erase:
        platform.principal.require(Permission.SUBJECTS_ERASE)
    done = await platform.consents.revoke(ConsentId(consent_id), reason=reason, erase=erase)
    now = datetime.now(UTC)
    return RevokedNote(
        consents=tuple(ConsentNote.of(one, now) for one in done.consents),
        references=done.removed.references,
        subject_removed=done.removed.whole,
        receipt=receipt_document(done.receipt) if done.receipt else None,
    )


@router.get("/receipts", summary="Receipts of removals", responses=failures())
async def list_receipts(platform: Reading, limit: Limit = 100, cursor: Cursor = None) -> ReceiptList:
    """The latest first."""
    platform.principal.require_everywhere()
    after = uuid_of(place_of(cursor)) if cursor else None
    page = await platform.receipts.page(after=after, limit=limit + 1)
    more = len(page) > limit
    return ReceiptList(
        receipts=tuple(receipt_document(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if more else None,
    )


@router.get("/receipts/{receipt_id:uuid}", summary="One receipt", responses=failures(ReceiptNotFound))
async def get_receipt(platform: Reading, receipt_id: UUID) -> ReceiptDocument:
    """docs/howto/verify-a-receipt.md has a script that verifies it without this server."""
    platform.principal.require_everywhere()
    return receipt_document(await platform.receipts.get(receipt_id))

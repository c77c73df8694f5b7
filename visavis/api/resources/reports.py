"""Reports of evaluations and audits, signatures, and the state of the keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from visavis.api.documented import failures
from visavis.api.guard import larger_json
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.service import allowed
from visavis.application.ports.kept_reports import ReportFilter
from visavis.bootstrap.kept_reports import inner, read_report
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import AlreadyExists, ReportNotFound
from visavis.domain.report import MOST_REPORT_BYTES, ReportId, ReportKind, StoredReport
from visavis.wire.v1.reports import (
    EncryptionState,
    KeyStateNote,
    ReportDetail,
    ReportList,
    ReportNote,
    ReportUpload,
    SignatureNote,
    SignedFile,
)
from visavis.wire.v1.values import PLAIN, Name

router = APIRouter(prefix="/v1", tags=["governance"], route_class=IdempotentRoute)

_MOST_BODY = 3 * MOST_REPORT_BYTES  #: quotes in JSON are escaped
Reading = Annotated[Platform, Depends(allowed(Permission.METRICS_READ))]
Managing = Annotated[Platform, Depends(allowed(Permission.MODELS_MANAGE))]
_INERT = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""What came from outside is data for whoever downloads it, and nothing that this origin runs."""


@router.get("/reports", summary="Reports", responses=failures())
async def list_reports(
    platform: Reading,
    kind: Annotated[ReportKind | None, Query(description="Of this kind only.")] = None,
    pack: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="About this model pack only.")
    ] = None,
    gallery: Annotated[Name | None, Query(description="About this gallery only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReportList:
    """Evaluations, comparisons and audits of bias that were handed in, the latest first, with their key figures."""
    after = place_of(cursor)
    page = await platform.reports.page(
        ReportFilter(kind=kind, pack=pack, gallery=gallery, galleries=platform.principal.galleries),
        after=ReportId(uuid_of(after)) if after else None,
        limit=limit + 1,
    )
    return ReportList(
        reports=tuple(ReportNote.of(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].id)) if len(page) > limit else None,
    )


@router.post("/reports", status_code=201, summary="Keep a report", responses=failures(AlreadyExists))
@larger_json(_MOST_BODY)
async def add_report(platform: Managing, upload: ReportUpload) -> ReportNote:
    """A document that `visavis evaluate` wrote. A signature is verified; its digest goes into the audit log."""
    new = read_report(upload.content, title=upload.title)
    if new.gallery:
        platform.principal.require_gallery(new.gallery)
    else:
        platform.principal.require_everywhere()
    return ReportNote.of(await platform.reports.add(new))


@router.get("/reports/{report_id}", summary="One report", responses=failures(ReportNotFound))
async def get_report(platform: Reading, report_id: UUID) -> ReportDetail:
    """With everything that it says."""
    found = await _visible(platform, report_id)
    return ReportDetail(report=ReportNote.of(found), content=inner(await platform.reports.text(found)))


@router.get(
    "/reports/{report_id}/file",
    summary="The file of a report",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}, "example": {}}}},
        **failures(ReportNotFound),
    },
)
async def get_report_file(platform: Reading, report_id: UUID) -> Response:
    """Byte for byte as it came, so that its signature can be verified elsewhere."""
    found = await _visible(platform, report_id)
    return Response(
        await platform.reports.text(found),
        media_type="application/json",
        headers=_INERT | {"Content-Disposition": f'attachment; filename="{found.kind}-{found.id}.json"'},
    )


@router.delete(
    "/reports/{report_id}", status_code=204, summary="Remove a report", responses=failures(ReportNotFound)
)
async def remove_report(platform: Managing, report_id: UUID) -> None:
    """The audit log still has its digest."""
    found = await _visible(platform, report_id)
    await platform.reports.remove(found.id)


@router.post("/receipts/verify", summary="Verify a signed file", responses=failures())
@larger_json(_MOST_BODY)
async def verify_receipt(
    platform: Annotated[Platform, Depends(allowed(Permission.CONSENTS_READ))], file: SignedFile
) -> SignatureNote:
    """A receipt or an audit of bias: whether it is as it was signed, and whether this installation signed it."""
    found, own = await platform.verify_signed(file.content)
    return SignatureNote.of(found, own=own)


@router.get("/encryption", summary="The state of the keys", responses=failures())
async def get_encryption(
    platform: Annotated[Platform, Depends(allowed(Permission.AUDIT_READ))],
) -> EncryptionState:
    """Which data keys there are, how old they are, and whether a rotation is under way. No secret is in it."""
    platform.principal.require_everywhere()
    found = await platform.look_at_keys()
    return EncryptionState(
        keys=tuple(KeyStateNote.of(one) for one in found.keys), fingerprint=found.fingerprint
    )


async def _visible(platform: Platform, report_id: UUID) -> StoredReport:
    """Raises `ReportNotFound`, also for reports about galleries that the caller may not use."""
    found = await platform.reports.get(ReportId(report_id))
    if found.gallery and not platform.principal.reaches(found.gallery):
        raise ReportNotFound
    return found

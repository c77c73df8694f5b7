"""Retention, the audit log, and everything about one subject."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.service import allowed
from visavis.application.ports.audit import AuditFilter, Named
from visavis.bootstrap.documents import subject_export_document
from visavis.bootstrap.governance import software
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.audit import actions_of
from visavis.domain.errors import SubjectNotFound
from visavis.domain.subject import SubjectId
from visavis.wire.governance import SubjectExportDocument
from visavis.wire.v1.governance import AuditList, AuditNote, AuditVerified, RetentionNote, RetentionRun
from visavis.wire.v1.values import LARGEST, Moment, Text

router = APIRouter(prefix="/v1", tags=["governance"], route_class=IdempotentRoute)

Auditing = Annotated[Platform, Depends(allowed(Permission.AUDIT_READ))]


@router.post("/retention/run", summary="Apply retention now", responses=failures())
async def apply_retention(
    platform: Annotated[Platform, Depends(allowed(Permission.RETENTION_MANAGE))],
    dry_run: Annotated[bool, Query(description="Only say what would be removed.")] = False,
) -> RetentionRun:
    """What policies and consents no longer cover. The worker does this every hour by itself."""
    platform.principal.require_everywhere()
    done = await platform.retain(dry_run=dry_run)
    return RetentionRun(
        dry_run=dry_run,
        consents=done.consents,
        galleries=tuple(
            RetentionNote(
                gallery=one.gallery.name if one.gallery else None,
                references=one.references,
                events=one.events,
            )
            for one in done.galleries
        ),
    )


def _wanted(
    action: Annotated[
        Text | None,
        Query(description="One as `gallery.created`, or all about one kind of thing as `gallery`."),
    ] = None,
    actor: Annotated[
        Text | None,
        Query(description="By whom: `user:4711`, `user:` for all users, or the identifier alone."),
    ] = None,
    target: Annotated[
        Text | None,
        Query(description="On what: `subject:4711`, `subject:` for all of them, or the identifier alone."),
    ] = None,
    since: Annotated[Moment | None, Query(description="At that time or later.")] = None,
    until: Annotated[Moment | None, Query(description="Before that time.")] = None,
) -> AuditFilter:
    """What is left out or empty means any."""
    return AuditFilter(
        actions=actions_of(action) if action else None,
        actor=Named.parse(actor) if actor else None,
        target=Named.parse(target) if target else None,
        since=since,
        until=until,
    )


@router.get("/audit", summary="The audit log", responses=failures())
async def list_audit(
    platform: Auditing,
    wanted: Annotated[AuditFilter, Depends(_wanted)],
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST, description="Entries above this sequence, the oldest first.")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AuditList:
    """The newest first, or from `after` on in order."""
    platform.principal.require_everywhere()
    if after is not None:
        start = max(after, number_of(cursor) or 0)
        page = await platform.audit.page(wanted, after=start, limit=limit + 1)
    else:
        page = await platform.audit.latest(wanted, before=number_of(cursor), limit=limit + 1)
    more = len(page) > limit
    return AuditList(
        entries=tuple(AuditNote.of(entry) for entry in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].sequence)) if more else None,
    )


@router.get("/audit/verify", summary="Verify the audit log", responses=failures())
async def verify_audit(platform: Auditing) -> AuditVerified:
    """Computes every digest anew; the first entry that does not fit is named."""
    platform.principal.require_everywhere()
    report = await platform.audit.verify()
    return AuditVerified(
        intact=report.intact,
        entries=report.entries,
        broken=report.broken,
        problem=report.problem,
        sequence=report.head.sequence,
        digest=report.head.digest,
    )


@router.get(
    "/audit/export",
    summary="Export the audit log",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string"},
                    "example": '{"sequence":1,"action":"gallery.created"}\n{"head":{"sequence":1}}\n',
                }
            }
        },
        **failures(),
    },
)
async def export_audit(
    platform: Auditing,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="Entries above this sequence.")] = 0,
) -> StreamingResponse:
    """One JSON object a line; the last one is the signed end of the chain. The export is audited itself."""
    platform.principal.require_everywhere()
    lines = (line + "\n" async for line in platform.audit.export(after=after))
    return StreamingResponse(lines, media_type="application/x-ndjson")


@router.get(
    "/subjects/{subject_id}/export", summary="Everything about a subject", responses=failures(SubjectNotFound)
)
async def export_subject(
    platform: Annotated[Platform, Depends(allowed(Permission.SUBJECTS_EXPORT))], subject_id: UUID
) -> SubjectExportDocument:
    """For the subject's own request for access: what is kept, since when, on what grounds. It is audited."""
    platform.principal.require_everywhere()
    exported = await platform.export_subject(SubjectId(subject_id))
    return subject_export_document(exported, now=datetime.now(UTC), software=software())

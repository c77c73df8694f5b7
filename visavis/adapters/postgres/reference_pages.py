"""Pages of references, for looking at them."""

from collections.abc import Sequence

from psycopg import sql

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.sealing import SEALED_COLUMNS
from visavis.application.ports.store import ReferenceSummary
from visavis.domain.subject import Reference, ReferenceId, SubjectId, SubjectKind, TenantId

_SUBJECTS = "SELECT subject_id, name, kind FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)"


def page_query(
    *,
    subject_id: SubjectId | None,
    ids: Sequence[ReferenceId] | None,
    after: ReferenceId | None,
    offset: int,
    limit: int,
) -> tuple[sql.Composed, dict[str, object]]:
    """Only the conditions that are set, so that the database can choose an index; lacks tenant and gallery."""
    conditions = [sql.SQL("r.tenant_id = %(tenant)s"), sql.SQL("r.gallery_id = %(gallery)s")]
    if subject_id is not None:
        conditions.append(sql.SQL("r.subject_id = %(subject)s"))
    if ids is not None:
        conditions.append(sql.SQL("r.reference_id = ANY(%(ids)s)"))
    if after is not None:
        conditions.append(sql.SQL("r.reference_id > %(after)s"))
    query = sql.SQL(
        "SELECT {columns} FROM subject_references AS r WHERE {where}"
        " ORDER BY r.reference_id LIMIT %(limit)s OFFSET %(offset)s"
    )
    names: dict[str, object] = {
        "subject": subject_id,
        "ids": None if ids is None else list(ids),
        "after": after,
        "limit": limit,
        "offset": offset,
    }
    return query.format(columns=sql.SQL(SEALED_COLUMNS), where=sql.SQL(" AND ").join(conditions)), names


async def summaries(
    connection: Connection, tenant: TenantId, references: Sequence[Reference]
) -> list[ReferenceSummary]:
    """With the names of those subjects that still exist."""
    wanted = list({reference.subject_id for reference in references})
    rows = await connection.execute(_SUBJECTS, (tenant, wanted))
    subjects = {SubjectId(one): (name, SubjectKind(kind)) async for one, name, kind in rows}
    return [
        _summary(reference, *subjects[reference.subject_id])
        for reference in references
        if reference.subject_id in subjects
    ]


def _summary(reference: Reference, subject: str, kind: SubjectKind) -> ReferenceSummary:
    return ReferenceSummary(
        id=reference.id,
        gallery_id=reference.gallery_id,
        subject_id=reference.subject_id,
        subject=subject,
        kind=kind,
        quality=reference.template.quality,
        details=reference.details,
        created_at=reference.created_at,
    )

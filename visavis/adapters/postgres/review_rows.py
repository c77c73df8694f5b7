"""Reviews as rows, and the queries of pages of them."""

from collections.abc import Sequence
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.application.ports.reviews import ReviewFilter, ReviewPlace
from visavis.domain.decision import Outcome
from visavis.domain.event import EventId
from visavis.domain.liveness import AttackFinding, Doubt
from visavis.domain.review import Opinion, ReviewCase, ReviewKind, ReviewState
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, TenantId

COLUMNS: Final = """
    event_id, gallery_id, kind, candidate_id, reference_id, needed, state, split, opened_at, decided_at, claimed_by,
    claimed_until, attack_score, attack_threshold, attack_detector, attack_instrument
"""
OPINION_COLUMNS: Final = "event_id, given_by, given_at, verdict, subject_id, reason, final"

_CONDITIONS: Final = (
    ("gallery", "r.gallery_id = %(gallery)s"),
    (
        "galleries",
        "EXISTS (SELECT FROM galleries AS g WHERE g.tenant_id = r.tenant_id AND g.gallery_id = r.gallery_id"
        " AND g.name = ANY(%(galleries)s))",
    ),
    ("kind", "r.kind = %(kind)s"),
    ("states", "r.state = ANY(%(states)s)"),
    (
        "actor",
        "NOT (r.claimed_by <> '' AND r.claimed_by <> %(actor)s AND r.claimed_until > %(now)s) AND NOT EXISTS ("
        "SELECT FROM review_opinions AS o WHERE o.tenant_id = r.tenant_id AND o.event_id = r.event_id"
        " AND o.given_by = %(actor)s)",
    ),
)
_AFTER: Final = "(r.opened_at, r.event_id) > (%(opened_at)s, %(event)s)"
_BEFORE: Final = "(r.opened_at, r.event_id) < (%(opened_at)s, %(event)s)"


def row_of(case: ReviewCase) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return (
        case.event_id,
        case.gallery_id,
        case.kind,
        case.candidate,
        case.reference_id,
        case.needed,
        case.state,
        case.split,
        case.opened_at,
        case.decided_at,
        case.claimed_by,
        case.claimed_until,
        *_doubt_row(case.doubt),
    )


def _doubt_row(doubt: Doubt | None) -> tuple[object, ...]:
    if doubt is None:
        return (None, None, None, None)
    return (doubt.finding.score, doubt.threshold, doubt.finding.detector, doubt.finding.instrument)


def case_of(row: TupleRow, opinions: Sequence[Opinion] = ()) -> ReviewCase:
    """The case of a row of `COLUMNS`."""
    event, gallery, kind, candidate, reference, needed, state, split, opened, decided, by, until = row[:12]
    return ReviewCase(
        event_id=EventId(event),
        gallery_id=GalleryId(gallery),
        kind=ReviewKind(kind),
        candidate=SubjectId(candidate) if candidate else None,
        reference_id=ReferenceId(reference) if reference else None,
        needed=needed,
        state=ReviewState(state),
        split=split,
        opened_at=opened,
        decided_at=decided,
        claimed_by=by,
        claimed_until=until,
        opinions=tuple(opinions),
        doubt=_doubt_of(row[12:]),
    )


def _doubt_of(row: TupleRow) -> Doubt | None:
    score, threshold, detector, instrument = row
    if score is None:
        return None
    finding = AttackFinding(score=score, detector=detector, instrument=instrument)
    return Doubt(finding=finding, threshold=threshold)


def opinion_of(row: TupleRow) -> Opinion:
    """The opinion of a row of `OPINION_COLUMNS`."""
    event, by, at, verdict, subject, reason, final = row
    return Opinion(
        event_id=EventId(event),
        by=by,
        at=at,
        verdict=Outcome(verdict),
        subject_id=SubjectId(subject) if subject else None,
        reason=reason,
        final=final,
    )


def conditions(tenant: TenantId, wanted: ReviewFilter) -> tuple[list[sql.Composable], dict[str, object]]:
    """Only those that are set."""
    given: dict[str, object] = {
        "gallery": wanted.gallery_id,
        "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
        "kind": wanted.kind,
        "states": None if wanted.states is None else sorted(wanted.states),
        "actor": wanted.left_to,
    }
    found: list[sql.Composable] = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
    return found, given | {"tenant": tenant, "now": wanted.now}


def page_query(
    tenant: TenantId, wanted: ReviewFilter, *, after: ReviewPlace | None, latest: bool, limit: int
) -> tuple[sql.Composed, dict[str, object]]:
    """Behind the case at which the page before ended."""
    found, given = conditions(tenant, wanted)
    if after is not None:
        found.append(sql.SQL(_BEFORE if latest else _AFTER))
        given |= {"opened_at": after.opened_at, "event": after.event_id}
    order = sql.SQL("r.opened_at DESC, r.event_id DESC" if latest else "r.opened_at, r.event_id")
    query = sql.SQL(
        "SELECT {columns} FROM reviews AS r WHERE {conditions} ORDER BY {order} LIMIT %(limit)s"
    ).format(
        columns=sql.SQL(COLUMNS),
        conditions=sql.SQL(" AND ").join([sql.SQL("r.tenant_id = %(tenant)s"), *found]),
        order=order,
    )
    return query, given | {"limit": limit}

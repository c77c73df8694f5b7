"""Events as rows, and the query of a page of them."""

from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.application.ports.events import EventFilter
from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.observation import Observation
from visavis.domain.subject import GalleryId, SubjectId, TenantId

COLUMNS: Final = """
    event_id, sequence, kind, captured_at, recorded_at, gallery_id, gallery, source, reference, position, outcome,
    subject_id, score, measure, fmr, fpir, threshold, model, policy, searched, quality, reasons, box, software,
    request, job_id, verdict, observed, site, zone, direction, track, seen_until, frames, revision
"""
_NAMES: Final = tuple(name.strip() for name in COLUMNS.split(","))
PLACEHOLDERS: Final = ", ".join(["%s"] * len(_NAMES))

_KEPT: Final = frozenset({"event_id", "recorded_at"})  #: never change
REVISED: Final = ", ".join(f"{name} = %s" for name in _NAMES if name not in _KEPT)

_CONDITIONS: Final = (
    ("gallery_id", "gallery_id = %(gallery_id)s"),
    ("galleries", "gallery = ANY(%(galleries)s)"),
    ("subject_id", "subject_id = %(subject_id)s"),
    ("source", "source = %(source)s"),
    ("site", "site = %(site)s"),
    ("zone", "zone = %(zone)s"),
    ("reference", "reference = %(reference)s AND reference <> ''"),
    ("track", "track = %(track)s"),
    (
        "unknown",
        "(outcome IS NOT DISTINCT FROM 'non_match' OR EXISTS (SELECT FROM subjects AS s WHERE s.tenant_id = %(tenant)s"
        " AND s.subject_id = events.subject_id AND s.kind = 'anonymous')) = %(unknown)s",
    ),
    ("kind", "kind = %(kind)s"),
    ("outcome", "outcome = %(outcome)s"),
    ("since", "captured_at >= %(since)s"),
    ("until", "captured_at < %(until)s"),
    ("before", "sequence < %(before)s"),
    ("after", "sequence > %(after)s"),
)


def columns_of(event: Event) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return (
        event.id,
        event.sequence,
        event.kind,
        event.captured_at,
        event.recorded_at,
        event.gallery_id,
        event.gallery,
        event.source,
        event.reference,
        event.position,
        event.outcome,
        event.subject_id,
        event.score,
        event.measure,
        event.fmr,
        event.fpir,
        event.threshold,
        event.model,
        event.policy,
        event.searched,
        event.quality,
        list(event.reasons),
        [float(side) for side in event.box] if event.box else None,
        event.software,
        event.request,
        event.job_id,
        event.verdict,
        list(event.observed.numbers) if event.observed else None,
        event.site,
        event.zone,
        event.direction,
        event.track,
        event.seen_until,
        event.frames,
        event.revision,
    )


def revised_of(event: Event) -> tuple[object, ...]:
    """In the order of `REVISED`."""
    return tuple(value for name, value in zip(_NAMES, columns_of(event), strict=True) if name not in _KEPT)


def event_of(row: TupleRow) -> Event:
    """The event of a row of `COLUMNS`."""
    named = dict(zip(_NAMES, row, strict=True))
    gallery_id, subject_id = named["gallery_id"], named["subject_id"]
    outcome, verdict, box = named["outcome"], named["verdict"], named["box"]
    observed = named["observed"]
    return Event(
        id=EventId(named["event_id"]),
        kind=EventKind(named["kind"]),
        captured_at=named["captured_at"],
        recorded_at=named["recorded_at"],
        gallery_id=GalleryId(gallery_id) if gallery_id else None,
        gallery=named["gallery"],
        source=named["source"],
        reference=named["reference"],
        position=named["position"],
        outcome=Outcome(outcome) if outcome else None,
        subject_id=SubjectId(subject_id) if subject_id else None,
        score=named["score"],
        measure=named["measure"],
        fmr=named["fmr"],
        fpir=named["fpir"],
        threshold=named["threshold"],
        model=named["model"],
        policy=named["policy"],
        searched=named["searched"],
        quality=named["quality"],
        reasons=tuple(named["reasons"]),
        box=tuple(box) if box else None,
        software=named["software"],
        request=named["request"],
        job_id=named["job_id"],
        verdict=Outcome(verdict) if verdict else None,
        observed=None if observed is None else Observation.of_numbers(observed),
        sequence=named["sequence"],
        site=named["site"],
        zone=named["zone"],
        direction=Direction(named["direction"]),
        track=named["track"],
        seen_until=named["seen_until"],
        frames=named["frames"],
        revision=named["revision"],
    )


def page_query(
    tenant: TenantId, wanted: EventFilter, *, before: int | None, after: int | None, limit: int
) -> tuple[sql.Composed, dict[str, object]]:
    where, given = conditions_of(tenant, wanted, before=before, after=after)
    query = sql.SQL(
        "SELECT {columns} FROM events WHERE {where} ORDER BY sequence {direction} LIMIT %(limit)s"
    )
    return query.format(
        columns=sql.SQL(COLUMNS),
        where=where,
        direction=sql.SQL("DESC" if after is None else "ASC"),
    ), {**given, "limit": limit}


def conditions_of(
    tenant: TenantId, wanted: EventFilter, *, before: int | None = None, after: int | None = None
) -> tuple[sql.Composed, dict[str, object]]:
    """Only the conditions that are set, so that the database can choose an index for them."""
    given: dict[str, object] = {
        "gallery_id": wanted.gallery_id,
        "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
        "subject_id": wanted.subject_id,
        "source": wanted.source,
        "site": wanted.site,
        "zone": wanted.zone,
        "reference": wanted.reference,
        "track": wanted.track,
        "unknown": wanted.unknown,
        "kind": wanted.kind,
        "outcome": wanted.outcome,
        "since": wanted.since,
        "until": wanted.until,
        "before": before,
        "after": after,
    }
    conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
    where = sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions])
    return where, {**given, "tenant": tenant}

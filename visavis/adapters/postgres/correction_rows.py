"""Corrections as rows, and what undoing them needs as JSON."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.application.ports.corrections import CorrectionFilter
from visavis.domain.correction import Correction, CorrectionId, CorrectionKind, DenialId, EventMark, Undo
from visavis.domain.decision import Outcome
from visavis.domain.errors import SchemaMismatch
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, ReferenceId, Subject, SubjectId, SubjectKind, TenantId

COLUMNS: Final = """
    correction_id, sequence, kind, subject_id, other_id, gone_id, event_id, gallery_ids, made_at, made_by, expires_at,
    note, undo, undone_at, undone_by
"""
_CONDITIONS: Final = (
    ("kind", "kind = %(kind)s"),
    ("subject", "(subject_id = %(subject)s OR other_id = %(subject)s OR gone_id = %(subject)s)"),
    ("event", "event_id = %(event)s"),
    ("within", "gallery_ids <@ %(within)s::uuid[] AND cardinality(gallery_ids) > 0"),
    ("undone", "(undone_at IS NOT NULL) = %(undone)s"),
    ("before", "sequence < %(before)s"),
)


def row_of(correction: Correction) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return (
        correction.id,
        correction.sequence,
        correction.kind,
        correction.subject_id,
        correction.other_id,
        correction.gone_id,
        correction.event_id,
        list(correction.galleries),
        correction.made_at,
        correction.made_by,
        correction.expires_at,
        correction.note,
        undo_to_json(correction.undo),
        correction.undone_at,
        correction.undone_by,
    )


def correction_of(row: TupleRow) -> Correction:
    """The correction of a row of `COLUMNS`."""
    (
        correction_id,
        sequence,
        kind,
        subject_id,
        other_id,
        gone_id,
        event_id,
        galleries,
        made_at,
        made_by,
        expires_at,
        note,
        undo,
        undone_at,
        undone_by,
    ) = row
    return Correction(
        id=CorrectionId(correction_id),
        sequence=sequence,
        kind=CorrectionKind(kind),
        subject_id=SubjectId(subject_id),
        other_id=SubjectId(other_id) if other_id else None,
        gone_id=SubjectId(gone_id) if gone_id else None,
        event_id=EventId(event_id) if event_id else None,
        galleries=tuple(GalleryId(one) for one in galleries),
        made_at=made_at,
        made_by=made_by,
        expires_at=expires_at,
        note=note,
        undo=undo_from_json(undo),
        undone_at=undone_at,
        undone_by=undone_by,
    )


def page_query(
    tenant: TenantId, wanted: CorrectionFilter, *, before: int | None, limit: int
) -> tuple[sql.Composed, dict[str, object]]:
    given: dict[str, object] = {
        "kind": wanted.kind,
        "subject": wanted.subject_id,
        "event": wanted.event_id,
        "within": None if wanted.within is None else sorted(wanted.within),
        "undone": wanted.undone,
        "before": before,
    }
    conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
    query = sql.SQL(
        "SELECT {columns} FROM corrections WHERE {where} ORDER BY sequence DESC LIMIT %(limit)s"
    ).format(
        columns=sql.SQL(COLUMNS),
        where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
    )
    return query, {**given, "tenant": tenant, "limit": limit}


def undo_to_json(undo: Undo) -> str:
    """Field by field, so that a new one cannot be lost unseen."""
    return json.dumps(
        {
            "before": _mark_json(undo.before),
            "after": _mark_json(undo.after),
            "made": _text(undo.made),
            "gone": _subject_json(undo.gone),
            "renamed": _subject_json(undo.renamed),
            "references": _texts(undo.references),
            "parked": _texts(undo.parked),
            "denials": _texts(undo.denials),
            "places": _texts(undo.places),
            "joined": _texts(undo.joined),
            "moved": {kind: _texts(ids) for kind, ids in undo.moved},
        }
    )


def undo_from_json(stored: Mapping[str, object]) -> Undo:
    """Raises `SchemaMismatch`."""
    try:
        moved = _table(stored["moved"])
        return Undo(
            before=_mark(stored["before"]),
            after=_mark(stored["after"]),
            made=_optional(stored["made"]),
            gone=_subject(stored["gone"]),
            renamed=_subject(stored["renamed"]),
            references=tuple(ReferenceId(one) for one in _ids(stored["references"])),
            parked=tuple(ReferenceId(one) for one in _ids(stored["parked"])),
            denials=tuple(DenialId(one) for one in _ids(stored["denials"])),
            places=tuple(GalleryId(one) for one in _ids(stored["places"])),
            joined=tuple(GalleryId(one) for one in _ids(stored["joined"])),
            moved=tuple((str(kind), _ids(ids)) for kind, ids in moved.items()),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SchemaMismatch(
            "A correction has other fields than expected.",
            hint="Install the version of visavis that last used this database, or a later one.",
        ) from error


def _table(stored: object) -> Mapping[str, object]:
    if not isinstance(stored, dict):
        raise TypeError
    return stored


def _text(one: uuid.UUID | None) -> str | None:
    return None if one is None else str(one)


def _texts(ids: Sequence[uuid.UUID]) -> list[str]:
    return [str(one) for one in ids]


def _ids(stored: object) -> tuple[uuid.UUID, ...]:
    if not isinstance(stored, list):
        raise TypeError
    return tuple(uuid.UUID(str(one)) for one in stored)


def _optional(stored: object) -> SubjectId | None:
    return None if stored is None else SubjectId(uuid.UUID(str(stored)))


def _mark_json(mark: EventMark | None) -> dict[str, str | None] | None:
    if mark is None:
        return None
    return {"event": str(mark.event_id), "verdict": mark.verdict, "subject": _text(mark.subject_id)}


def _mark(stored: object) -> EventMark | None:
    if stored is None:
        return None
    if not isinstance(stored, dict):
        raise TypeError
    verdict = stored["verdict"]
    return EventMark(
        event_id=EventId(uuid.UUID(stored["event"])),
        verdict=None if verdict is None else Outcome(verdict),
        subject_id=_optional(stored["subject"]),
    )


def _subject_json(subject: Subject | None) -> dict[str, str] | None:
    if subject is None:
        return None
    return {
        "id": str(subject.id),
        "name": subject.name,
        "created_at": subject.created_at.isoformat(),
        "kind": subject.kind,
    }


def _subject(stored: object) -> Subject | None:
    if stored is None:
        return None
    if not isinstance(stored, dict):
        raise TypeError
    return Subject(
        id=SubjectId(uuid.UUID(stored["id"])),
        name=stored["name"],
        created_at=datetime.fromisoformat(stored["created_at"]),
        kind=SubjectKind(stored["kind"]),
    )

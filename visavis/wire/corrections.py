"""What people put right."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.correction import Correction, CorrectionKind
from visavis.domain.subject import GalleryId, SubjectId
from visavis.wire.model import Document, Identifier, Model


class CorrectedSubject(Model):
    """Somebody whom a correction is about."""

    id: Identifier
    name: str | None = Field(
        description="As it is called now, or was called before a merge; null if nobody knows."
    )


class CorrectionNote(Model):
    """One decision of a person, or of the platform where it merged duplicates."""

    id: Identifier
    sequence: int = Field(description="In the order in which they were made.")
    kind: CorrectionKind
    subject: CorrectedSubject = Field(description="Who was denied, assigned, merged into or split.")
    other: CorrectedSubject | None = Field(
        default=None,
        description="From whom the event was taken, who was split off, or who is no more since the merge.",
    )
    event_id: Identifier | None = None
    galleries: tuple[str, ...]
    made_at: datetime
    made_by: str
    note: str = ""
    remembered: bool = Field(
        description="Whether later decisions know the look: not, where the template of the event was gone."
    )
    references: int = Field(description="References that were added, or given to the other subject.")
    parked: int = Field(description="References that were taken out because there would have been too many.")
    events: int = Field(description="Further events that name the other subject now.")
    expires_at: datetime = Field(description="Until then it can be undone, and a denied look is known.")
    undone_at: datetime | None = None
    undone_by: str = ""

    @classmethod
    def of(
        cls,
        correction: Correction,
        names: Mapping[SubjectId, str],
        galleries: Mapping[GalleryId, str],
    ) -> Self:
        other, gone = correction.other_id or correction.gone_id, correction.undo.gone
        names = names if gone is None else {gone.id: gone.name, **names}
        return cls(
            id=str(correction.id),
            sequence=correction.sequence,
            kind=correction.kind,
            subject=_somebody(correction.subject_id, names),
            other=_somebody(other, names) if other else None,
            event_id=str(correction.event_id) if correction.event_id else None,
            galleries=tuple(sorted(galleries.values())),
            made_at=correction.made_at,
            made_by=correction.made_by,
            note=correction.note,
            remembered=correction.remembered,
            references=len(correction.undo.references),
            parked=len(correction.undo.parked),
            events=len(correction.undo.moved_of("events")),
            expires_at=correction.expires_at,
            undone_at=correction.undone_at,
            undone_by=correction.undone_by,
        )


class CorrectionsDocument(Document):
    """Corrections, the latest first: a page of them, or the one that was just made or undone."""

    title: ClassVar[str] = (
        "corrections list, corrections deny, corrections assign, corrections merge, corrections split, "
        "corrections undo"
    )
    kind: Literal["visavis.corrections/1"] = Field(default="visavis.corrections/1", alias="schema")
    corrections: tuple[CorrectionNote, ...]
    next_before: int | None = Field(default=None, description="Pass it to --before for the next page.")

    @classmethod
    def of(cls, corrections: Sequence[CorrectionNote], *, limit: int | None = None) -> Self:
        """Those of one page; one more than `limit` says that there is another."""
        more = limit is not None and len(corrections) > limit
        page = tuple(corrections[:limit])
        return cls(corrections=page, next_before=page[-1].sequence if more else None)


def _somebody(subject_id: SubjectId, names: Mapping[SubjectId, str]) -> CorrectedSubject:
    return CorrectedSubject(id=str(subject_id), name=names.get(subject_id))

"""What a person put right: "not this one", this one instead, two that are one, one that is two. And how to undo it."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType, TypeAlias

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import EventId
from visavis.domain.subject import GalleryId, ReferenceId, Subject, SubjectId
from visavis.domain.template import Template

CorrectionId = NewType("CorrectionId", uuid.UUID)
DenialId = NewType("DenialId", uuid.UUID)

Moved: TypeAlias = tuple[tuple[str, tuple[uuid.UUID, ...]], ...]
"""Rows that were given to another subject: what they are, as `events`, and their identifiers."""


class CorrectionKind(StrEnum):
    DENY = "deny"  #: the event does not show this subject
    ASSIGN = "assign"  #: the event shows that subject
    MERGE = "merge"  #: two subjects are one human
    SPLIT = "split"  #: one subject was two humans


def is_denied(score: float, denied: float, threshold: float) -> bool:
    """Whether a probe shows the human who was denied rather than the subject.

    `score` is that of the probe with the subject's references, `denied` the best with the looks that are not the
    subject, `threshold` that of a comparison 1:1. Both hypotheses are judged by the same calibrated comparison: a
    probe that would be verified as the denied human, and better than as the subject, is not the subject.
    """
    return denied >= threshold and denied > score


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Denial:
    """A look that is not the subject, although a search in this gallery took it for the subject.

    `shows_id` is the subject it does show, as far as that is known; `event_id` the event that it came from.
    """

    id: DenialId
    correction_id: CorrectionId
    gallery_id: GalleryId
    subject_id: SubjectId
    template: Template
    created_at: datetime
    shows_id: SubjectId | None = None
    event_id: EventId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMark:
    """What a person's decision about an event was at one time."""

    event_id: EventId
    verdict: Outcome | None
    subject_id: SubjectId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What is needed to take a correction back: identifiers and names, nothing biometric.

    `before` and `after` are the event before the correction and after it. `made` is the subject that the correction
    made, `gone` the one that it ended, `renamed` the one that stayed, as it was called before. `references` were
    added or given away, `joined` are galleries that the other subject became a member of, `places` those of the
    subject that is gone. `moved` are other rows that were given to another subject.
    """

    before: EventMark | None = None
    after: EventMark | None = None
    made: SubjectId | None = None
    gone: Subject | None = None
    renamed: Subject | None = None
    references: tuple[ReferenceId, ...] = ()
    parked: tuple[ReferenceId, ...] = ()
    denials: tuple[DenialId, ...] = ()
    places: tuple[GalleryId, ...] = ()
    joined: tuple[GalleryId, ...] = ()
    moved: Moved = ()

    def moved_of(self, kind: str) -> tuple[uuid.UUID, ...]:
        """Identifiers of rows of this kind that were moved."""
        return next((ids for name, ids in self.moved if name == kind), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One decision of a person, or of the platform where it merged duplicates.

    `subject_id` is who it is about: denied, assigned, merged into, or split. `other_id` is the subject that an event
    was taken from, or the one that was split off; `gone_id` one that was merged and is no more. `sequence` numbers
    the corrections of a tenant, 0 before it is kept. It can be undone until `expires_at`.
    """

    id: CorrectionId
    kind: CorrectionKind
    subject_id: SubjectId
    galleries: tuple[GalleryId, ...]
    made_at: datetime
    made_by: str
    expires_at: datetime
    undo: Undo
    other_id: SubjectId | None = None
    gone_id: SubjectId | None = None
    event_id: EventId | None = None
    note: str = ""
    undone_at: datetime | None = None
    undone_by: str = ""
    sequence: int = 0

    def __post_init__(self) -> None:
        if self.made_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")
        if len(self.note) > 500:
            raise ValueInvalid("A note has at most 500 characters.")

    @property
    def remembered(self) -> bool:
        """Whether later decisions know the look that was denied."""
        return bool(self.undo.denials) and self.undone_at is None

    @property
    def subjects(self) -> frozenset[SubjectId]:
        """Everybody whom it is about."""
        return frozenset({self.subject_id, self.other_id, self.gone_id} - {None})  # type: ignore[arg-type]

"""What was seen in photos: faces, a verification, an identification."""

from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.decision import CandidateList, Decision
from visavis.wire.decisions import CandidateNote, DecisionNote
from visavis.wire.errors import ErrorDocument
from visavis.wire.faces import FaceNote
from visavis.wire.model import Document, Identifier, Model
from visavis.wire.packs import PackUse


class DetectedPhoto(Model):
    """The faces of one photo, largest first, or why it could not be read."""

    photo: str
    width: int | None = Field(default=None, description="Of the upright original, pixels.")
    height: int | None = None
    faces: tuple[FaceNote, ...] = ()
    error: ErrorDocument | None = None


class DetectDocument(Document):
    """Faces found in photos."""

    title: ClassVar[str] = "detect"
    kind: Literal["visavis.detect/1"] = Field(default="visavis.detect/1", alias="schema")
    pack: PackUse
    photos: tuple[DetectedPhoto, ...]


class VerifySide(Model):
    """One side of a verification: a photo with its face, or an enrolled subject."""

    photo: str | None = None
    subject: str | None = None
    face: FaceNote | None = None
    reference_id: Identifier | None = Field(
        default=None, description="Of a subject: its nearest reference; null: the mean of all."
    )


class VerifyDocument(Document):
    """Whether two sides show the same human."""

    title: ClassVar[str] = "verify"
    kind: Literal["visavis.verify/1"] = Field(default="visavis.verify/1", alias="schema")
    decision: DecisionNote
    reference: VerifySide
    probe: VerifySide
    pack: PackUse
    gallery: str | None = None


class IdentifiedFace(Model):
    """A face and what was decided about it; a refused face has no decision."""

    subject: str | None = Field(description="The name, if the outcome is match; otherwise null.")
    face: FaceNote | None = Field(description="Null where a template was sent instead of a picture.")
    decision: DecisionNote | None = None
    candidates: tuple[CandidateNote, ...] = ()
    searched: int = Field(default=0, description="References in the gallery.")
    subjects: int = Field(default=0, description="Subjects in the gallery.")

    @classmethod
    def of(cls, face: FaceNote | None, decision: Decision | None, found: CandidateList | None) -> Self:
        """Only a match has a name; candidates of anything less are not an answer."""
        candidates = found.candidates if found else ()
        matched = decision is not None and decision.outcome.value == "match" and candidates
        return cls(
            subject=candidates[0].name if matched else None,
            face=face,
            decision=DecisionNote.of(decision) if decision else None,
            candidates=tuple(CandidateNote.of(one, rank) for rank, one in enumerate(candidates, 1)),
            searched=found.searched if found else 0,
            subjects=found.subjects if found else 0,
        )


class IdentifyResult(Model):
    """The faces of one photo, or the one human seen in several (`--together`)."""

    photos: tuple[str, ...]
    faces: tuple[IdentifiedFace, ...] = ()
    error: ErrorDocument | None = None


class IdentifyDocument(Document):
    """Who is in the photos, if anybody enrolled."""

    title: ClassVar[str] = "identify"
    kind: Literal["visavis.identify/1"] = Field(default="visavis.identify/1", alias="schema")
    gallery: str
    pack: PackUse
    results: tuple[IdentifyResult, ...]

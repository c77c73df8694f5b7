"""Whose references should be taken anew."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Identifier, Model, Number


class AgeingNote(Model):
    """A subject whose references should be taken anew."""

    subject: str
    subject_id: Identifier
    reasons: tuple[str, ...] = Field(description="old, low_quality, near_threshold, declining")
    text: str = Field(description="The reasons in words.")
    references: int
    age_days: int = Field(description="Of the youngest reference.")
    quality: Number | None = Field(description="Of the best reference, 0 to 100.")
    matches: int = Field(description="Matches since then that were looked at.")
    score: Number | None = Field(description="Mean of the last matches; null if there are too few.")
    earlier_score: Number | None = Field(description="Mean of the matches before these.")
    headroom: Number | None = Field(
        description="Decades of the false-match rate between the last matches and the threshold."
    )


class AgeingDocument(Document):
    """Subjects whose references should be taken anew, by name."""

    title: ClassVar[str] = "references ageing"
    kind: Literal["visavis.references-ageing/1"] = Field(
        default="visavis.references-ageing/1", alias="schema"
    )
    gallery: str
    at: datetime
    subjects: tuple[AgeingNote, ...]
    next_after: str | None = Field(default=None, description="Pass it to --after for the next page.")

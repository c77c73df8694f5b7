"""What became of photos that were to be enrolled."""

from pydantic import Field

from visavis.wire.decisions import CandidateNote
from visavis.wire.enrolment import EnrolledPhoto
from visavis.wire.model import Identifier, Model


class Enrolled(Model):
    """One subject's photos. What is called enrolled is stored durably and is found at once."""

    gallery: str
    subject: str
    subject_id: Identifier | None
    enrolled: int = Field(description="References that were added.")
    photos: tuple[EnrolledPhoto, ...]
    resembles: tuple[CandidateNote, ...] = Field(
        default=(), description="Other subjects this one may be a duplicate of."
    )

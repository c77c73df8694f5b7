"""Subjects and what is kept of them."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceDetails, Subject, SubjectKind
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import Name, closed


class SubjectNote(Model):
    """A subject and the number of its references in each gallery it is a member of."""

    id: Identifier
    name: str
    kind: SubjectKind
    created_at: datetime
    references: int
    galleries: dict[str, int]

    @classmethod
    def of(cls, subject: Subject, galleries: tuple[tuple[str, int], ...]) -> Self:
        return cls(
            id=str(subject.id),
            name=subject.name,
            kind=subject.kind,
            created_at=subject.created_at,
            references=sum(count for _, count in galleries),
            galleries=dict(galleries),
        )


class SubjectList(Page):
    subjects: tuple[SubjectNote, ...]


class SubjectCreate(Model):
    """A new subject, before it has a reference: consent can be recorded for it."""

    model_config = closed(name="anna", gallery="staff")

    name: Annotated[Name, Field(examples=["anna"])]
    gallery: Annotated[Name, Field(description="Gallery it becomes a member of.")]


class SubjectChange(Model):
    """A new name. An anonymous subject gets a name by it."""

    model_config = closed(name="anna maria")

    name: Annotated[Name, Field(examples=["anna"])]


class DetailsNote(Model):
    """Where a reference came from."""

    external_id: str = ""
    image_id: Identifier | None = None
    box: tuple[Number, Number, Number, Number] | None = Field(
        default=None, description="Left, top, width, height as shares of the picture."
    )
    detection_score: Number | None = None

    @classmethod
    def of(cls, details: ReferenceDetails) -> Self:
        return cls(
            external_id=details.external_id,
            image_id=str(details.image_id) if details.image_id else None,
            box=details.box,
            detection_score=details.detection_score,
        )


class ReferenceNote(Model):
    """A reference without its template."""

    id: Identifier
    gallery: str
    subject: str
    subject_id: Identifier
    quality: Number | None
    created_at: datetime
    details: DetailsNote
    kept: tuple[Keep, ...] = Field(default=(), description="What is kept beside the template.")


class ReferenceList(Page):
    references: tuple[ReferenceNote, ...]


class ReferenceMove(Model):
    """References that belong to another subject."""

    model_config = closed(reference_ids=["6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11"], subject="anna")

    reference_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=1000)]
    subject: Annotated[Name, Field(description="Name of the right subject.")]

"""Galleries, the subjects in them, and what an erasure removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import Subject, SubjectId
from visavis.wire.governance import ReceiptDocument
from visavis.wire.model import Document, Identifier, Model, Number
from visavis.wire.packs import CalibrationNote


class PolicyNote(Model):
    """Error rates that decisions keep, and what is good enough to be enrolled."""

    name: str
    measure: str
    fmr: Number
    fpir: Number
    band: Number
    enrol_quality: Number
    max_references: int
    capacity: int
    consent: str = Field(default="", description="Purpose a subject must have consented to; empty: none.")
    keep: str = Field(default="nothing", description="What is kept beside templates: nothing, sample, photo.")
    unknowns: str = Field(default="log", description="What becomes of unknowns: log, remember.")
    reference_days: int = Field(default=0, description="After which references are removed; 0: never.")
    event_days: int = Field(default=90, description="After which events are removed; 0: none are kept.")
    probe_days: int = Field(
        default=7,
        description="For how long the templates of decisions are kept for corrections; 0: not at all.",
    )
    event_pictures: str = Field(default="none", description="What is kept with events: none, face.")
    event_picture_days: int = Field(default=7, description="For how long that is kept.")
    reviewers: int = Field(default=1, description="How many must agree about what was left open.")
    copies: bool = Field(default=False, description="Whether devices may hold an encrypted copy of it.")
    visitor_names: bool = Field(default=False, description="Whether reports about visitors show names.")

    @classmethod
    def of(cls, policy: Policy) -> Self:
        return cls(
            name=policy.name,
            measure=policy.measure,
            fmr=policy.fmr,
            fpir=policy.fpir,
            band=policy.band,
            enrol_quality=policy.enrol_quality,
            max_references=policy.max_references,
            capacity=policy.capacity,
            consent=policy.consent,
            keep=policy.keep,
            unknowns=policy.unknowns,
            reference_days=policy.reference_days,
            event_days=policy.event_days,
            probe_days=policy.probe_days,
            event_pictures=policy.event_pictures,
            event_picture_days=policy.event_picture_days,
            reviewers=policy.reviewers,
            copies=policy.copies,
            visitor_names=policy.visitor_names,
        )


class GalleryEntry(Model):
    """A gallery and how much is in it."""

    name: str
    id: Identifier
    purpose: str
    pack: str
    model: str
    created_at: datetime
    subjects: int
    references: int
    policy: PolicyNote
    calibration: CalibrationNote | None = Field(
        default=None, description="The gallery's own; null: that of its model pack counts."
    )

    @classmethod
    def of(cls, gallery: Gallery, *, subjects: int, references: int) -> Self:
        return cls(
            name=gallery.name,
            id=str(gallery.id),
            purpose=gallery.purpose,
            pack=gallery.pack,
            model=gallery.model.key,
            created_at=gallery.created_at,
            subjects=subjects,
            references=references,
            policy=PolicyNote.of(gallery.policy),
            calibration=CalibrationNote.of(gallery.own_calibration) if gallery.own_calibration else None,
        )


class GalleriesDocument(Document):
    """Galleries by name: all of them, or the one a command made or changed."""

    title: ClassVar[str] = "galleries, galleries create, galleries policy"
    kind: Literal["visavis.galleries/1"] = Field(default="visavis.galleries/1", alias="schema")
    galleries: tuple[GalleryEntry, ...]


class GalleryRemovedDocument(Document):
    """What the removal of a gallery removed."""

    title: ClassVar[str] = "galleries remove"
    kind: Literal["visavis.gallery-removed/1"] = Field(default="visavis.gallery-removed/1", alias="schema")
    gallery: str
    references: int


class SubjectEntry(Model):
    """A subject and the number of its references in each gallery."""

    name: str
    id: Identifier
    created_at: datetime
    references: int
    galleries: dict[str, int]

    @classmethod
    def of(cls, subject: Subject, galleries: Sequence[tuple[str, int]]) -> Self:
        return cls(
            name=subject.name,
            id=str(subject.id),
            created_at=subject.created_at,
            references=sum(count for _, count in galleries),
            galleries=dict(galleries),
        )


class SubjectsDocument(Document):
    """Subjects by name."""

    title: ClassVar[str] = "subjects"
    kind: Literal["visavis.subjects/1"] = Field(default="visavis.subjects/1", alias="schema")
    gallery: str | None
    subjects: tuple[SubjectEntry, ...]
    next_after: str | None = Field(description="Pass it to --after for the next page; null at the end.")


class EraseDocument(Document):
    """What an erasure removed. No search in any process can match the subject any more."""

    title: ClassVar[str] = "erase"
    kind: Literal["visavis.erase/1"] = Field(default="visavis.erase/1", alias="schema")
    subject: str
    subject_id: Identifier
    references: int
    galleries: int
    images: int = Field(default=0, description="Kept samples and photos.")
    events: int = Field(default=0, description="Lines of the detection log that no longer name the subject.")
    receipt: ReceiptDocument | None = Field(default=None, description="Signed proof of the erasure.")

    @classmethod
    def of(
        cls,
        name: str,
        subject_id: SubjectId,
        *,
        references: int,
        galleries: int,
        images: int = 0,
        events: int = 0,
        receipt: ReceiptDocument | None = None,
    ) -> Self:
        return cls(
            subject=name,
            subject_id=str(subject_id),
            references=references,
            galleries=galleries,
            images=images,
            events=events,
            receipt=receipt,
        )

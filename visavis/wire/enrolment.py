"""What became of photos that were to be enrolled."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.errors import AlreadyEnrolled, VisavisError
from visavis.wire.decisions import CandidateNote
from visavis.wire.errors import ErrorDocument, problem
from visavis.wire.model import Document, Identifier, Model, Number
from visavis.wire.packs import PackUse

PhotoOutcome = Literal["enrolled", "already_enrolled", "refused"]


class EnrolledPhoto(Model):
    """One photo: enrolled as a reference, known already, or refused with a reason."""

    photo: str
    outcome: PhotoOutcome
    reference_id: Identifier | None = None
    quality: Number | None = Field(default=None, description="Unified quality 0..100.")
    error: ErrorDocument | None = None

    @classmethod
    def of(
        cls, photo: str, *, reference_id: object, quality: float | None, error: VisavisError | None
    ) -> Self:
        outcome: PhotoOutcome = "enrolled" if reference_id else "refused"
        if isinstance(error, AlreadyEnrolled):
            outcome = "already_enrolled"
        return cls(
            photo=photo,
            outcome=outcome,
            reference_id=str(reference_id) if reference_id else None,
            quality=quality,
            error=problem(error) if error else None,
        )


class EnrolDocument(Document):
    """One subject's photos. What is called enrolled is stored durably and is found at once."""

    title: ClassVar[str] = "enrol"
    kind: Literal["visavis.enrol/1"] = Field(default="visavis.enrol/1", alias="schema")
    gallery: str
    subject: str
    subject_id: Identifier | None
    enrolled: int
    photos: tuple[EnrolledPhoto, ...]
    resembles: tuple[CandidateNote, ...] = Field(
        default=(), description="Other subjects this one may be a duplicate of."
    )
    pack: PackUse


class EnrolFolderSubjectDocument(Document):
    """A line of `enrol-folder --json`, written as soon as the subject is committed."""

    title: ClassVar[str] = "enrol-folder: one line per subject"
    kind: Literal["visavis.enrol-folder.subject/1"] = Field(
        default="visavis.enrol-folder.subject/1", alias="schema"
    )
    subject: str
    subject_id: Identifier | None
    enrolled: int
    photos: tuple[EnrolledPhoto, ...]
    resembles: tuple[CandidateNote, ...] = ()
    error: ErrorDocument | None = Field(default=None, description="Why the whole subject failed.")


class EnrolFolderDocument(Document):
    """The last line of `enrol-folder --json`."""

    title: ClassVar[str] = "enrol-folder: the last line"
    kind: Literal["visavis.enrol-folder/1"] = Field(default="visavis.enrol-folder/1", alias="schema")
    folder: str
    gallery: str
    pack: PackUse
    subjects: int = Field(description="Folders that were worked on.")
    remaining: int = Field(description="Folders that were not reached because of Ctrl-C.")
    failed: int = Field(description="Subjects that failed as a whole.")
    photos: int
    enrolled: int
    already_enrolled: int
    refused: int
    reasons: dict[str, int] = Field(description="Refused photos and failed subjects by error code.")
    ignored_files: int = Field(description="Files that are not photos.")
    seconds: Number

    @classmethod
    def of(
        cls,
        lines: Sequence[EnrolFolderSubjectDocument],
        *,
        folder: str,
        gallery: str,
        pack: PackUse,
        remaining: int,
        ignored_files: int,
        seconds: float,
    ) -> Self:
        photos = [photo for line in lines for photo in line.photos]
        outcomes = Counter(photo.outcome for photo in photos)
        failed = [line.error for line in lines if line.error]
        refused = [photo.error for photo in photos if photo.error and photo.outcome == "refused"]
        return cls(
            folder=folder,
            gallery=gallery,
            pack=pack,
            subjects=len(lines),
            remaining=remaining,
            failed=len(failed),
            photos=len(photos),
            enrolled=outcomes["enrolled"],
            already_enrolled=outcomes["already_enrolled"],
            refused=outcomes["refused"],
            reasons=dict(Counter(error.code for error in [*refused, *failed]).most_common()),
            ignored_files=ignored_files,
            seconds=seconds,
        )


class EnrolFolderReport(Document):
    """The file that `enrol-folder --report` writes: every line and the summary."""

    title: ClassVar[str] = "enrol-folder --report"
    kind: Literal["visavis.enrol-folder.report/1"] = Field(
        default="visavis.enrol-folder.report/1", alias="schema"
    )
    summary: EnrolFolderDocument
    subjects: tuple[EnrolFolderSubjectDocument, ...]

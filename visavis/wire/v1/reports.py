"""Reports that are kept, whether something was signed here, and what the installation's keys are like."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from visavis.domain.keyring import KeyState
from visavis.domain.report import MOST_REPORT_BYTES, ReportFigure, ReportKind, StoredReport
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.signatures import SignatureDocument
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import Name, closed


class ReportUpload(Model):
    """A report as a command wrote it: the file of `evaluate bias --signed`, or what `evaluate … --json` prints."""

    model_config = closed(title="Bias audit of the staff, spring", content='{"schema":"visavis.evaluate/1"}')

    title: Annotated[Name, Field(examples=["Bias audit of the staff, spring"])]
    content: Annotated[
        str,
        Field(
            min_length=2,
            max_length=MOST_REPORT_BYTES,
            description="The text of the file, byte for byte: a signature in it is verified.",
        ),
    ]


class ReportFigureNote(Model):
    """A figure with its 95 % interval, if it has one."""

    name: str
    value: Number
    low: Number | None
    high: Number | None

    @classmethod
    def of(cls, figure: ReportFigure) -> Self:
        return cls(name=figure.name, value=figure.value, low=figure.low, high=figure.high)


class ReportNote(Model):
    """A report in a list."""

    id: Identifier
    kind: ReportKind
    title: str
    pack: str = Field(description="Model pack; of a comparison, the candidate. Empty where none is named.")
    rival: str = Field(description="Model pack that it was compared with.")
    gallery: str = Field(description="Empty where none is named.")
    sha256: str = Field(description="Of the file; the entry report.added of the audit log names it.")
    size: int
    signed: bool = Field(description="Whether it carries a signature; it was verified when it came in.")
    signed_by: str = Field(description="SHA-256 of the public key that signed it; empty: nobody did.")
    own: bool = Field(description="Whether that is the key of this installation.")
    figures: tuple[ReportFigureNote, ...]
    added_at: datetime
    added_by: str

    @classmethod
    def of(cls, report: StoredReport) -> Self:
        return cls(
            id=str(report.id),
            kind=report.kind,
            title=report.title,
            pack=report.pack,
            rival=report.rival,
            gallery=report.gallery,
            sha256=report.sha256,
            size=report.size,
            signed=bool(report.signed_by),
            signed_by=report.signed_by,
            own=report.own,
            figures=tuple(ReportFigureNote.of(one) for one in report.figures),
            added_at=report.added_at,
            added_by=report.added_by,
        )


class ReportList(Page):
    reports: tuple[ReportNote, ...]


class ReportDetail(Model):
    """A report and what it says."""

    report: ReportNote
    content: dict[str, Any] = Field(
        description="The document, by its `schema`; of a signed one, the document that was signed."
    )


class SignedFile(Model):
    """A file that may have been signed: a receipt, or an audit of bias."""

    model_config = closed(content='{"schema":"visavis.signed-receipt/1"}')

    content: Annotated[str, Field(min_length=2, max_length=MOST_REPORT_BYTES, description="Its text.")]


class SignatureNote(Model):
    """What the verification found."""

    valid: bool
    problem: str = Field(description="Empty if it is valid.")
    signed: str = Field(description="The schema of the document that was signed.")
    sha256: str = Field(description="Of the document; entries of the audit log name it.")
    fingerprint: str = Field(description="SHA-256 of the public key that the signature belongs to.")
    own: bool = Field(description="Whether that is the key of this installation.")

    @classmethod
    def of(cls, found: SignatureDocument, *, own: bool) -> Self:
        return cls(
            valid=found.valid,
            problem=found.problem,
            signed=found.signed,
            sha256=found.sha256,
            fingerprint=found.fingerprint,
            own=own,
        )


class KeyStateNote(Model):
    """One data key: what it is for and how old it is."""

    purpose: str = Field(description="template, vault, photo or signing.")
    master: str = Field(description="Name of the master key that it is encrypted under.")
    made_at: datetime
    retired_at: datetime | None = Field(
        description="Nothing new is encrypted with it since then; it goes when nothing old is either."
    )

    @classmethod
    def of(cls, state: KeyState) -> Self:
        return cls(
            purpose=state.purpose, master=state.master, made_at=state.made_at, retired_at=state.retired_at
        )


class EncryptionState(Model):
    """The keys of the installation; no key and no secret is in it."""

    keys: tuple[KeyStateNote, ...] = Field(description="Empty where nothing is stored on disk.")
    fingerprint: str = Field(
        description="SHA-256 of the public key that receipts and audits are signed with; empty: none was made yet."
    )

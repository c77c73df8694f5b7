"""Recorded videos that can be searched, and what a search found."""

from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.domain.decision import Outcome
from visavis.domain.recording import Recording
from visavis.wire.model import Document, Identifier, Model, Number


class RecordingNote(Model):
    """A video as it was when it was indexed."""

    id: Identifier
    gallery: str = Field(description="A search follows this gallery's policy.")
    name: str = Field(description="Of the file.")
    sha256: str = Field(description="Of the file, when it was indexed.")
    size: int = Field(description="Bytes of the file.")
    duration_s: Number
    started_at: datetime = Field(description="Of the first frame, as whoever added it says.")
    source: str = Field(description="The camera.")
    site: str
    zone: str
    model: str
    rate: Number = Field(description="Frames looked at per second.")
    tracks: int = Field(description="Faces that were followed.")
    added_at: datetime
    added_by: str = Field(description="Kind and identifier of the actor.")
    keep_until: datetime | None = Field(description="When it is forgotten; null: when somebody removes it.")

    @classmethod
    def of(cls, one: Recording) -> Self:
        return cls(
            id=str(one.id),
            gallery=one.gallery,
            name=one.name,
            sha256=one.sha256,
            size=one.size,
            duration_s=one.duration_s,
            started_at=one.started_at,
            source=one.source,
            site=one.site,
            zone=one.zone,
            model=one.model.key,
            rate=one.rate,
            tracks=one.tracks,
            added_at=one.added_at,
            added_by=one.added_by,
            keep_until=one.keep_until,
        )


class HitNote(Model):
    """A face in a recording that is alike."""

    recording_id: Identifier
    recording: str = Field(description="Name of the file.")
    source: str = Field(description="The camera.")
    track: int = Field(description="Number of the track in its recording.")
    outcome: Outcome
    score: Number
    fmr: Number = Field(description="How often two humans are as much alike.")
    fmr_extrapolated: bool
    fpir: Number = Field(
        description="Chance that any of the searched tracks, all of other people, would be as much alike."
    )
    first_s: Number = Field(description="Seconds from the beginning of the file.")
    last_s: Number
    best_s: Number = Field(description="Where the face is seen best.")
    first_at: datetime
    last_at: datetime
    frames: int
    box: tuple[Number, Number, Number, Number] = Field(
        description="Of the best look: left, top, width, height in pixels of the video."
    )
    still: str = Field(default="", description="A picture of it beside the report.")


class RecordingsDocument(Document):
    """Recordings, in the order of their times."""

    title: ClassVar[str] = "recordings list"
    kind: Literal["visavis.recordings/1"] = Field(default="visavis.recordings/1", alias="schema")
    recordings: tuple[RecordingNote, ...]


class RecordingDocument(Document):
    """One recording."""

    title: ClassVar[str] = "recordings show"
    kind: Literal["visavis.recording/1"] = Field(default="visavis.recording/1", alias="schema")
    recording: RecordingNote


class FoundInRecordings(Model):
    """The result of a search, the surest first."""

    search: Identifier = Field(description="Named in the audit log.")
    at: datetime
    gallery: str
    hits: tuple[HitNote, ...]
    searched: int = Field(description="Tracks that were compared.")
    recordings: int = Field(description="Recordings that they are in.")
    skipped: tuple[Identifier, ...] = Field(
        description="Recordings in scope that were indexed with another model."
    )
    threshold: Number = Field(description="Score from which on a hit is a match in a search of this size.")
    target_fpir: Number = Field(description="What the gallery's policy promises for the whole search.")


class SignedSearchDocument(Document):
    """A signed report of a search. `document` is the text that was signed, byte for byte."""

    title: ClassVar[str] = "the file report.json that recordings search --report writes"
    kind: Literal["visavis.signed-recording-search/1"] = Field(
        default="visavis.signed-recording-search/1", alias="schema"
    )
    document: str = Field(description="JSON of visavis.recording-search/1; its UTF-8 bytes were signed.")
    sha256: str = Field(description="Of these bytes; the entry recording.reported of the audit log names it.")
    signature: str = Field(description="Ed25519, in hexadecimal digits.")
    public_key: str = Field(description="32 bytes in hexadecimal digits.")
    fingerprint: str = Field(description="SHA-256 of the public key: compare it with what you were told.")


class RecordingSearchDocument(Document):
    """The result of `recordings search`."""

    title: ClassVar[str] = "recordings search"
    kind: Literal["visavis.recordings-found/1"] = Field(default="visavis.recordings-found/1", alias="schema")
    found: FoundInRecordings
    report: str | None = Field(default=None, description="Folder of the signed report, if one was made.")
    report_sha256: str | None = Field(default=None, description="Of the signed document.")

"""The detection log."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from visavis.domain.camera import Direction
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventKind
from visavis.domain.event_summary import EventCounts, EventSummary, Share, Stretch
from visavis.domain.observation import Observation
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.v1.csv_lines import line_of
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import closed


class ObservedNote(Model):
    """What was measured of a face: numbers, which show nobody."""

    detection: Number | None = Field(description="Score of the detector, 0 to 1.")
    sharpness: Number | None = Field(description="0 to 100.")
    dynamic_range: Number | None = Field(description="0 to 100.")
    brightness: Number | None = Field(description="Mean grey value, 0 to 255.")
    red_green: Number | None = Field(description="Logarithm of the ratio of the mean channels.")
    blue_green: Number | None = Field(description="Logarithm of the ratio of the mean channels.")
    inter_eye_px: Number | None = Field(description="Distance between the eyes, px.")

    @classmethod
    def of(cls, observed: Observation) -> Self:
        return cls(**{name: getattr(observed, name) for name in cls.model_fields})


class EventNote(Model):
    """One line: who (or which unknown), when, where, and on what grounds."""

    id: Identifier
    sequence: int = Field(description="Order of the log.")
    kind: EventKind
    captured_at: datetime
    recorded_at: datetime
    gallery: str
    source: str = Field(description="Camera, gate or application.")
    reference: str = Field(description="The sender's identifier of the capture.")
    position: int = Field(description="Which face of the capture; 0 is the largest.")
    outcome: Outcome | None = Field(description="Null for a face that was refused, and for a drift.")
    subject_id: Identifier | None = Field(description="Of a match, or of an unknown who is remembered.")
    subject: str | None = Field(default=None, description="Its name now.")
    score: Number | None
    measure: str
    fmr: Number | None
    fpir: Number | None
    threshold: Number | None
    model: str
    policy: str
    searched: int = Field(description="References in the gallery at that moment.")
    quality: Number | None
    reasons: tuple[str, ...] = Field(description="Why the face was refused, or what drifted.")
    box: tuple[Number, Number, Number, Number] | None = Field(
        description="Left, top, width, height in pixels of the original."
    )
    software: str
    request_id: Identifier | None
    job_id: Identifier | None
    verdict: Outcome | None = Field(description="What a person decided later.")
    observed: ObservedNote | None = Field(
        default=None, description="What was measured of the face; null for older events."
    )
    site: str = Field(default="", description="Of the camera, when it was seen.")
    zone: str = Field(default="", description="Of the camera, when it was seen.")
    direction: Direction = Field(default=Direction.PASSING, description="What being seen there means.")
    track: Identifier | None = Field(default=None, description="The track, if the face was followed.")
    seen_until: datetime | None = Field(
        default=None, description="Of a track: when it was last seen; `captured_at` is when it was first."
    )
    frames: int = Field(default=0, description="Of a track: in how many frames it was found.")
    revision: int = Field(default=0, description="How often the line was revised while the track lasted.")

    @classmethod
    def of(cls, event: Event, subject: str | None = None) -> Self:
        return cls(
            id=str(event.id),
            sequence=event.sequence,
            kind=event.kind,
            captured_at=event.captured_at,
            recorded_at=event.recorded_at,
            gallery=event.gallery,
            source=event.source,
            reference=event.reference,
            position=event.position,
            outcome=event.outcome,
            subject_id=str(event.subject_id) if event.subject_id else None,
            subject=subject,
            score=event.score,
            measure=event.measure,
            fmr=event.fmr,
            fpir=event.fpir,
            threshold=event.threshold,
            model=event.model,
            policy=event.policy,
            searched=event.searched,
            quality=event.quality,
            reasons=event.reasons,
            box=event.box,
            software=event.software,
            request_id=str(event.request) if event.request else None,
            job_id=str(event.job_id) if event.job_id else None,
            verdict=event.verdict,
            observed=ObservedNote.of(event.observed) if event.observed else None,
            site=event.site,
            zone=event.zone,
            direction=event.direction,
            track=str(event.track) if event.track else None,
            seen_until=event.seen_until,
            frames=event.frames,
            revision=event.revision,
        )


class EventList(Page):
    events: tuple[EventNote, ...]


class EventCountsNote(Model):
    """How many lines, and of which outcome."""

    events: int
    match: int = Field(description="Recognised.")
    non_match: int = Field(description="Nobody known.")
    inconclusive: int = Field(description="Left open.")
    refused: int = Field(description="Faces that were not good enough to be compared.")
    reviewed: int = Field(description="A person decided.")
    waiting: int = Field(description="Left open, and nobody decided yet.")

    @classmethod
    def of(cls, counts: EventCounts) -> Self:
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class EventShare(Model):
    """Lines that have something in common."""

    name: str
    counts: EventCountsNote

    @classmethod
    def of(cls, share: Share) -> Self:
        return cls(name=share.name, counts=EventCountsNote.of(share.counts))


class EventStep(Model):
    """Lines of one hour or day, by capture; UTC."""

    start: datetime
    counts: EventCountsNote

    @classmethod
    def of(cls, stretch: Stretch) -> Self:
        return cls(start=stretch.start, counts=EventCountsNote.of(stretch.counts))


class EventSummaryNote(Model):
    """The log counted instead of listed. A line without a source or site counts for none."""

    counts: EventCountsNote
    subjects: int = Field(description="Different humans.")
    steps: tuple[EventStep, ...] = Field(
        description="By hour or day, if asked for: in order, without those in which nothing happened."
    )
    kinds: tuple[EventShare, ...] = Field(description="The largest first.")
    galleries: tuple[EventShare, ...] = Field(description="The largest first, at most 200.")
    sources: tuple[EventShare, ...] = Field(description="The largest first, at most 200.")
    sites: tuple[EventShare, ...] = Field(description="The largest first, at most 200.")

    @classmethod
    def of(cls, found: EventSummary) -> Self:
        return cls(
            counts=EventCountsNote.of(found.whole),
            subjects=found.subjects,
            steps=tuple(map(EventStep.of, found.steps)),
            kinds=tuple(map(EventShare.of, found.kinds)),
            galleries=tuple(map(EventShare.of, found.galleries)),
            sources=tuple(map(EventShare.of, found.sources)),
            sites=tuple(map(EventShare.of, found.sites)),
        )


class EventDetail(EventNote):
    """A line on its own, with what there is to look at."""

    picture: bool = Field(default=False, description="Whether the face is kept, to be looked at.")


class EventReview(Model):
    """What a person decided about an event."""

    model_config = closed(verdict="match", subject_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11")

    verdict: Outcome
    subject_id: Annotated[
        UUID | None, Field(description="Who it is, if it is somebody known; null takes the subject out.")
    ] = None


COLUMNS = tuple(EventNote.model_fields)


def csv_header() -> str:
    return line_of(COLUMNS)


def csv_line(note: EventNote) -> str:
    """One line of CSV."""
    values = note.model_dump(mode="json")
    return line_of(values[name] for name in COLUMNS)

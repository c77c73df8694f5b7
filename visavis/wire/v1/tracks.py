"""What a camera saw: one face that was followed, sent by an agent or by whoever else follows faces."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from visavis.domain.decision import Outcome
from visavis.wire.model import Identifier, Model, Number
from visavis.wire.v1.problem import Problem
from visavis.wire.v1.values import Moment, closed

MOST_SHOTS = 16
MOST_REPORTS = 64
MOST_CROP_BYTES = 300_000
_BASE64_OF_CROP = (MOST_CROP_BYTES + 2) // 3 * 4


class ShotReport(Model):
    """One look at the face: exactly one of `crop` and `template`."""

    model_config = closed(at="2026-03-02T08:15:31.250Z", template="eyJtb2RlbCI6…")

    at: Moment = Field(description="When the light fell in.")
    crop: str | None = Field(
        default=None,
        max_length=_BASE64_OF_CROP,
        description="Base64 of an aligned face as JPEG or PNG, of the size that the gallery's model takes.",
    )
    template: str | None = Field(
        default=None, max_length=100_000, description="A template as `POST /v1/templates` gives."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.crop is None) == (self.template is None):
            raise ValueError("a shot is a crop or a template")
        return self


class DeviceDecision(Model):
    """What the device decided by itself, with a copy of the gallery, while the face was in front of it."""

    model_config = closed(
        outcome="match",
        subject_id="6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11",
        score=0.61,
        fmr=2e-7,
        threshold=0.42,
        fpir=1e-5,
        searched=250,
        gallery_version=1841,
    )

    outcome: Outcome
    subject_id: UUID | None = Field(default=None, description="Of a match.")
    score: float | None = Field(default=None, ge=-10, le=10)
    fmr: float | None = Field(default=None, gt=0, le=1)
    threshold: float | None = Field(default=None, ge=-10, le=10)
    fpir: float | None = Field(default=None, ge=0, le=1)
    searched: int = Field(default=0, ge=0, le=10_000_000)
    gallery_version: int = Field(
        default=0, ge=0, description="Of the copy: the change that it contained last."
    )


class TrackReport(Model):
    """A track as far as it is known. The same track may be reported again, with more shots or a later end: its line
    in the log is revised, towards more certainty only. Every report carries its best shots, so any may be lost."""

    model_config = closed(
        track="0b0e6f9c-6f0a-4f6e-8f5c-5a0a6c1d2e3f",
        camera="door-1",
        first_at="2026-03-02T08:15:30Z",
        last_at="2026-03-02T08:15:34Z",
        frames=21,
        ended=True,
        shots=[{"at": "2026-03-02T08:15:31.250Z", "template": "eyJtb2RlbCI6…"}],
    )

    track: UUID = Field(description="Chosen by the sender, the same in every report about this track.")
    camera: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = (
        Field(description="The camera's name; the source of the event.")
    )
    first_at: Moment
    last_at: Moment
    frames: int = Field(ge=1, le=10_000_000, description="In how many frames the face was found.")
    ended: bool = Field(default=True, description="False while the face is still in view.")
    shots: tuple[ShotReport, ...] = Field(min_length=1, max_length=MOST_SHOTS)
    decided: DeviceDecision | None = Field(
        default=None, description="Of a device that matches by itself; the server keeps it with the event."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_at < self.first_at:
            raise ValueError("a track ends after it begins")
        return self


class TrackReports(Model):
    """Several reports at once, of any cameras and tracks."""

    model_config = closed(
        reports=[
            {
                "track": "0b0e6f9c-6f0a-4f6e-8f5c-5a0a6c1d2e3f",
                "camera": "door-1",
                "first_at": "2026-03-02T08:15:30Z",
                "last_at": "2026-03-02T08:15:34Z",
                "frames": 21,
                "shots": [{"at": "2026-03-02T08:15:31.250Z", "template": "eyJtb2RlbCI6…"}],
            }
        ]
    )

    reports: tuple[TrackReport, ...] = Field(min_length=1, max_length=MOST_REPORTS)


class TrackRecorded(Model):
    """What the log says of the track now."""

    track: Identifier
    event_id: Identifier | None = Field(description="Null where the gallery logs nothing.")
    revised: bool = Field(description="Whether this report changed what was known.")
    outcome: Outcome | None = Field(description="Null while no shot was good enough.")
    subject_id: Identifier | None = Field(default=None)
    subject: str | None = Field(default=None, description="Its name now.")
    remembered: bool = Field(default=False, description="An unknown who was seen for the first time.")
    score: Number | None = None
    fmr: Number | None = None
    fpir: Number | None = None
    reasons: tuple[str, ...] = Field(
        default=(),
        description="Why no shot was good enough, or in what the server and the device that decided disagree.",
    )


class TrackOutcome(Model):
    """What became of one report: exactly one of both."""

    recorded: TrackRecorded | None = None
    problem: Problem | None = Field(
        default=None, description="Why it cannot be used; sending it again unchanged does not help."
    )


class TracksRecorded(Model):
    """One outcome for each report, in the order of the request."""

    tracks: tuple[TrackOutcome, ...]

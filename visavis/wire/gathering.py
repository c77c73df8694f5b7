"""The humans in videos."""

from typing import Literal

from pydantic import Field

from visavis.wire.model import Document, Model, Number
from visavis.wire.packs import PackUse


class TrackNote(Model):
    """One appearance: seconds from the beginning of the video, and the frames in which the face was found."""

    video: str
    first_s: Number
    last_s: Number
    frames: int


class ShotNote(Model):
    """A picture that was kept."""

    file: str = Field(description="Relative to the folder.")
    at_s: Number
    quality: Number | None


class GatheredNote(Model):
    """One human: the folder with the pictures, and who the gallery says it is."""

    folder: str
    subject: str | None = Field(description="Whom the gallery knows like this; null if nobody.")
    outcome: str | None = Field(description="The decision of the gallery's policy; null if none was asked.")
    score: Number | None
    false_match_rate: Number | None
    seen_s: Number = Field(description="How long the face was seen in all.")
    tracks: list[TrackNote]
    shots: list[ShotNote]


class GatherDocument(Document):
    """Who is in videos, with pictures to enrol from."""

    title = "visavis gather"
    kind: Literal["visavis.gather/1"] = Field(default="visavis.gather/1", alias="schema")
    pack: PackUse
    gallery: str | None
    videos: list[str]
    folder: str
    people: list[GatheredNote]

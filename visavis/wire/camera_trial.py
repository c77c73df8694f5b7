"""What `visavis cameras try` answers."""

from typing import Literal

from pydantic import Field

from visavis.domain.camera import ReaderKind
from visavis.wire.model import Document, Model, Number


class TrialFace(Model):
    """A face in the test frame."""

    width_px: Number
    score: Number = Field(description="How sure the detector is.")
    quality: Number | None = Field(description="0 to 100; null if it is not good enough for recognition.")


class CameraTrialDocument(Document):
    """How a source behaved while it was tried. The address, which may hold a password, is not repeated."""

    title = "visavis cameras try"
    kind: Literal["visavis.cameras.try/1"] = Field(default="visavis.cameras.try/1", alias="schema")
    reader: ReaderKind
    width_px: int
    height_px: int
    frames: int = Field(description="That came in the time.")
    rate: Number = Field(description="Frames per second.")
    first_frame_s: Number = Field(description="From opening it to the first frame.")
    delay_s: Number = Field(description="How old a frame was when it came, the median.")
    interruptions: int
    faces: list[TrialFace]
    picture: str | None = Field(description="Where the test frame was saved.")

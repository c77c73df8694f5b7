"""What a camera sees: tried before it is relied on, and shown to people who watch."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, SecretStr, field_serializer

from visavis.domain.camera import ReaderKind
from visavis.domain.camera_picture import MOST_BYTES, PictureHead
from visavis.wire.faces import BoxNote
from visavis.wire.model import Model, Number
from visavis.wire.v1.values import Moment, Name, closed


class TrialRequest(Model):
    """Which address to open, from the server."""

    model_config = closed(address="rtsp://viewer:secret@192.0.2.7/stream1")

    address: SecretStr = Field(
        min_length=1,
        max_length=2000,
        description="rtsp://… or http(s)://…, with user and password if needed.",
    )
    seconds: float = Field(
        default=2.0, ge=0.0, le=10.0, description="How long to look after the first frame."
    )

    @field_serializer("address", when_used="json")
    def _sent(self, address: SecretStr) -> str:
        """In a request it is told; whoever prints the model sees it masked."""
        return address.get_secret_value()


class TriedFace(Model):
    """A face in the test frame."""

    box: BoxNote = Field(description="In pixels of the frame as the camera sends it.")
    width_px: Number
    score: Number = Field(description="How sure the detector is.")
    quality: Number | None = Field(description="0 to 100; null if it is not good enough for recognition.")
    reasons: tuple[str, ...] = Field(description="Why it is not good enough.")


class TriedPicture(Model):
    """The test frame, perhaps reduced. It is kept nowhere."""

    content: str = Field(description="Base64 of a JPEG file.")
    width_px: int
    height_px: int


class CameraTried(Model):
    """How a camera behaved. Its address, which may hold a password, is not repeated."""

    reader: ReaderKind
    address: str = Field(description="With passwords masked.")
    width_px: int
    height_px: int
    frames: int = Field(description="That came in the time.")
    rate: Number = Field(description="Frames per second.")
    first_frame_s: Number = Field(description="From opening it to the first frame.")
    delay_s: Number = Field(description="How old a frame was when it came, the median.")
    interruptions: int
    faces: tuple[TriedFace, ...]
    advice: tuple[str, ...] = Field(description="What to do about what could be better; empty if nothing.")
    picture: TriedPicture


class SnapshotReport(Model):
    """The newest picture of a camera."""

    model_config = closed(content="/9j/wAALCAAQABABAREA/9k=", at="2026-03-02T08:15:31Z", blurred=True)

    content: Annotated[str, Field(min_length=4, max_length=MOST_BYTES // 3 * 4 + 8)] = Field(
        description="Base64 of a JPEG file of at most 640×640 pixels and 256 kB."
    )
    at: Moment = Field(description="When it was taken.")
    blurred: bool = Field(default=False, description="Whether faces were made unrecognisable.")
    gallery: Name | None = Field(
        default=None,
        description="Where the camera's faces are searched; of an agent, its configuration says so.",
    )


class SnapshotNote(Model):
    """What is known of the newest picture of a camera."""

    camera: str
    gallery: str
    taken_at: datetime
    blurred: bool = Field(description="Whether faces were made unrecognisable before it left the device.")
    width_px: int
    height_px: int

    @classmethod
    def of(cls, head: PictureHead) -> "SnapshotNote":
        return cls(
            camera=head.camera,
            gallery=head.gallery,
            taken_at=head.taken_at,
            blurred=head.blurred,
            width_px=head.width_px,
            height_px=head.height_px,
        )


class SnapshotKept(Model):
    """What became of it."""

    newest: bool = Field(description="Whether it is the newest now; an older one is left out.")


class SnapshotList(Model):
    """Of all cameras that have one, by camera."""

    snapshots: tuple[SnapshotNote, ...]

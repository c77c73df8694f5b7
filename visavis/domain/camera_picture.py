"""The newest picture of a camera, for people who watch: small, perhaps without faces, and soon forgotten."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from visavis.domain.camera import checked_camera_name
from visavis.domain.errors import ImageTooLarge, ImageUnreadable, ValueInvalid

MOST_WIDTH_PX: Final = 640
MOST_HEIGHT_PX: Final = 640
MOST_BYTES: Final = 256 * 1024

_FRAMES = range(
    0xC0, 0xC3
)  #: markers of a frame header: baseline, extended, progressive (ITU-T T.81, table B.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPicture:
    """`content` is a JPEG file. `gallery` is where faces of this camera are searched; empty if nobody said.

    `blurred` says that faces were made unrecognisable before it left the device.
    """

    camera: str
    gallery: str
    content: bytes = field(repr=False)
    width_px: int
    height_px: int
    blurred: bool
    taken_at: datetime
    keep_until: datetime

    def __post_init__(self) -> None:
        checked_camera_name(self.camera)
        if self.taken_at.tzinfo is None or self.keep_until.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHead:
    """What is known of a picture without looking at it."""

    camera: str
    gallery: str
    width_px: int
    height_px: int
    blurred: bool
    taken_at: datetime


def head_of(picture: CameraPicture) -> PictureHead:
    return PictureHead(
        camera=picture.camera,
        gallery=picture.gallery,
        width_px=picture.width_px,
        height_px=picture.height_px,
        blurred=picture.blurred,
        taken_at=picture.taken_at,
    )


def jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels, without decoding: what is sent is small and is shown by browsers only.

    Raises `ImageTooLarge`, `ImageUnreadable`.
    """
    if len(content) > MOST_BYTES:
        raise ImageTooLarge(f"A snapshot has at most {MOST_BYTES // 1024} kB.")
    size = _frame_size(content)
    if size is None:
        raise ImageUnreadable("A snapshot is a JPEG picture.")
    width, height = size
    if not (0 < width <= MOST_WIDTH_PX and 0 < height <= MOST_HEIGHT_PX):
        raise ImageTooLarge(f"A snapshot has at most {MOST_WIDTH_PX}×{MOST_HEIGHT_PX} pixels.")
    return width, height


def _frame_size(content: bytes) -> tuple[int, int] | None:
    """From the first frame header of a JPEG file, segment by segment."""
    at = 2 if content.startswith(b"\xff\xd8") else len(content)
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + length
    return None

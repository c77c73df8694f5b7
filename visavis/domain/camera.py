"""Where pictures come from: cameras, where they hang, and what passing them means."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from visavis.domain.errors import ValueInvalid

CameraId = NewType("CameraId", uuid.UUID)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ReaderKind(StrEnum):
    """How frames are got."""

    USB = "usb"  #: a device of the machine: its number or path
    RTSP = "rtsp"  #: a stream, also from ONVIF cameras
    MJPEG = "mjpeg"  #: JPEG pictures in one endless HTTP answer
    FILE = "file"  #: a video file, once or again and again
    FOLDER = "folder"  #: picture files, in the order of their names


class Direction(StrEnum):
    """What it means to be seen here."""

    PASSING = "passing"  #: nothing in particular
    ENTRY = "entry"  #: whoever is seen here comes in
    EXIT = "exit"  #: whoever is seen here goes out


def checked_camera_name(name: str) -> str:
    """The name; raises `ValueInvalid` unless it is fit for file names, topics and addresses."""
    if not _NAME.fullmatch(name):
        raise ValueInvalid(
            f"{name!r} is no name for a camera.",
            hint="Up to 64 letters, digits, dots, dashes and underscores; the first is a letter or a digit.",
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a camera hangs, in the operator's words: a site has zones, and zones have cameras."""

    site: str = ""
    zone: str = ""
    direction: Direction = Direction.PASSING

    def __post_init__(self) -> None:
        if len(self.site) > 100 or len(self.zone) > 100:
            raise ValueInvalid("A site and a zone have at most 100 characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera that the server knows. Its `name` is the source of its events, unique in the tenant.

    What happened before it was moved keeps its old place: events note the place when they are recorded.
    """

    id: CameraId
    name: str
    place: Place
    created_at: datetime
    note: str = ""

    def __post_init__(self) -> None:
        checked_camera_name(self.name)
        if len(self.note) > 500:
            raise ValueInvalid("A note has at most 500 characters.")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

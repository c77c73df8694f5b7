"""A picture that can be looked at in more than one resolution."""

from dataclasses import dataclass
from typing import Protocol

from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.engine.ports.decoder import Decoder, Header


class Photo(Protocol):
    @property
    def original(self) -> Size:
        """Size of the upright picture, px."""
        ...

    def at(self, min_long_side_px: int) -> Frame:
        """The picture with a long side of at least this many px, or in full (0, or if it is smaller)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePhoto:
    """An image file; decoded when looked at, reduced where the format gives that for free."""

    data: bytes
    header: Header
    decoder: Decoder
    source: str = ""

    @classmethod
    def read(cls, data: bytes, decoder: Decoder, source: str = "") -> "FilePhoto":
        """Raises `ImageUnreadable` or `ImageTooLarge`, before anything is decoded."""
        return cls(data=data, header=decoder.header(data), decoder=decoder, source=source)

    @property
    def original(self) -> Size:
        return self.header.size

    def at(self, min_long_side_px: int) -> Frame:
        return self.decoder.decode(
            self.data, header=self.header, min_long_side_px=min_long_side_px, source=self.source
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePhoto:
    """Pixels that are there already."""

    frame: Frame

    @property
    def original(self) -> Size:
        return self.frame.original

    def at(self, min_long_side_px: int) -> Frame:  # noqa: ARG002 (there is only one resolution)
        return self.frame


def photo_of(picture: bytes | Frame, decoder: Decoder) -> Photo:
    """An image file or pixels, as a photo. Raises `ImageUnreadable` or `ImageTooLarge`, as `FilePhoto.read` does."""
    if isinstance(picture, Frame):
        return FramePhoto(frame=picture)
    return FilePhoto.read(picture, decoder)

"""Where bytes become pixels."""

from dataclasses import dataclass
from typing import Protocol

from visavis.domain.frame import Frame
from visavis.domain.geometry import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of its image, checked against the limits."""

    size: Size  #: of the upright image
    file_format: str
    mode: str  #: Pillow's name of the kind of pixels
    orientation: int = 1  #: EXIF, 1..8


class Decoder(Protocol):
    """Reads image files that nobody has vouched for. Thread-safe."""

    def header(self, data: bytes) -> Header:
        """From the header alone, without decoding a pixel.

        Raises `ImageUnreadable` for what is no complete image, `ImageTooLarge` beyond the limits.
        """
        ...

    def decode(
        self, data: bytes, *, header: Header | None = None, min_long_side_px: int = 0, source: str = ""
    ) -> Frame:
        """The upright first image in the file, 8 bit BGR; grey, alpha, CMYK and 16 bit are converted.

        Where the format allows it at a saving, the image is decoded at 1/2, 1/4 or 1/8 of its size as long as
        the long side keeps `min_long_side_px` (0: full size). `header` is what `header` gave for the same data,
        if that was asked before; it is not read again then. Raises as `header` does.
        """
        ...

"""Where bytes become pixels."""

from typing import Protocol

from visavis.domain.frame import Frame
from visavis.domain.geometry import Size


class Decoder(Protocol):
    """Reads image files that nobody has vouched for. Thread-safe."""

    def size(self, data: bytes) -> Size:
        """Size of the upright image, from the header alone.

        Raises `ImageUnreadable` for what is no complete image, `ImageTooLarge` beyond the limits.
        """
        ...

    def decode(self, data: bytes, *, min_long_side_px: int = 0, source: str = "") -> Frame:
        """The upright first image in the file, 8 bit BGR; grey, alpha, CMYK and 16 bit are converted.

        Where the format allows it at a saving, the image is decoded at 1/2, 1/4 or 1/8 of its size as long as
        the long side keeps `min_long_side_px` (0: full size). Raises as `size` does.
        """
        ...

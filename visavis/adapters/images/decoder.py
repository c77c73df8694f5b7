"""Bounded decoding: the header is read, limits are checked, then OpenCV or Pillow spends the memory.

OpenCV decodes 8-bit JPEG 1.6 times as fast as Pillow and can do so at a reduced size; Pillow decodes
everything else, because it treats alpha, palettes and orientation properly.
"""

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
from PIL import Image, ImageOps

from visavis.adapters.images.completeness import is_complete
from visavis.adapters.images.jpeg import SIDEWAYS, plain_header
from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ImageTooLarge, ImageUnreadable
from visavis.domain.frame import Frame
from visavis.domain.geometry import Size
from visavis.engine.ports.decoder import Header

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
_ORIENTATION = 0x0112
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
# what Pillow's readers raise on malformed files, found by mutating them
_MALFORMED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    zlib.error,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    AttributeError,
    ZeroDivisionError,
    UserWarning,  # where warnings are errors
    cv2.error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLimits:
    """What is accepted before anything is decoded."""

    max_bytes: int = 32 * 2**20
    max_pixels: int = 64_000_000


class BoundedDecoder:
    """Implements `visavis.engine.ports.decoder.Decoder`. HEIC is read when pillow-heif is installed."""

    def __init__(self, limits: ImageLimits | None = None) -> None:
        self._limits = limits or ImageLimits()
        self._formats = (*_FORMATS, "HEIF") if _register_heif() else _FORMATS

    def header(self, data: bytes) -> Header:
        self._require_content(data)
        plain = plain_header(data)
        if plain is None:
            with self._open(data) as image:
                return _header_of(image)
        self._require_whole(data, plain.size.width, plain.size.height, plain.file_format)
        return plain

    def size(self, data: bytes) -> Size:
        """Of the upright image; raises as `header` does."""
        return self.header(data).size

    def decode(
        self, data: bytes, *, header: Header | None = None, min_long_side_px: int = 0, source: str = ""
    ) -> Frame:
        header = header or self.header(data)
        try:
            if header.file_format in {"JPEG", "MPO"} and header.mode in {"RGB", "L"}:
                pixels = _decode_jpeg(data, header, min_long_side_px)
            else:
                with self._open(data) as image:
                    pixels = _decode_other(image, data)
        except MemoryError as error:
            raise ImageTooLarge from error
        except _MALFORMED as error:
            raise ImageUnreadable(f"The {header.file_format} image is damaged.") from error
        return Frame(pixels=np.ascontiguousarray(pixels), original=header.size, source=source)

    def _open(self, data: bytes) -> Image.Image:
        try:
            image = Image.open(BytesIO(data), formats=self._formats)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise ImageTooLarge from error
        except _MALFORMED as error:
            raise ImageUnreadable("The file is not an image of a supported format.") from error
        self._require_whole(data, image.width, image.height, image.format or "")
        return image

    def _require_content(self, data: bytes) -> None:
        if len(data) > self._limits.max_bytes:
            raise ImageTooLarge(
                f"The file is larger than the {self._limits.max_bytes / 2**20:.0f} MiB that are allowed."
            )
        if not data:
            raise ImageUnreadable("The file is empty.")

    def _require_whole(self, data: bytes, width: int, height: int, file_format: str) -> None:
        pixels = width * height
        if pixels > self._limits.max_pixels:
            raise ImageTooLarge(
                f"The image has {pixels / 1e6:.0f} megapixels; {self._limits.max_pixels / 1e6:.0f} are allowed."
            )
        if pixels == 0:
            raise ImageUnreadable("The image has no pixels.")
        if not is_complete(data, file_format):
            raise ImageUnreadable(f"The {file_format} image is truncated.")


def _register_heif() -> bool:
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener(thumbnails=False)
    return True


def _header_of(image: Image.Image) -> Header:
    orientation, size = _orientation(image), Size(width=image.width, height=image.height)
    if image.format != "TIFF" and orientation in SIDEWAYS:  # Pillow gives TIFF sizes upright
        size = Size(width=image.height, height=image.width)
    return Header(size=size, file_format=image.format or "", mode=image.mode, orientation=orientation)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1..8; 1 when absent, malformed, or already applied by the reader."""
    if image.format not in {"JPEG", "MPO", "PNG", "WEBP", "TIFF"}:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _MALFORMED:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _decode_jpeg(data: bytes, header: Header, min_long_side_px: int) -> ImageBGR:
    reduction = 1
    if min_long_side_px > 0:
        while reduction < 8 and header.size.long_side // (reduction * 2) >= min_long_side_px:
            reduction *= 2
    flags = _REDUCED[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None:
        raise ValueError("no pixels")
    return turned_upright(pixels.astype(np.uint8, copy=False), header.orientation)


def turned_upright(pixels: ImageBGR, orientation: int) -> ImageBGR:
    """Applies EXIF orientation 1..8 (CIPA DC-008, tag 274)."""
    if orientation in {2, 5, 7, 4}:
        pixels = np.fliplr(pixels)
    turns = {3: 2, 4: 2, 6: 3, 7: 3, 5: 1, 8: 1}.get(orientation, 0)
    return np.rot90(pixels, turns) if turns else pixels


def _decode_other(image: Image.Image, data: bytes) -> ImageBGR:
    if image.format == "TIFF" and image.mode not in {"RGB", "RGBA", "L", "LA", "P", "1", "CMYK"}:
        return _decode_deep(image, data)
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        return _from_deep(np.asarray(upright))
    if "A" in upright.getbands() or "transparency" in upright.info:
        layered = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layered.size, (255, 255, 255, 255)), layered)
    return np.asarray(upright.convert("RGB"))[:, :, ::-1]


def _decode_deep(image: Image.Image, data: bytes) -> ImageBGR:
    pixels = cv2.imdecode(
        np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    )
    if pixels is None:
        raise ValueError("no pixels")
    return turned_upright(_from_deep(np.asarray(pixels)), _orientation(image))


def _from_deep(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> ImageBGR:
    """8 bit from 16 bit (whole range) or from 32 bit and floats (stretched from minimum to maximum)."""
    numbers = values.astype(np.float32)
    if values.dtype == np.uint8:
        scaled = numbers
    elif values.dtype == np.uint16 or (values.dtype == np.int32 and numbers.max(initial=0) <= 65535):
        scaled = numbers / 257.0
    else:
        low, high = float(numbers.min()), float(numbers.max())
        scaled = (numbers - low) * (255.0 / max(high - low, 1e-9))
    eight = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    return cv2.cvtColor(eight, cv2.COLOR_GRAY2BGR).astype(np.uint8) if eight.ndim == 2 else eight

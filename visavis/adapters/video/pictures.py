"""Pictures as they come from a source, turned into pixels only when somebody wants them."""

import io
import struct
from dataclasses import dataclass, field
from typing import Protocol

import cv2
import numpy as np
from av.video.frame import VideoFrame as Decoded
from av.video.reformatter import Interpolation, VideoReformatter
from PIL import Image, UnidentifiedImageError

from visavis.domain.arrays import ImageBGR
from visavis.domain.errors import ImageTooLarge, ImageUnreadable
from visavis.domain.geometry import Size

LEAST_SIDE_PX = 16
_REDUCED = {1: cv2.IMREAD_COLOR, 2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4}
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_LENGTH_BYTES = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels:
    """Upright, perhaps reduced; `original` is the size before."""

    pixels: ImageBGR
    original: Size


class Picture(Protocol):
    def pixels(self, max_side_px: int) -> Pixels:
        """No side longer than `max_side_px`; 0: as it is. Raises `ImageUnreadable`, `ImageTooLarge`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedPicture:
    """Of a video decoder. Scaling, colours and rotation are worked out in one go."""

    decoded: Decoded
    converter: VideoReformatter = field(default_factory=VideoReformatter)

    def pixels(self, max_side_px: int) -> Pixels:
        decoded = self.decoded
        full = Size(width=decoded.width, height=decoded.height)
        seen = reduced(full, max_side_px)
        converted = self.converter.reformat(
            decoded, seen.width, seen.height, "bgr24", interpolation=Interpolation.AREA
        )
        pixels = np.asarray(converted.to_ndarray(), np.uint8)
        quarters = round(decoded.rotation / 90) % 4  # telephones write how it is to be shown
        if quarters:
            pixels = np.rot90(pixels, quarters)
        original = Size(width=full.height, height=full.width) if quarters % 2 else full
        return Pixels(pixels=np.ascontiguousarray(pixels), original=original)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EncodedPicture:
    """The bytes of a picture file, in memory."""

    content: bytes
    max_pixels: int

    def pixels(self, max_side_px: int) -> Pixels:
        size = header_size(self.content)
        if size.width * size.height > self.max_pixels:
            raise ImageTooLarge(f"A picture has {size.width}×{size.height} pixels.")
        if min(size.width, size.height) < LEAST_SIDE_PX:
            raise ImageUnreadable("A picture is too small to show a face.")
        seen = reduced(size, max_side_px)
        factor = next((f for f in (4, 2) if size.long_side // f >= seen.long_side), 1)
        try:
            pixels = cv2.imdecode(np.frombuffer(self.content, np.uint8), _REDUCED[factor])
        except cv2.error as error:
            raise ImageUnreadable from error
        if pixels is None:
            raise ImageUnreadable
        if (pixels.shape[0] > pixels.shape[1]) != (size.height > size.width):  # turned, as its EXIF says
            size = Size(width=size.height, height=size.width)
            seen = Size(width=seen.height, height=seen.width)
        if max(pixels.shape[:2]) > seen.long_side:
            pixels = cv2.resize(pixels, (seen.width, seen.height), interpolation=cv2.INTER_AREA)
        return Pixels(pixels=pixels.astype(np.uint8, copy=False), original=size)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayPicture:
    """Pixels already."""

    array: ImageBGR

    def pixels(self, max_side_px: int) -> Pixels:
        height, width = self.array.shape[:2]
        original = Size(width=width, height=height)
        seen = reduced(original, max_side_px)
        pixels = self.array
        if seen != original:
            pixels = cv2.resize(pixels, (seen.width, seen.height), interpolation=cv2.INTER_AREA).astype(
                np.uint8, copy=False
            )
        return Pixels(pixels=pixels, original=original)


def reduced(size: Size, max_side_px: int) -> Size:
    """The size with no side longer than that; of even width, which converts faster."""
    if not max_side_px or size.long_side <= max_side_px:
        return size
    factor = max_side_px / size.long_side
    return Size(width=max(round(size.width * factor / 2) * 2, 2), height=max(round(size.height * factor), 1))


def header_size(content: bytes) -> Size:
    """Width and height as the header says them. Raises `ImageUnreadable`."""
    plain = _jpeg_size(content)
    if plain is not None:
        return plain
    try:
        with Image.open(io.BytesIO(content)) as image:
            width, height = image.size
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImageUnreadable from error
    return Size(width=width, height=height)


def _jpeg_size(content: bytes) -> Size | None:
    """Of an ordinary JPEG file, without decoding anything."""
    if not content.startswith(b"\xff\xd8"):
        return None
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        (length,) = struct.unpack_from(">H", content, place + 2)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, place + 5)
            return Size(width=width, height=height) if width and height else None
        if length < _LENGTH_BYTES or marker == 0xDA:
            return None
        place += 2 + length
    return None

"""Is the file all there? Asked before a pixel is decoded, so that a truncated upload costs nothing."""

import struct

from visavis.adapters.images import jpeg


def is_complete(data: bytes, file_format: str) -> bool:
    """Whether an image of this format (Pillow's name) ends where its structure says it ends."""
    if file_format in {"JPEG", "MPO"}:
        return jpeg.is_complete(data)
    if file_format == "PNG":
        return data.rfind(b"IEND") > 0
    if file_format == "WEBP":
        return len(data) >= 12 and struct.unpack_from("<I", data, 4)[0] + 8 <= len(data) + 1
    return True

"""Is the file all there? Asked before a pixel is decoded, so that a truncated upload costs nothing."""

import re
import struct

_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # a marker that is neither stuffing, restart nor fill
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def is_complete(data: bytes, file_format: str) -> bool:
    """Whether an image of this format (Pillow's name) ends where its structure says it ends."""
    if file_format in {"JPEG", "MPO"}:
        return _jpeg_is_complete(data)
    if file_format == "PNG":
        return data.rfind(b"IEND") > 0
    if file_format == "WEBP":
        return len(data) >= 12 and struct.unpack_from("<I", data, 4)[0] + 8 <= len(data) + 1
    return True


def _jpeg_is_complete(data: bytes) -> bool:
    """Walks the segments (ITU-T T.81, annex B) to the end-of-image marker; thumbnails inside are skipped."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            return False
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker == 0xD9:
            return True
        elif marker in _STANDALONE:
            position += 2
        else:
            position += 2 + struct.unpack_from(">H", data, position + 2)[0]
            if marker == 0xDA:
                found = _MARKER.search(data, position)
                if found is None:
                    return False
                position = found.start()
    return data[position : position + 2] == b"\xff\xd9"

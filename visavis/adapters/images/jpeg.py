"""The headers of ordinary JPEG files, without Pillow, which takes as long for one as decoding a small photo.

Only what is certain is read here; of everything else (several pictures in one file, four colours, an orientation in
XMP, broken tables) `plain_header` says nothing, and Pillow is asked.
"""

import struct
from collections.abc import Iterator

import numpy as np

from visavis.domain.geometry import Size
from visavis.engine.ports.decoder import Header

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what every decoder reads
# tables, restarts, JFIF, Ducky, Photoshop, Adobe, comments
_HARMLESS = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEC, 0xED, 0xEE, 0xFE})
_PROFILE, _EXIF = (0xE2, b"ICC_PROFILE\0"), (0xE1, b"Exif\0\0")
_ORIENTATION, _ONE_SHORT = 0x0112, (3, 1)
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF orientations that exchange width and height."""
_MODES = {1: "L", 3: "RGB"}
_CHUNK = 1 << 20
_IS_MARKER = np.ones(256, np.bool_)
_IS_MARKER[[0x00, 0xFF, *range(0xD0, 0xD8)]] = False  # stuffing, fill and restarts are none


def plain_header(data: bytes) -> Header | None:
    """Of a JPEG with one or three components of 8 bit that says in EXIF, or nowhere, how it is turned; else `None`."""
    frames: list[bytes] = []
    exifs: list[bytes] = []
    silent = True
    for marker, start, end in segments(data):
        if marker == _SCAN:
            orientation = _orientation(exifs, silent=silent)
            return _header(frames, orientation) if orientation else None
        if marker in _FRAMES:
            frames.append(data[start:end])
        elif _begins(data, marker, start, _EXIF):
            exifs.append(data[start:end])
        elif marker == _EXIF[0]:  # XMP
            silent = False
        elif marker not in _HARMLESS and not _begins(data, marker, start, _PROFILE):
            return None
    return None


def _begins(data: bytes, marker: int, start: int, kind: tuple[int, bytes]) -> bool:
    return marker == kind[0] and data.startswith(kind[1], start)


def _orientation(exifs: list[bytes], *, silent: bool) -> int | None:
    """1..8; `None` if something else than one ordinary EXIF segment may tell it."""
    if len(exifs) > 1:
        return None
    found = _exif_orientation(exifs[0][len(_EXIF[1]) :]) if exifs else 0
    return 1 if found == 0 and silent else found or None


def _exif_orientation(tiff: bytes) -> int | None:
    """Of the first directory (CIPA DC-008, 4.6.2): 0 where there is none, `None` where it is not as it should be."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return None
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(order + "H", tiff, start)
    if start + 2 + 12 * count > len(tiff):
        return None
    found = [
        struct.unpack_from(order + "HIH", tiff, place + 2)
        for place in range(start + 2, start + 2 + 12 * count, 12)
        if struct.unpack_from(order + "H", tiff, place)[0] == _ORIENTATION
    ]
    if not found:
        return 0
    kind, values, value = found[0]
    return value if len(found) == 1 and (kind, values) == _ONE_SHORT and 1 <= value <= 8 else None


def _header(frames: list[bytes], orientation: int) -> Header | None:
    """ITU-T T.81, B.2.2: precision, height, width, number of components, three bytes for each."""
    if len(frames) != 1 or len(frames[0]) < 6:
        return None
    precision, height, width, components = struct.unpack_from(">BHHB", frames[0])
    mode = _MODES.get(components)
    if precision != 8 or mode is None or not height or not width or len(frames[0]) != 6 + 3 * components:
        return None
    turned = orientation in SIDEWAYS
    size = Size(width=height, height=width) if turned else Size(width=width, height=height)
    return Header(size=size, file_format="JPEG", mode=mode, orientation=orientation)


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment's content as far as the structure holds, the end of image last.

    Walks ITU-T T.81, annex B; what is coded behind a start of scan is passed over, thumbnails are not entered.
    """
    if data[:2] != bytes((0xFF, _START)):
        return
    position = 2
    while position + 2 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        position += 1 if marker == 0xFF else 2
        if marker == _END:
            yield _END, position, position
            return
        if marker == 0xFF or marker in _STANDALONE:
            continue
        end = position + int.from_bytes(data[position : position + 2], "big")
        yield marker, position + 2, end
        position = end
        if marker == _SCAN:
            position = _next_marker(data, end)


def is_complete(data: bytes) -> bool:
    """Whether the structure goes on to the end of the image."""
    last = 0
    for marker, _, _ in segments(data):
        last = marker
    return last == _END


def _next_marker(data: bytes, position: int) -> int:
    """Where the first marker behind coded data lies; the length of the data if there is none."""
    for start in range(position, len(data) - 1, _CHUNK):
        part = np.frombuffer(data, np.uint8, min(_CHUNK + 1, len(data) - start), start)
        escapes = np.flatnonzero(part[:-1] == 0xFF)
        found = escapes[_IS_MARKER[part[escapes + 1]]]
        if found.size:
            return start + int(found[0])
    return len(data)

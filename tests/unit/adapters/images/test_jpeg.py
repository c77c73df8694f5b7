"""Headers of JPEG files: what is read without Pillow is what Pillow reads."""

import random
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from visavis.adapters.images.jpeg import is_complete, plain_header
from visavis.domain.geometry import Size

XMP = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>"


def jpeg(
    mode: str = "RGB", orientation: int | None = None, *, noisy: bool = False, **options: object
) -> bytes:
    picture = Image.new(mode, (37, 21))
    if noisy:
        picture = Image.fromarray(np.random.default_rng(3).integers(0, 255, (300, 400, 3), dtype=np.uint8))
    if orientation is not None:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "a camera"
        options["exif"] = exif
    buffer = BytesIO()
    picture.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def with_segment(data: bytes, marker: int, content: bytes) -> bytes:
    return data[:2] + struct.pack(">BBH", 0xFF, marker, 2 + len(content)) + content + data[2:]


def by_pillow(data: bytes) -> tuple[tuple[int, int], str, int]:
    """Upright size, mode, orientation."""
    with Image.open(BytesIO(data)) as image:
        turned = int(image.getexif().get(0x0112, 1))
        turned = turned if 1 <= turned <= 8 else 1
        width, height = image.size
        return ((height, width) if turned >= 5 else (width, height)), image.mode, turned


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
@pytest.mark.parametrize("progressive", [False, True])
def test_what_it_reads_is_what_pillow_reads(mode: str, orientation: int | None, progressive: bool) -> None:
    data = jpeg(mode, orientation, progressive=progressive)
    header = plain_header(data)
    assert header is not None
    size = (header.size.width, header.size.height)
    assert (size, header.mode, header.orientation) == by_pillow(data)


@pytest.mark.parametrize("marker", [0xED, 0xEC, 0xEE, 0xFE])
def test_segments_that_say_nothing_of_the_picture_are_passed_over(marker: int) -> None:
    header = plain_header(with_segment(jpeg(), marker, b"anything \xff\xd9\xff\xda at all"))
    assert header is not None
    assert header.size == Size(width=37, height=21)


@pytest.mark.parametrize(
    "data",
    [
        jpeg("CMYK"),
        with_segment(jpeg(), 0xE1, XMP),  # may hold an orientation
        with_segment(jpeg("RGB", 9), 0xE1, XMP),
        with_segment(jpeg("RGB", 6), 0xE1, b"Exif\0\0MM\0*"),
        with_segment(jpeg(), 0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff"),  # a directory beyond its end
        with_segment(jpeg(), 0xE2, b"MPF\0" + bytes(40)),  # several pictures
        b"\x89PNG\r\n\x1a\n",
        b"",
    ],
)
def test_of_everything_else_it_says_nothing(data: bytes) -> None:
    assert plain_header(data) is None


def test_exif_tells_the_orientation_where_xmp_is_there_too() -> None:
    header = plain_header(with_segment(jpeg("RGB", 6), 0xE1, XMP))
    assert header is not None
    assert (header.orientation, header.size.width) == (6, 21)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_is_complete_only_to_its_last_byte(progressive: bool) -> None:
    data = jpeg(noisy=True, progressive=progressive, restart_marker_blocks=7)
    assert is_complete(data)
    assert is_complete(data + b"trailer")
    assert not any(is_complete(data[:end]) for end in range(0, len(data), 997))
    assert not is_complete(data[:-1])


@pytest.mark.parametrize("beyond", range(-4, 3))
def test_coded_data_longer_than_what_is_searched_at_once(beyond: int) -> None:
    coded = b"\x00\xff\x00\x01" * ((1 << 18) - 2) + bytes(
        8 + beyond
    )  # the end lies around the border of two parts
    data = b"\xff\xd8\xff\xda\x00\x02" + coded + b"\xff\xd9"
    assert is_complete(data)
    assert not is_complete(data[:-1])
    assert not is_complete(data[:-2])


def test_2000_mutated_headers_are_read_as_pillow_reads_them_or_not_at_all() -> None:
    rng = random.Random(5)
    originals = [jpeg("RGB", 6), jpeg("L"), jpeg("RGB", None, progressive=True), jpeg("CMYK")]
    read = 0
    for number in range(2000):
        data = bytearray(originals[number % len(originals)])
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(200)] = rng.randrange(256)
        header = plain_header(bytes(data))
        if header is None:
            continue
        try:
            expected = by_pillow(bytes(data))
        except (OSError, SyntaxError, ValueError, UserWarning):
            continue  # broken tables: decoding refuses it
        read += 1
        assert ((header.size.width, header.size.height), header.mode, header.orientation) == expected
    assert read > 300

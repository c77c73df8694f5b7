"""Decoding files that nobody has vouched for."""

import random
import struct
import tracemalloc
import zlib
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from visavis.adapters.images.decoder import BoundedDecoder, ImageLimits
from visavis.domain.errors import ImageTooLarge, ImageUnreadable

DECODER = BoundedDecoder(ImageLimits(max_bytes=4 * 2**20, max_pixels=4_000_000))


def scene(width: int = 120, height: int = 80) -> Image.Image:
    """Red at the left top, green at the right top, blue below: every orientation looks different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (220, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 200, 30)
    pixels[height // 2 :] = (30, 30, 210)
    return Image.fromarray(pixels)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def shows_the_scene(pixels: np.ndarray) -> None:
    height, width = pixels.shape[:2]
    assert width > height
    corners = {"red": (pixels[5, 5], 2), "green": (pixels[5, -6], 1), "blue": (pixels[-6, 5], 0)}
    for colour, (pixel, channel) in corners.items():
        assert int(np.argmax(pixel)) == channel, colour
        assert pixel[channel] > 150


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_formats(file_format: str) -> None:
    frame = DECODER.decode(encoded(scene(), file_format))
    assert (frame.original.width, frame.original.height) == (120, 80)
    shows_the_scene(frame.pixels)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_undone(file_format: str, orientation: int) -> None:
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpose that writes this orientation
    image = scene()
    if orientation in undo:
        image = image.transpose(Image.Transpose(undo[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if file_format == "JPEG" else {}
    data = encoded(image, file_format, exif=exif, **options)
    assert (DECODER.size(data).width, DECODER.size(data).height) == (120, 80)
    shows_the_scene(DECODER.decode(data).pixels)


def test_grey_palette_bilevel_and_cmyk_become_bgr() -> None:
    for mode in ("L", "P", "1", "LA"):
        frame = DECODER.decode(encoded(scene().convert(mode), "PNG"))
        assert frame.pixels.shape == (80, 120, 3)
    shows_the_scene(DECODER.decode(encoded(scene().convert("CMYK"), "JPEG", quality=95)).pixels)
    shows_the_scene(DECODER.decode(encoded(scene().convert("CMYK"), "TIFF")).pixels)


def test_transparent_parts_become_white() -> None:
    image = scene().convert("RGBA")
    image.putalpha(0)
    for file_format in ("PNG", "WEBP"):
        assert DECODER.decode(encoded(image, file_format, lossless=True)).pixels.min() >= 250


def test_sixteen_bits_are_scaled_not_cut() -> None:
    values = np.linspace(0, 65535, 80 * 120).reshape(80, 120).astype(np.uint16)
    for file_format in ("PNG", "TIFF"):
        pixels = DECODER.decode(encoded(Image.fromarray(values), file_format)).pixels
        assert pixels[0, 0].max() <= 2
        assert pixels[-1, -1].min() >= 253
        assert pixels[40, 60, 0] == pytest.approx(values[40, 60] / 257, abs=2)
    colour = np.stack([values] * 3, axis=2)
    ok, tiff = cv2.imencode(".tiff", colour)
    assert ok
    deep = DECODER.decode(tiff.tobytes()).pixels
    assert deep[40, 60, 0] == pytest.approx(values[40, 60] / 257, abs=2)


@pytest.mark.parametrize(
    ("asked", "width"), [(0, 1600), (1600, 1600), (801, 1600), (800, 800), (200, 200), (50, 200)]
)
def test_large_jpegs_are_decoded_at_the_size_that_is_needed(asked: int, width: int) -> None:
    data = encoded(scene(1600, 1000), "JPEG")
    frame = DECODER.decode(data, min_long_side_px=asked)
    assert frame.size.width == width
    assert frame.original.width == 1600
    shows_the_scene(frame.pixels)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_header_that_was_read_before_gives_the_same_picture(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = encoded(scene(1600, 1000), file_format, exif=exif)
    header = DECODER.header(data)
    assert (header.size, header.file_format, header.orientation) == (DECODER.size(data), file_format, 6)
    assert (header.size.width, header.size.height) == (1000, 1600)
    for asked in (0, 700):
        anew = DECODER.decode(data, min_long_side_px=asked)
        again = DECODER.decode(data, header=header, min_long_side_px=asked)
        assert again.original == anew.original
        np.testing.assert_array_equal(again.pixels, anew.pixels)


def png(width: int, height: int) -> bytes:
    """A file that says it has this size and holds next to nothing."""
    data = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for chunk in (b"IHDR" + header, b"IDAT" + zlib.compress(b"\0" * 100), b"IEND"):
        data += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return data


@pytest.mark.parametrize("side", [2001, 9_000, 60_000])
def test_limits_are_checked_before_anything_is_decoded(side: int) -> None:
    tracemalloc.start()
    with pytest.raises(ImageTooLarge):
        DECODER.decode(png(side, side))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    with pytest.raises(ImageTooLarge, match=r"MiB"):
        DECODER.decode(b"\xff\xd8\xff" + bytes(5 * 2**20))


def test_a_png_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(ImageUnreadable):
        DECODER.decode(png(2000, 2000))


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\xff\xd8\xff\xe0", b"GIF89a" + bytes(50), b"%PDF-1.4", b"\0" * 1000]
)
def test_what_is_no_image_is_named_so(data: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        DECODER.decode(data)


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(file_format: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), dtype=np.uint8))
    data = encoded(noise, file_format)
    with pytest.raises(ImageUnreadable):
        DECODER.decode(data[: int(len(data) * share)])


def test_trailing_bytes_and_thumbnails_do_not_disturb() -> None:
    exif = Image.Exif()
    exif[0x010E] = "x" * 500
    data = encoded(scene(), "JPEG", exif=exif)
    shows_the_scene(DECODER.decode(data + b"trailer" * 100).pixels)
    inside = (
        data[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(data)) + data + data[2:]
    )  # a picture in a segment
    shows_the_scene(DECODER.decode(inside).pixels)
    with pytest.raises(ImageUnreadable):
        DECODER.decode(inside[: len(inside) // 2 + 200])


def test_500_mutated_images_give_pixels_or_a_named_error() -> None:
    rng = random.Random(7)
    originals = [
        encoded(scene(), file_format, **options)
        for file_format, options in (
            ("JPEG", {}),
            ("JPEG", {"progressive": True}),
            ("PNG", {}),
            ("WEBP", {}),
            ("BMP", {}),
            ("TIFF", {"compression": "tiff_lzw"}),
            ("TIFF", {}),
        )
    ]
    refused = 0
    for number in range(500):
        data = bytearray(originals[number % len(originals)])
        for _ in range(rng.randint(1, 12)):
            action = rng.random()
            place = rng.randrange(min(len(data), 200) if action < 0.4 else len(data))
            if action < 0.8:
                data[place] = rng.randrange(256)
            elif action < 0.9:
                del data[place : place + rng.randint(1, 40)]
            else:
                data[place:place] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 20)))
        if rng.random() < 0.2:
            data = data[: rng.randrange(len(data))]
        try:
            pixels = DECODER.decode(bytes(data)).pixels
        except (ImageUnreadable, ImageTooLarge):  # anything else is a failure
            refused += 1
        else:
            assert pixels.ndim == 3
            assert pixels.size <= 3 * 4_000_000
    assert 50 < refused < 500

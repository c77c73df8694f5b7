"""Files that are no photos, or odd ones: each gets a name, advice and an exit code, at a bounded cost."""

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.acceptance.conftest import PROGRAM, Machine
from visavis.wire.enrolment import EnrolDocument
from visavis.wire.photos import DetectDocument, IdentifyDocument

pytestmark = [pytest.mark.models, pytest.mark.postgres]

MIB = 2**20


def png_header(width: int, height: int, *, depth: int = 8, body: bytes = b"") -> bytes:
    """A PNG that claims a size; its pixels are missing, or zeros that inflate to very many."""
    header = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", body or zlib.compress(b"\0" * 64)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def saved(picture: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def bmp_header(width: int, height: int) -> bytes:
    size = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + size


def tiff_header(width: int, height: int) -> bytes:
    """Claims one strip of pixels far beyond its end."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 200)]
    entries += [(277, 3, 1), (278, 4, height), (279, 4, min(width * height, 2**32 - 1))]
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + b"\0\0\0\0"


def jpeg_claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The same entropy-coded data under a frame header of another size."""
    start = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:start] + struct.pack(">HH", height, width) + jpeg[start + 4 :]


def bad_files(portrait: Image.Image) -> dict[str, tuple[bytes, str]]:
    """Content and the code of the error it must get."""
    jpeg, png = saved(portrait, "JPEG", quality=85), saved(portrait, "PNG")
    webp, tiff = saved(portrait, "WEBP"), saved(portrait, "TIFF")
    gif = saved(portrait.convert("P"), "GIF")
    middle = len(jpeg) // 2
    bomb = zlib.compress(b"\0" * (7000 * 3 * 7000), 9)
    unreadable = {
        "empty.jpg": b"",
        "one-byte.jpg": b"\xff",
        "text.jpg": b"This is not a photograph.\n" * 100,
        "text.png": "Ein Brief, kein Bild. äöü".encode(),
        "zeros.jpg": bytes(100_000),
        "noise.jpg": np.random.default_rng(1).bytes(100_000),
        "page.jpg": b"<html><body>404 Not Found</body></html>",
        "vector.png": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "document.jpg": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
        "archive.jpg": b"PK\x03\x04" + bytes(2000),
        "film.jpg": b"\0\0\0\x18ftypmp42\0\0\0\0" + bytes(2000),
        "animation.gif": gif,
        "gif-called.jpg": gif + b"\0",
        "start-only.jpg": jpeg[:2],
        "header-only.jpg": jpeg[:300],
        "half.jpg": jpeg[:middle],
        "no-end.jpg": jpeg[:-2],
        "start-missing.jpg": jpeg[2:],
        "second-half.jpg": jpeg[middle:],
        "half.png": png[: len(png) // 2],
        "header-only.png": png[:33],
        "no-end.png": png[:-12],
        "broken-sum.png": png[:29] + b"\0\0\0\0" + png[33:],
        "missing-pixels.png": png_header(2000, 2000),
        "half.webp": webp[: len(webp) // 2],
        "header-only.webp": webp[:16],
        "half.tiff": tiff[: len(tiff) // 2],
        "missing-strip.tiff": tiff_header(4000, 4000),
        "header-only.bmp": bmp_header(1000, 1000),
        "size-zero.png": png_header(0, 0),
        "size-zero.bmp": bmp_header(0, 0),
    }
    too_large = {
        "header-bomb.png": png_header(60_000, 60_000),
        "wide-bomb.png": png_header(2**31 - 1, 2**31 - 1),
        "strip-bomb.png": png_header(10**9, 1),
        "deep-bomb.png": png_header(30_000, 30_000, depth=16),
        "deflate-bomb.png": png_header(60_000, 7_000, body=bomb),
        "header-bomb.bmp": bmp_header(60_000, 60_000),
        "header-bomb.tiff": tiff_header(60_000, 60_000),
        "header-bomb.jpg": jpeg_claiming(jpeg, 65_500, 65_500),
        "heavy.jpg": jpeg + bytes(33 * MIB),
    }
    return {name: (content, "image_unreadable") for name, content in unreadable.items()} | {
        name: (content, "image_too_large") for name, content in too_large.items()
    }


def odd_files(portrait: Image.Image) -> dict[str, bytes]:
    """Unusual, and right: one face must be found in each."""
    grey16 = np.asarray(portrait.convert("L")).astype(np.uint16) * 257
    exif = Image.Exif()
    exif[0x0112] = 6  # the picture lies on its side; turned clockwise it is upright
    alpha = portrait.copy()
    alpha.putalpha(Image.new("L", portrait.size, 255))
    frames = [portrait, Image.new("RGB", portrait.size), portrait]
    odd = {
        "deep.tiff": saved(Image.fromarray(grey16), "TIFF"),
        "deep.png": saved(Image.fromarray(grey16), "PNG"),
        "cmyk.jpg": saved(portrait.convert("CMYK"), "JPEG", quality=90),
        "cmyk.tiff": saved(portrait.convert("CMYK"), "TIFF"),
        "moving.webp": saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100),
        "moving.png": saved(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100),
        "pages.tiff": saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]),
        "turned.jpg": saved(portrait.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif),
        "grey.jpg": saved(portrait.convert("L"), "JPEG", quality=90),
        "progressive.jpg": saved(portrait, "JPEG", quality=85, progressive=True),
        "palette.png": saved(portrait.quantize(128), "PNG"),
        "alpha.png": saved(alpha, "PNG"),
        "lossless.webp": saved(portrait, "WEBP", lossless=True),
        "plain.bmp": saved(portrait, "BMP"),
        "wrong-name.txt": saved(portrait, "JPEG", quality=85),
        "more-behind.jpg": saved(portrait, "JPEG", quality=85) + b"\0" * 5000,
    }
    try:
        from pillow_heif import from_pillow
    except ImportError:
        return odd
    out = io.BytesIO()
    from_pillow(portrait).save(out, quality=80)
    return odd | {"photo.heic": out.getvalue()}


MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    data = pytest.importorskip("skimage", reason="carries a photograph").data
    return Image.fromarray(data.astronaut())


@pytest.fixture
def wrong(machine: Machine, portrait: Image.Image) -> dict[Path, str]:
    """Every bad file, a folder, a file that is not there, one that may not be read; and the codes they get."""
    folder = machine.home / "wrong"
    folder.mkdir()
    codes = {}
    for name, (content, code) in bad_files(portrait).items():
        (folder / name).write_bytes(content)
        codes[folder / name] = code
    (folder / "folder.jpg").mkdir()
    (folder / "circle.jpg").symlink_to(folder / "circle.jpg")
    unread = ["folder.jpg", "circle.jpg", "missing.jpg", "x" * 300 + ".jpg"]
    if os.geteuid() != 0:  # root may read everything
        (folder / "closed.jpg").write_bytes(b"")
        (folder / "closed.jpg").chmod(0)
        unread.append("closed.jpg")
    return codes | {folder / name: "file_unreadable" for name in unread}


def named(errors: dict[str, str], wrong: dict[Path, str]) -> dict[str, tuple[str, str]]:
    """Those that got another code than they should: (should, got)."""
    return {
        path.name: (code, errors.get(str(path), "none"))
        for path, code in wrong.items()
        if errors.get(str(path)) != code
    }


def test_detect_names_what_is_wrong_with_each_file_in_little_memory(
    machine: Machine, wrong: dict[Path, str]
) -> None:
    command = [sys.executable, "-c", MEASURED, str(PROGRAM), "detect", *map(str, wrong), "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=machine.environment, cwd=machine.home, timeout=300
    )
    photos = DetectDocument.model_validate_json(done.stdout).photos
    assert len(wrong) >= 40
    assert done.returncode == 2
    assert named({p.photo: p.error.code for p in photos if p.error}, wrong) == {}
    assert [p.photo for p in photos if p.error and not p.error.message] == []
    hintless = [p.photo for p in photos if p.error and not p.error.hint]
    assert {Path(photo).name for photo in hintless} <= {"circle.jpg", "x" * 300 + ".jpg"}
    assert int(done.stderr.split()[-1]) < 512 * 1024  # KiB; one of the bombs alone would be 11 GB


def test_people_are_told_what_to_do(machine: Machine, wrong: dict[Path, str]) -> None:
    told = machine.visavis("detect", *wrong, code=2).out
    assert told.count("✗") == len(wrong)
    assert "half.jpg: The JPEG image is truncated. Send a complete JPEG" in told
    assert "header-bomb.png: The image is larger than the configured limit. Make the image smaller" in told
    assert "missing.jpg: No such file or directory. Check the name" in told


def test_enrol_and_identify_name_it_too_and_go_on(
    machine: Machine, wrong: dict[Path, str], portrait: Image.Image
) -> None:
    good = machine.home / "good.jpg"
    portrait.save(good, quality=90)
    readable = {path: code for path, code in wrong.items() if code != "file_unreadable"}
    machine.visavis("up")
    ended = machine.visavis("enrol", "collins", *readable, good, "--json", code=2)
    enrolled = EnrolDocument.model_validate_json(ended.out)
    assert enrolled.enrolled == 1
    assert named({p.photo: p.error.code for p in enrolled.photos if p.error}, readable) == {}

    ended = machine.visavis("identify", *wrong, good, "--json", code=2)
    results = IdentifyDocument.model_validate_json(ended.out).results
    assert named({r.photos[0]: r.error.code for r in results if r.error}, wrong) == {}
    assert [face.subject for face in results[-1].faces] == ["collins"]

    for path in (path for path, code in wrong.items() if code == "file_unreadable"):
        missing = machine.visavis("enrol", "nobody", path, "--json", code=2)
        assert missing.document["code"] == "file_unreadable"
    assert "nobody" not in machine.visavis("subjects").out


def test_an_endless_file_is_not_read_to_its_end(machine: Machine) -> None:
    ended = machine.visavis("detect", "/dev/zero", "--json", code=2)
    (photo,) = DetectDocument.model_validate_json(ended.out).photos
    assert photo.error is not None
    assert photo.error.code == "image_too_large"


def test_odd_files_are_read(machine: Machine, portrait: Image.Image) -> None:
    odd = {machine.home / name: content for name, content in odd_files(portrait).items()}
    for path, content in odd.items():
        path.write_bytes(content)
    ended = machine.visavis("detect", *odd, "--json")
    for photo in DetectDocument.model_validate_json(ended.out).photos:
        assert (photo.width, photo.height) == (512, 512), photo.photo
        (face,) = photo.faces
        assert abs(face.box.left - 182) < 6, photo.photo
        assert abs(face.box.top - 64) < 6, photo.photo

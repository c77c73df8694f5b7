"""Endless answers, cut into pictures."""

import pytest

from visavis.adapters.video.multipart import Parts, boundary_of
from visavis.domain.errors import CameraUnreachable

ONE, TWO = b"\xff\xd8one--x\r\n\xff\xd9", b"\xff\xd8two\xff\xd9"


def pictures(data: bytes, boundary: bytes, step: int) -> list[bytes]:
    parts = Parts(boundary=boundary, most_bytes=1000)
    return [
        part.body.rstrip() for at in range(0, len(data), step) for part in parts.feed(data[at : at + step])
    ]


def told(body: bytes) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(body), body)


def untold(body: bytes, gap: bytes = b"\r\n") -> bytes:
    return b"--frame" + gap + b"Content-Type: image/jpeg" + gap * 2 + body + gap


@pytest.mark.parametrize("step", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("data", "boundary"),
    [
        (told(ONE) + told(TWO), b"frame"),
        (told(ONE) + told(TWO), b"wrong"),
        (told(ONE) + told(TWO), b""),
        (b"\r\n" + untold(ONE) + untold(TWO) + b"--frame", b"frame"),
        (untold(ONE, b"\n") + untold(TWO, b"\n") + b"--frame", b"frame"),
        (untold(ONE) + untold(TWO) + b"--frame", b""),
        (b"--frame\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi\r\n" + told(ONE) + told(TWO), b"frame"),
    ],
)  # fmt: skip
def test_pictures_are_found_whatever_the_camera_writes(data: bytes, boundary: bytes, step: int) -> None:
    assert pictures(data, boundary, step) == [ONE, TWO]


def test_what_never_ends_is_given_up() -> None:
    with pytest.raises(CameraUnreachable):
        pictures(b"--frame\r\n\r\n" + b"\xff\xd8" + b"x" * 3000, b"frame", 100)
    with pytest.raises(CameraUnreachable):
        pictures(b"--frame\r\nContent-Length: 99999\r\n\r\n", b"frame", 100)
    with pytest.raises(CameraUnreachable):
        pictures(b"x" * 20_000, b"frame", 1000)


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;BOUNDARY="--frame"', b"frame"),
        ("multipart/x-mixed-replace", b""),
    ],
)
def test_boundaries(header: str, boundary: bytes) -> None:
    assert boundary_of(header) == boundary

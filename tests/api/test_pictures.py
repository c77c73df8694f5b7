"""Pictures in every way they may be sent, and in many that they may not."""

import base64
from pathlib import Path

import pytest

from tests.api.serving import Served

pytestmark = [pytest.mark.anyio, pytest.mark.models]
JPEG = {"Content-Type": "image/jpeg"}


@pytest.fixture
def face(portraits: Path) -> bytes:
    return (portraits / "obama.jpg").read_bytes()


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_every_way_gives_the_same(recognising: Served, face: bytes) -> None:
    async with recognising.client(await recognising.key()) as client:
        answers = [
            await client.post("/v1/detect", content=face, headers=JPEG),
            await client.post(
                "/v1/detect", content=face, headers={"Content-Type": "application/octet-stream"}
            ),
            await client.post("/v1/detect", files={"image": ("a.jpg", face)}),
            await client.post("/v1/detect", json={"image": text(face)}),
            await client.post("/v1/detect", json={"image": f"data:image/jpeg;base64,{text(face)}"}),
        ]
        assert [one.status_code for one in answers] == [200] * 5
        assert len({one.text for one in answers}) == 1
        (found,) = answers[0].json()["faces"]
        assert found["accepted"]
        assert len(found["landmarks"]) == 5


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"", JPEG, 422, "value_invalid"),
        (b"\xff\xd8\xff\xe0", JPEG, 422, "image_unreadable"),
        (b"<svg/>", JPEG, 422, "image_unreadable"),
        (b"GIF89a", JPEG, 422, "image_unreadable"),
        (b"x", {"Content-Type": "text/plain"}, 415, "media_unsupported"),
        (b"x", {}, 415, "media_unsupported"),
        (b"x", {"Content-Type": "multipart/form-data"}, 422, "value_invalid"),
        (b"x", {"Content-Type": "multipart/form-data; boundary=b"}, 422, "value_invalid"),
        (b"--b\r\n\r\n", {"Content-Type": "multipart/form-data; boundary=b"}, 422, "value_invalid"),
        (b'{"image": 1}', {"Content-Type": "application/json"}, 422, "value_invalid"),
        (b'{"image": "***"}', {"Content-Type": "application/json"}, 422, "value_invalid"),
        (b'{"image": {"a": 1}}', {"Content-Type": "application/json"}, 422, "value_invalid"),
        (b'{"url": "http://127.0.0.1/"}', {"Content-Type": "application/json"}, 422, "value_invalid"),
        (b"{}", {"Content-Type": "application/json"}, 422, "value_invalid"),
    ],
)
async def test_what_cannot_be_used(
    recognising: Served, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    async with recognising.client(await recognising.key()) as client:
        answer = await client.post("/v1/detect", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_picture_that_is_cut_off(recognising: Served, face: bytes) -> None:
    async with recognising.client(await recognising.key()) as client:
        answer = await client.post("/v1/detect", content=face[: len(face) // 2], headers=JPEG)
    assert (answer.status_code, answer.json()["code"]) == (422, "image_unreadable")


async def test_parts_that_are_too_many_or_not_known(recognising: Served, face: bytes) -> None:
    async with recognising.client(await recognising.key()) as client:
        twice = [("image", ("a.jpg", face)), ("image", ("b.jpg", face))]
        assert (await client.post("/v1/detect", files=twice)).json()["code"] == "value_invalid"
        unknown = await client.post("/v1/detect", files={"picture": ("a.jpg", face)})
        assert unknown.json()["code"] == "value_invalid"
        many = [("image", (f"{number}.jpg", b"x")) for number in range(33)]
        await client.post("/v1/galleries", json={"name": "staff"})
        assert (await client.post("/v1/galleries/staff/identify", files=many)).status_code == 422


async def test_no_face_and_many_faces(recognising: Served, portraits: Path) -> None:
    import cv2
    import numpy as np

    first, second = (cv2.imread(str(portraits / name)) for name in ("obama.jpg", "biden.jpg"))
    assert first is not None and second is not None  # noqa: PT018
    two = np.hstack([cv2.resize(one, (500, 600)) for one in (first, second)])
    both, blank = (cv2.imencode(".png", one)[1].tobytes() for one in (two, np.zeros((200, 200, 3), np.uint8)))
    async with recognising.client(await recognising.key()) as client:
        for picture, code in ((blank, "no_face"), (both, "many_faces")):
            files = {"reference": ("a.png", picture), "probe": ("b.png", both)}
            answer = await client.post("/v1/verify", files=files)
            assert (answer.status_code, answer.json()["code"]) == (422, code)
            assert answer.json()["hint"]
        assert (await client.post("/v1/detect", content=blank, headers=JPEG)).json()["faces"] == []

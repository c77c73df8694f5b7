"""What the clients of CompreFace catch."""

import base64
import uuid
from collections.abc import Iterator

import pytest

from tests.compreface.client import Client
from tests.compreface.server import Server, serving
from tests.rekognition.photos import PhotoInference, photo
from visavis.adapters.images.decoder import BoundedDecoder
from visavis.bootstrap.compreface import RECOGNITION
from visavis.domain.access import Permission
from visavis.domain.account import KeyKind, Rate
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import QualityGate

pytestmark = pytest.mark.enable_socket

ANN = photo("ann")
NO_FACE = (400, 28, "No face is found in the given image")


class DecodingInference(PhotoInference):
    """Refuses what is no picture, as the real one does."""

    async def samples(self, picture: bytes | Frame, *, gate: QualityGate) -> list[Sample | Rejection]:
        assert isinstance(picture, bytes)
        BoundedDecoder().size(picture)
        return await super().samples(picture, gate=gate)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(lambda pack: DecodingInference(pack.embedder.model)) as running:
        yield running


@pytest.fixture
def gallery() -> str:
    return f"g-{uuid.uuid4()}"


@pytest.fixture
def client(server: Server, gallery: str) -> Client:
    return Client(url=server.url, key=server.recognition(gallery))


def test_keys(server: Server, gallery: str) -> None:
    path = "/recognition/subjects"
    assert Client(url=server.url, key=None).get(path).failure == (400, 20, "Missing header: x-api-key")
    for odd in ("secret", str(uuid.uuid4())[:-1], uuid.uuid4().hex, "vv_a_b"):
        answer = Client(url=server.url, key=odd).get(path)
        assert answer.failure == (400, 26, "Service API key should be UUID")
    unknown = str(uuid.uuid4())
    message = f"Recognition service with API Key {unknown} not found"
    assert Client(url=server.url, key=unknown).get(path).failure == (404, 10, message)
    upper = Client(url=server.url, key=server.recognition(gallery).upper())
    assert upper.get(path).status == 200


def test_a_key_is_for_one_type_of_service(server: Server, gallery: str) -> None:
    keys = {
        "Recognition": server.recognition(gallery),
        "Detection": server.detection(),
        "Verification": server.verification(),
    }
    paths = {
        "Recognition": ("GET", "/recognition/subjects"),
        "Detection": ("POST", "/detection/detect"),
        "Verification": ("POST", "/verification/verify"),
    }
    for key_type, key in keys.items():
        for path_type, (method, path) in paths.items():
            answer = Client(url=server.url, key=key).send(method, path)
            if key_type == path_type:
                assert answer.status == 200 or answer.json["code"] == 34
            else:
                assert answer.failure == (404, 10, f"{path_type} service with API Key {key} not found")


def test_other_keys_are_none(server: Server, gallery: str) -> None:
    server.recognition(gallery)
    everything = frozenset(Permission)
    without_gallery = Client(url=server.url, key=server.key(everything))
    assert without_gallery.get("/recognition/subjects").failure[:2] == (404, 10)
    native = server.key(everything, gallery=gallery, kind=KeyKind.NATIVE)
    assert Client(url=server.url, key=native).get("/recognition/subjects").failure[:2] == (400, 26)


def test_a_gallery_that_is_gone_is_no_service(server: Server, client: Client, gallery: str) -> None:
    server.run(server.platform.galleries.remove(gallery))
    assert client.get("/recognition/subjects").failure[:2] == (404, 10)


def test_permissions_of_the_key_hold(server: Server, gallery: str) -> None:
    server.recognition(gallery)
    key = server.key(RECOGNITION - {Permission.SUBJECTS_ERASE, Permission.TEMPLATES}, gallery=gallery)
    client = Client(url=server.url, key=key)
    assert client.delete("/recognition/subjects").failure[:2] == (403, 0)
    client.upload("/recognition/faces?subject=ann", file=ANN)
    (face,) = client.upload("/recognition/recognize?face_plugins=calculator", file=ANN).json["result"]
    assert "embedding" not in face
    sent = {"embeddings": [[0.0] * 512]}
    assert client.json("POST", "/recognition/embeddings/recognize", sent).failure[:2] == (403, 0)


def test_too_many_requests(server: Server, gallery: str) -> None:
    server.recognition(gallery)
    client = Client(
        url=server.url, key=server.key(RECOGNITION, gallery=gallery, rate=Rate(per_minute=1, burst=1))
    )
    assert client.get("/recognition/subjects").status == 200
    answer = client.get("/recognition/subjects")
    assert answer.failure[:2] == (429, 0)
    assert int(answer.headers["retry-after"]) >= 1


def test_pictures(client: Client) -> None:
    for path in ("/recognition/recognize", "/recognition/faces?subject=ann"):
        assert client.upload(path, file=photo()).failure == NO_FACE
        assert client.upload(path, file=b"not an image").failure == NO_FACE
        assert client.upload(path, file=b"").failure == NO_FACE
        extension = client.upload(path, "x.pdf", file=ANN)
        assert extension.failure == (400, 21, "File [x.pdf] has an unavailable extension")
        assert client.upload(path, "example.jpeg", file=ANN).status in (200, 201)
        assert client.upload(path, photo=ANN).failure == (400, 34, "Required part file is missing")
        assert client.send("POST", path).failure == (400, 34, "Required part file is missing")
        assert client.send("POST", path, b"x", "multipart/form-data").failure[:2] == (400, 34)
        bad = client.json("POST", path, {"file": "?"})
        assert bad.failure == (400, 21, "Provided value is not Base64")
        assert client.json("POST", path, {}).failure[:2] == (400, 5)
        assert client.json("POST", path, {"file": ""}).failure[:2] == (400, 5)
        assert client.send("POST", path, b"{", "application/json").failure[:2] == (400, 0)
        assert client.upload(path, file=ANN + bytes(5 * 2**20)).failure[:2] == (400, 0)
        coded = base64.b64encode(bytes(8 * 2**20)).decode()
        assert client.json("POST", path, {"file": coded}).failure[:2] == (400, 0)


def test_enrolment(client: Client) -> None:
    path = "/recognition/faces"
    missing = client.upload(path, file=ANN)
    assert missing.failure == (400, 33, "Required parameter subject is missing")
    many = client.upload(f"{path}?subject=a", file=photo("ann", "bob"))
    assert many.failure == (400, 31, "More than one face in the source image")
    bad = client.upload(f"{path}?subject=a", file=photo("ann", bad=["ann"]))
    assert bad.failure[:2] == (400, 28)
    assert "too_blurred" not in bad.json["message"]
    assert client.get("/recognition/subjects").json == {"subjects": []}


def test_subjects(client: Client) -> None:
    path = "/recognition/subjects"
    assert client.json("POST", path, {"subject": "ann"}).status == 201
    assert client.json("POST", path, {"subject": "ann"}).failure == (400, 43, "Subject already exists")
    for empty in ({}, {"subject": ""}, {"subject": " "}, {"subject": None}):
        assert client.json("POST", path, empty).failure[:2] == (400, 5)
        assert client.json("PUT", f"{path}/ann", empty).failure[:2] == (400, 5)
    for odd in ("a" * 51, "a;b", "a/b", "a\\b", "a\nb"):
        assert client.json("POST", path, {"subject": odd}).failure[:2] == (400, 26)
    assert client.json("POST", path, {"subject": 5}).failure[:2] == (400, 26)
    unknown = (404, 42, "Subject bob not found")
    assert client.delete(f"{path}/bob").failure == unknown
    assert client.json("PUT", f"{path}/bob", {"subject": "eve"}).failure == unknown
    assert client.delete(f"{path}/..%2F..%2Fx").failure[0] == 404
    for odd in ("%00", "a%0A", "%ED%A0%80", "a" * 300):
        assert client.delete(f"{path}/{odd}").failure[:2] == (404, 42)
        assert client.get(f"/recognition/faces?subject={odd}").json["total_elements"] == 0


def test_images(client: Client) -> None:
    client.upload("/recognition/faces?subject=ann", file=ANN)
    for image in (str(uuid.uuid4()), "17"):
        deleted = client.delete(f"/recognition/faces/{image}")
        assert deleted.failure == (404, 44, f"Image {image} not found")
        verified = client.upload(f"/recognition/faces/{image}/verify", file=ANN)
        assert verified.failure == (404, 44, "Image Id is incorrect")
    assert client.json("POST", "/recognition/faces/delete", ["x"]).failure[:2] == (400, 0)
    assert client.json("POST", "/recognition/faces/delete", {"a": 1}).failure[:2] == (400, 0)


@pytest.mark.parametrize(
    "query",
    [
        "limit=-1",
        "limit=x",
        "prediction_count=0",
        "det_prob_threshold=2",
        "det_prob_threshold=nan",
        "status=maybe",
    ],
)
def test_options(client: Client, query: str) -> None:
    assert client.upload(f"/recognition/recognize?{query}", file=ANN).failure[:2] == (400, 26)


def test_verification(server: Server) -> None:
    client = Client(url=server.url, key=server.verification())
    path, two = "/verification/verify", photo("ann", "bob")
    assert client.upload(path, source_image=two, target_image=ANN).failure[:2] == (400, 31)
    assert client.upload(path, source_image=photo(), target_image=ANN).failure == NO_FACE
    assert client.upload(path, source_image=ANN, target_image=photo()).failure == NO_FACE
    missing = client.upload(path, source_image=ANN)
    assert missing.failure == (400, 34, "Required part target_image is missing")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 5),
        ({"embeddings": []}, 26),
        ({"embeddings": [[1.0, 2.0]]}, 26),
        ({"embeddings": [[0.0] * 512]}, 26),
        ({"embeddings": [["x"] * 512]}, 26),
        ({"embeddings": [[1e30] * 512]}, 26),
    ],
)
def test_embeddings(client: Client, body: object, code: int) -> None:
    assert client.json("POST", "/recognition/embeddings/recognize", body).failure[:2] == (400, code)


def test_paths_and_methods(client: Client) -> None:
    for method, path in (
        ("GET", "/nothing"),
        ("GET", "/"),
        ("PATCH", "/recognition/subjects"),
        ("GET", "/recognition/recognize"),
        ("POST", "/config"),
    ):
        assert client.send(method, path).failure[:2] == (404, 0)

"""The CompreFace dialect as its clients call it, on pictures that say whom they show."""

import base64
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.compreface.client import Client
from tests.compreface.server import Server, serving
from tests.rekognition.photos import PhotoInference, photo
from visavis.application.ports.events import EventFilter
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.policy import Keep
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(lambda pack: PhotoInference(pack.embedder.model)) as running:
        yield running


@pytest.fixture
def gallery() -> str:
    return f"g-{uuid.uuid4()}"


@pytest.fixture
def client(server: Server, gallery: str) -> Client:
    return Client(url=server.url, key=server.recognition(gallery))


def add(client: Client, subject: str, *people: str, seed: int = 0) -> str:
    done = client.upload(
        f"/recognition/faces?subject={quote(subject)}", file=photo(*(people or (subject,)), seed=seed)
    )
    assert done.status == 201, done.content
    assert done.json == {"image_id": done.json["image_id"], "subject": subject}
    assert str(uuid.UUID(done.json["image_id"])) == done.json["image_id"]
    return str(done.json["image_id"])


def events(server: Server, gallery: str) -> list[Any]:
    async def read() -> list[Any]:
        async with server.installation.store.transaction(DEFAULT_TENANT) as work:
            found = await work.galleries.by_name(gallery)
            return await work.events.page(EventFilter(gallery_id=found.id))

    return list(server.run(read()))


def test_subjects(client: Client) -> None:
    for name in ("Ada Lovelace", "Bob"):
        made = client.json("POST", "/recognition/subjects", {"subject": name})
        assert (made.status, made.json) == (201, {"subject": name})
    assert b'{\n  "subject": "Bob"\n}' == made.content
    assert client.get("/recognition/subjects").json == {"subjects": ["Ada Lovelace", "Bob"]}
    assert client.get("/recognition/subjects/").json == {"subjects": ["Ada Lovelace", "Bob"]}
    sent = {"subject": "Ada", "api_endpoint": "Ada Lovelace"}  # as the SDK sends it
    path = "/recognition/subjects/" + quote("Ada Lovelace")
    assert client.json("PUT", path, sent).json == {"updated": True}
    assert client.json("PUT", "/recognition/subjects/Ada", {"subject": "Ada"}).json == {"updated": False}
    assert client.get("/recognition/subjects").json == {"subjects": ["Ada", "Bob"]}
    assert client.delete("/recognition/subjects/Ada").json == {"subject": "Ada"}
    assert client.delete("/recognition/subjects").json == {"deleted": 1}
    assert client.get("/recognition/subjects").json == {"subjects": []}


def test_a_new_name_that_is_taken_merges(client: Client) -> None:
    images = {add(client, "ann"), add(client, "ann", seed=1), add(client, "anne", "ann", seed=2)}
    assert client.json("PUT", "/recognition/subjects/anne", {"subject": "ann"}).json == {"updated": True}
    assert client.get("/recognition/subjects").json == {"subjects": ["ann"]}
    faces = client.get("/recognition/faces?subject=ann").json["faces"]
    assert {one["image_id"] for one in faces} == images


def test_services_with_equal_names_do_not_meet(server: Server, client: Client, gallery: str) -> None:
    other = Client(url=server.url, key=server.recognition(f"{gallery}-2"))
    mine, theirs = add(client, "ann"), add(other, "ann", "another ann")
    assert client.get("/recognition/faces").json["total_elements"] == 1
    assert client.delete("/recognition/subjects/ann").json == {"subject": "ann"}
    assert other.get("/recognition/faces").json["faces"] == [{"image_id": theirs, "subject": "ann"}]
    assert client.delete(f"/recognition/faces/{theirs}").status == 404
    assert client.upload(f"/recognition/faces/{theirs}/verify", file=photo("ann")).status == 404
    assert other.delete(f"/recognition/faces/{mine}").status == 404


def test_whoever_was_enrolled_otherwise_is_a_subject(server: Server, client: Client, gallery: str) -> None:
    async def enrol() -> None:
        work = await server.platform.opened(gallery)
        await work.enrol(work.gallery, "eve", [("one", photo("eve"))])
        await server.platform.create(f"{gallery}-3", pack=server.platform.models.pack())
        elsewhere = await server.platform.opened(f"{gallery}-3")
        await elsewhere.enrol(elsewhere.gallery, "eve", [("one", photo("eve", seed=5))])

    server.run(enrol())
    add(client, "eve", seed=1)
    assert client.get("/recognition/subjects").json == {"subjects": ["eve"]}
    assert client.get("/recognition/faces?subject=eve").json["total_elements"] == 2
    # under a new name she is still who she was in the other gallery
    assert client.json("PUT", "/recognition/subjects/eve", {"subject": "Eva"}).json == {"updated": True}
    assert client.get("/recognition/faces?subject=Eva").json["total_elements"] == 2
    assert client.delete("/recognition/subjects/Eva").json == {"subject": "Eva"}
    kept = server.run(server.platform.subjects.get("eve"))
    assert kept.galleries == ((f"{gallery}-3", 1),)


def test_pages_of_faces(client: Client) -> None:
    images = sorted(add(client, f"p{number}") for number in range(5))
    first = client.get("/recognition/faces").json
    assert [one["image_id"] for one in first["faces"]] == images
    assert {name: first[name] for name in first if name != "faces"} == {
        "page_number": 0,
        "page_size": 20,
        "total_pages": 1,
        "total_elements": 5,
    }
    last = client.get("/recognition/faces?page=2&size=2").json
    assert [one["image_id"] for one in last["faces"]] == images[4:]
    assert (last["page_number"], last["page_size"], last["total_pages"]) == (2, 2, 3)
    assert client.get("/recognition/faces?subject=nobody").json["total_elements"] == 0


def test_deleting_faces(client: Client) -> None:
    ann, bob, more = add(client, "ann"), add(client, "bob"), [add(client, "ann", seed=n) for n in (1, 2, 3)]
    assert client.delete(f"/recognition/faces/{bob}").json == {"image_id": bob, "subject": "bob"}
    some = client.json("POST", "/recognition/faces/delete", [ann, str(uuid.uuid4()), more[0]]).json
    assert sorted(one["image_id"] for one in some) == sorted([ann, more[0]])
    assert {one["subject"] for one in some} == {"ann"}
    assert client.json("POST", "/recognition/faces/delete", []).json == []
    assert client.delete("/recognition/faces?subject=nobody").json == {"deleted": 0}
    assert client.delete("/recognition/faces?subject=ann").json == {"deleted": 2}
    add(client, "bob")
    assert client.delete("/recognition/faces").json == {"deleted": 1}
    assert client.get("/recognition/subjects").json == {"subjects": ["ann", "bob"]}


def test_recognize_ranks_photos(client: Client) -> None:
    for seed in range(3):
        add(client, "ann", seed=seed)
    add(client, "bob")
    found = client.upload(
        "/recognition/recognize?&limit=0&prediction_count=4&face_plugins=undefined",
        file=photo("ann", "eve", seed=9),
    ).json
    assert set(found) == {"result"}
    ann, eve = found["result"]
    assert set(ann) == {"box", "subjects"}
    assert ann["box"] == {"probability": 0.9, "x_max": 60, "y_max": 70, "x_min": 0, "y_min": 10}
    assert [one["subject"] for one in ann["subjects"]] == ["ann", "ann", "ann", "bob"]
    similarities = [one["similarity"] for one in ann["subjects"]]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[2] > 0.98
    assert similarities[3] < 0.5
    assert max(one["similarity"] for one in eve["subjects"]) < 0.5
    alone = client.upload("/recognition/recognize", file=photo("ann", "eve", seed=9)).json["result"]
    assert [len(one["subjects"]) for one in alone] == [1, 1]
    assert alone[0]["subjects"] == ann["subjects"][:1]
    one = client.upload("/recognition/recognize?limit=1", file=photo("ann", "eve")).json["result"]
    assert len(one) == 1


def test_recognize_can_rank_subjects_and_decide(client: Client) -> None:
    for seed in range(3):
        add(client, "ann", seed=seed)
    add(client, "bob")
    query = "prediction_count=4&rank_by=subject&decision=true"
    ann, eve = client.upload(f"/recognition/recognize?{query}", file=photo("ann", "eve", seed=9)).json[
        "result"
    ]
    assert [one["subject"] for one in ann["subjects"]] == ["ann", "bob"]
    assert (ann["decision"], eve["decision"]) == ("match", "non_match")


def test_nobody_is_enrolled(client: Client) -> None:
    (face,) = client.upload("/recognition/recognize", file=photo("ann")).json["result"]
    assert face["subjects"] == []


def test_plugins_and_status(client: Client) -> None:
    add(client, "ann")
    query = "face_plugins=landmarks,calculator,pose,age,gender,mask&status=true&det_prob_threshold=0.8"
    found = client.upload(f"/recognition/recognize?{query}", file=photo("ann", seed=3)).json
    (face,) = found["result"]
    assert set(face) == {"box", "subjects", "landmarks", "embedding", "pose", "execution_time"}
    assert face["landmarks"] == [[20, 30], [40, 30], [30, 40], [22, 50], [38, 50]]
    assert face["pose"] == {"pitch": -3.0, "roll": 1.0, "yaw": 5.0}
    assert len(face["embedding"]) == 512
    assert set(face["execution_time"]) == {"detector", "calculator", "pose"}
    assert set(found["plugins_versions"]) == {"detector", "calculator", "pose"}
    nothing = client.upload("/recognition/recognize?det_prob_threshold=0.95", file=photo("ann"))
    assert nothing.failure == (400, 28, "No face is found in the given image")


def test_a_bad_face_is_shown_without_subjects(server: Server, client: Client, gallery: str) -> None:
    add(client, "ann")
    good, bad = client.upload("/recognition/recognize", file=photo("ann", "bob", bad=["bob"])).json["result"]
    assert good["subjects"]
    assert bad["subjects"] == []
    assert {one.position: one.kind.value for one in events(server, gallery)} == {
        0: "identified",
        1: "rejected",
    }


def test_faces_that_were_cut_out(client: Client) -> None:
    add(client, "ann")
    (face,) = client.upload(
        "/recognition/recognize?detect_faces=false", file=photo("ann", "bob", seed=4)
    ).json["result"]
    assert face["box"] == {"probability": 1.0, "x_max": 400, "y_max": 100, "x_min": 0, "y_min": 0}
    assert face["subjects"][0]["subject"] == "ann"
    assert face["subjects"][0]["similarity"] > 0.98
    nobody = client.upload("/recognition/recognize?detect_faces=false", file=photo())
    assert nobody.failure[:2] == (400, 28)  # it is not square, so it cannot be an aligned face


def test_base64(client: Client) -> None:
    coded = base64.b64encode(photo("ann")).decode()
    assert client.json("POST", "/recognition/faces?subject=ann", {"file": coded}).status == 201
    found = client.json("POST", "/recognition/recognize", {"file": coded}).json
    assert found["result"][0]["subjects"][0] == {"subject": "ann", "similarity": 1.0}


def test_verify_with_a_photo(server: Server, client: Client, gallery: str) -> None:
    image = add(client, "ann")
    found = client.upload(
        f"/recognition/faces/{image}/verify?limit=0&status=true", file=photo("ann", "bob", seed=2)
    ).json
    ann, bob = found["result"]
    assert (ann["subject"], bob["subject"]) == ("ann", "ann")
    assert ann["similarity"] > 0.98 > 0.5 > bob["similarity"]
    assert "detector" in found["plugins_versions"]
    second, first = events(server, gallery)  # the latest first
    assert (first.source, first.kind.value, first.outcome) == ("compreface", "verified", Outcome.MATCH)
    assert second.outcome is Outcome.NON_MATCH


def test_embeddings(client: Client) -> None:
    image = add(client, "ann")
    add(client, "bob")
    faces = client.upload(
        "/recognition/recognize?face_plugins=calculator", file=photo("ann", "bob", seed=7)
    ).json["result"]
    ann, bob = (face["embedding"] for face in faces)
    found = client.json(
        "POST", "/recognition/embeddings/recognize?prediction_count=2", {"embeddings": [bob, ann]}
    ).json["result"]
    assert [one["embedding"] for one in found] == [bob, ann]
    assert [[hit["subject"] for hit in one["similarities"]] for one in found] == [
        ["bob", "ann"],
        ["ann", "bob"],
    ]
    assert found[1]["similarities"][0] == faces[0]["subjects"][0]
    done = client.json(
        "POST", f"/recognition/embeddings/faces/{image}/verify", {"embeddings": [bob, ann]}
    ).json["result"]
    assert [one["embedding"] for one in done] == [ann, bob]
    assert done[0]["similarity"] > 0.98 > 0.5 > done[1]["similarity"]


def test_detection(server: Server) -> None:
    client = Client(url=server.url, key=server.detection())
    found = client.upload(
        "/detection/detect?face_plugins=landmarks,calculator", file=photo("ann", "bob")
    ).json["result"]
    assert [set(one) for one in found] == [{"box", "landmarks", "embedding"}] * 2
    assert [set(one) for one in client.upload("/detection/detect", file=photo("ann")).json["result"]] == [
        {"box"}
    ]


def test_verification(server: Server) -> None:
    client = Client(url=server.url, key=server.verification())
    found = client.upload(
        "/verification/verify?status=true",
        source_image=photo("ann"),
        target_image=photo("bob", "ann", seed=3),
    ).json
    (result,) = found["result"]
    assert set(result) == {"source_image_face", "face_matches", "plugins_versions"}
    assert set(result["source_image_face"]) == {"box", "execution_time"}
    bob, ann = result["face_matches"]
    assert ann["similarity"] > 0.98 > 0.5 > bob["similarity"]
    faces = [
        client.upload(
            "/verification/verify?face_plugins=calculator", source_image=photo(name), target_image=photo(name)
        ).json["result"][0]["source_image_face"]["embedding"]
        for name in ("ann", "bob")
    ]
    done = client.json(
        "POST", "/verification/embeddings/verify", {"source": faces[0], "targets": faces[::-1]}
    ).json["result"]
    assert [one["similarity"] for one in done] == sorted((one["similarity"] for one in done), reverse=True)
    assert done[0] == {"embedding": faces[0], "similarity": 1.0}


def test_photos_that_are_kept(server: Server, gallery: str) -> None:
    key = server.recognition(gallery, keep=Keep.PHOTO)
    client, nobody = Client(url=server.url, key=key), Client(url=server.url, key=None)
    image = add(client, "ann")
    for answer in (
        client.get(f"/recognition/faces/{image}/img"),
        nobody.get(f"/static/{key}/images/{image}"),
    ):
        assert answer.content == photo("ann")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["cache-control"] == "private, no-store"
    assert client.get(f"/recognition/faces/{uuid.uuid4()}/img").content == b""
    assert nobody.get(f"/static/{uuid.uuid4()}/images/{image}").failure[:2] == (404, 10)


def test_the_script_of_the_documentation_takes_photos_along(
    server: Server, gallery: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "howto" / "migrate-from-compreface.md").read_text("utf-8")
    script = page.partition("```text\n")[2].partition("```")[0]
    old = Client(url=server.url, key=server.recognition(gallery, keep=Keep.PHOTO))
    new = Client(url=server.url, key=server.recognition(f"{gallery}-new"))
    for seed in range(2):
        add(old, "Ada Lovelace", "ada", seed=seed)
    add(old, "bob")
    for name, client in (("OLD", old), ("NEW", new)):
        monkeypatch.setenv(f"{name}_URL", server.url)
        monkeypatch.setenv(f"{name}_KEY", str(client.key))
    exec(script, {"__name__": "docs"})  # noqa: S102
    assert capsys.readouterr().out == ""
    assert new.get("/recognition/subjects").json == {"subjects": ["Ada Lovelace", "bob"]}
    assert new.get("/recognition/faces").json["total_elements"] == 3


def test_photos_that_are_not_kept(client: Client) -> None:
    answer = client.get(f"/recognition/faces/{add(client, 'ann')}/img")
    assert (answer.status, answer.content) == (200, b"")


def test_system(server: Server) -> None:
    client = Client(url=server.url, key=None)
    assert client.get("/config").json == {"clientMaxFileSize": 5242880, "clientMaxBodySize": 10485760}
    assert client.get("/consistence/status").json["status"] == "OK"
    assert client.send("POST", "/migrate").failure[:2] == (400, 0)


def test_everything_is_recorded(server: Server, client: Client, gallery: str) -> None:
    async def actions() -> list[Action]:
        async with server.installation.store.transaction(DEFAULT_TENANT) as work:
            return [one.record.action for one in await work.audit.page(limit=10_000)]

    before = len(server.run(actions()))
    add(client, "ann")
    client.upload("/recognition/recognize", file=photo("ann", seed=1))
    client.delete("/recognition/subjects/ann")
    done = server.run(actions())[before:]
    assert done == [Action.SUBJECT_ENROLLED, Action.DECISION_IDENTIFIED, Action.SUBJECT_ERASED]
    (event,) = events(server, gallery)
    assert (event.source, event.outcome, event.subject_id) == ("compreface", Outcome.MATCH, None)  # forgotten

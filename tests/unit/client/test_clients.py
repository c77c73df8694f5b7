"""Both clients over a transport that answers by itself."""

import io
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

import anyio
import httpx
import pytest

from visavis.client.asynchronous import AsyncClient
from visavis.client.connection import Retries
from visavis.client.signatures import verify_webhook
from visavis.client.synchronous import Client
from visavis.domain.errors import (
    Conflict,
    FileUnreadable,
    NoFace,
    NotAuthenticated,
    NotFound,
    Overloaded,
    QuotaExceeded,
    RequestTooLarge,
    ServerUnreachable,
    SettingsInvalid,
    Unavailable,
    ValueInvalid,
    VisavisError,
)
from visavis.domain.webhook import signature
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.accounts import Me
from visavis.wire.v1.problem import Problem

AT_ONCE = Retries(times=3, first_s=0.0, longest_s=30.0)
ME = {"kind": "key", "id": "1", "tenant": "t", "permissions": [], "galleries": None}
Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **options: object) -> Client:
    given = {"retries": AT_ONCE, **options}
    return Client("http://faces.test/", "vv_k", transport=httpx.MockTransport(answer), **given)


def problem(error: VisavisError, **headers: str) -> httpx.Response:
    said = Problem.of(error, request_id="r-1")
    return httpx.Response(said.status, content=said.model_dump_json(), headers=headers)


def test_requests_say_who_asks() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ME)

    with client(answer, user_agent="gate/2") as one:
        assert_type(one.me(), Me)
    (request,) = seen[:1]
    assert str(request.url) == "http://faces.test/v1/me"
    assert request.headers["authorization"] == "Bearer vv_k"
    assert request.headers["user-agent"].startswith("gate/2 visavis-python/")


async def _asked(answer: Answer) -> Me:
    transport = httpx.MockTransport(answer)
    async with AsyncClient("http://faces.test", "vv_k", transport=transport, retries=AT_ONCE) as one:
        found = await one.me()
        assert_type(found, Me)
        return found


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_both_clients_try_again_as_often(failures: int) -> None:
    def answering() -> Answer:
        calls = 0

        def answer(_: httpx.Request) -> httpx.Response:
            nonlocal calls
            calls += 1
            if calls > failures:
                return httpx.Response(200, json=ME)
            if calls == 1:
                raise httpx.ConnectError("refused")
            return problem(Overloaded())

        return answer

    with client(answering()) as one:
        assert one.me().id == "1"
    assert anyio.run(_asked, answering()).id == "1"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(502, text="<html>"), Unavailable),
        (httpx.Response(404, text="nginx"), NotFound),
        (httpx.Response(429, text=""), QuotaExceeded),
        (httpx.Response(302, headers={"location": "http://elsewhere.test"}), VisavisError),
        (httpx.Response(200, text="welcome"), VisavisError),
        (problem(NoFace()), NoFace),
    ],
)
def test_answers_of_others_have_a_class_too(answer: httpx.Response, kind: type[VisavisError]) -> None:
    with client(lambda _: answer, retries=0) as one, pytest.raises(kind) as raised:
        one.me()
    assert type(raised.value) is kind


def test_a_code_of_a_newer_server_keeps_its_name() -> None:
    said = Problem.of(Conflict("Two moons."), request_id="r-9").model_copy(
        update={"code": "moons_aligned", "retryable": True, "hint": "Wait.", "reasons": ("tide",)}
    )

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(409, content=said.model_dump_json(), headers={"Retry-After": "2"})

    with client(answer, retries=0) as one, pytest.raises(Conflict) as raised:
        one.me()
    error = raised.value
    assert (error.code, error.message, error.advice) == ("moons_aligned", "Two moons.", "Wait.")
    assert (error.retryable, error.retry_after_s, error.request_id) == (True, 2.0, "r-9")
    assert error.reasons == ("tide",)


def test_pictures_come_from_bytes_paths_and_files(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"AAA")
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        return httpx.Response(200, json={"gallery": "g", "pack": "p", "faces": []})

    with client(answer) as one:
        one.identify("g", tmp_path / "a.jpg", str(tmp_path / "a.jpg"), b"BBB", io.BytesIO(b"CCC"))
    (body,) = bodies
    assert [body.count(part) for part in (b"AAA", b"BBB", b"CCC")] == [2, 1, 1]
    assert body.count(b'name="image"; filename="a.jpg"') == 2


def test_what_is_too_large_is_not_sent(tmp_path: Path) -> None:
    big = tmp_path / "big.zip"
    big.write_bytes(b"x" * 1001)

    class Endless(io.RawIOBase):
        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            self.read_so_far += size
            return b"x" * size

    def answer(_: httpx.Request) -> httpx.Response:
        raise AssertionError

    endless = Endless()
    with client(answer, max_upload_bytes=1000) as one:
        for call in (
            lambda: one.detect(b"x" * 1001),
            lambda: one.detect(endless),
            lambda: one.identify("g", b"x" * 600, b"y" * 600),
            lambda: one.jobs.enrol("g", big),
        ):
            with pytest.raises(RequestTooLarge):
                call()
        assert endless.read_so_far == 1001
        with pytest.raises(FileUnreadable):
            one.detect(tmp_path / "none.jpg")
        with pytest.raises(ValueInvalid):
            one.identify("g", *[b"x"] * 33)


def test_a_file_is_sent_again_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "people.zip"
    file.write_bytes(b"PK" + b"x" * 300_000)
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.read())
        raise httpx.ReadError("cut")

    with client(answer, retries=Retries(times=1, first_s=0.0)) as one, pytest.raises(ServerUnreachable):
        one.jobs.enrol("g", file)
    assert [len(body) > 300_000 for body in bodies] == [True, True]


def test_folders_are_sent_in_archives_below_the_limit(tmp_path: Path) -> None:
    import zipfile

    for number in range(5):
        (tmp_path / f"subject {number}").mkdir()
        (tmp_path / f"subject {number}" / "a.jpg").write_bytes(bytes([number]) * 1000)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.jpg").write_bytes(b"no")
    names: list[list[str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        body = request.read()
        assert len(body) <= 4000
        start = body.index(b"PK\x03\x04")
        with zipfile.ZipFile(io.BytesIO(body[start:])) as archive:
            names.append(archive.namelist())
        job = {
            "id": "00000000-0000-4000-8000-000000000001",
            "kind": "enrol",
            "state": "queued",
            "gallery": "g",
            "source": "",
            "submitted_by": "key:1",
            "fault": None,
            "created_at": "2026-11-22T00:00:00Z",
            "started_at": None,
            "finished_at": None,
            **dict.fromkeys(("total", "succeeded", "failed", "cancelled", "waiting"), 0),
        }
        return httpx.Response(202, json=job)

    with client(answer, max_upload_bytes=3600) as one:
        jobs = list(one.jobs.enrol_folder("g", tmp_path))
    assert len(jobs) == len(names) == 3
    assert [name for batch in names for name in batch] == [f"subject {n}/a.jpg" for n in range(5)]


def test_address_and_key_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ME)

    monkeypatch.setenv("VISAVIS_URL", "https://faces.example.org/")
    monkeypatch.setenv("VISAVIS_KEY", "vv_env")
    with Client(transport=httpx.MockTransport(answer)) as one:
        one.me()
    (tmp_path / "key").write_text("vv_file\n")
    monkeypatch.setenv("VISAVIS_KEY_FILE", str(tmp_path / "key"))
    with Client(transport=httpx.MockTransport(answer)) as one:
        one.me()
    assert [str(r.url) for r in seen] == ["https://faces.example.org/v1/me"] * 2
    assert [r.headers["authorization"] for r in seen] == ["Bearer vv_env", "Bearer vv_file"]
    monkeypatch.setenv("VISAVIS_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(SettingsInvalid):
        Client()


def test_what_cannot_be_a_connection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueInvalid):
        Client("faces.example.org", "k")
    with pytest.raises(NotAuthenticated):
        Client("https://faces.example.org", "k\nX-Evil: 1")
    with pytest.raises(FileUnreadable):
        Client("https://faces.example.org", "k", verify=tmp_path / "none.pem")
    with pytest.raises(FileUnreadable):
        Client("https://faces.example.org", "k", certificate=(tmp_path / "a", tmp_path / "b"))


def test_the_key_is_in_no_text() -> None:
    one = Client("https://faces.example.org", "vv_secret")
    assert "vv_secret" not in repr(one._runner.connection)
    one.close()


def test_an_iterator_that_is_left_closes_its_answer() -> None:
    closed: list[bool] = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> "object":
            while True:
                yield b'{"line": 1}\n'

        def close(self) -> None:
            closed.append(True)

    with client(lambda _: httpx.Response(200, stream=Endless())) as one:
        lines = one.audit.export()
        assert next(lines) == '{"line": 1}'
        lines.close()
    assert closed == [True]


def test_types_are_those_of_the_wire() -> None:
    """Checked by mypy; nothing is called."""

    def synchronous(one: Client) -> None:
        assert_type(one.galleries.get("g"), GalleryEntry)
        for gallery in one.galleries.list():
            assert_type(gallery, GalleryEntry)

    async def asynchronous(one: AsyncClient) -> None:
        assert_type(await one.galleries.get("g"), GalleryEntry)
        async for gallery in one.galleries.list():
            assert_type(gallery, GalleryEntry)

    assert callable(synchronous)
    assert callable(asynchronous)


def test_operations_have_their_help() -> None:
    assert (Client.identify.__doc__ or "").startswith("Who is in the pictures")
    with client(lambda _: httpx.Response(500)) as one:
        assert one.identify.__name__ == "identify"
        assert (one.identify.__doc__ or "").startswith("Who is in the pictures")


BODY = json.dumps(
    {
        "schema": "visavis.event/1",
        "id": "1",
        "sequence": 4,
        "event": "identified",
        "gallery": "g",
        **dict.fromkeys(("captured_at", "recorded_at"), "2026-11-22T00:00:00Z"),
        **dict.fromkeys(("source", "reference", "model", "policy"), ""),
        **dict.fromkeys(
            ("outcome", "subject_id", "score", "fmr", "fpir", "threshold", "quality", "box", "job_id")
        ),
        "position": 0,
        "reasons": [],
    }
).encode()


def test_a_webhook_is_verified_and_read() -> None:
    header = signature(b"whsec_1", BODY, datetime.now(UTC))
    assert verify_webhook(BODY, header, "whsec_1").sequence == 4
    old = signature(b"whsec_1", BODY, datetime.fromtimestamp(time.time() - 400, UTC))
    for body, sent in ((BODY + b" ", header), (BODY, "t=1,v1=00"), (BODY, ""), (BODY, old)):
        with pytest.raises(NotAuthenticated):
            verify_webhook(body, sent, "whsec_1")
    with pytest.raises(NotAuthenticated):
        verify_webhook(BODY, header, "whsec_2")

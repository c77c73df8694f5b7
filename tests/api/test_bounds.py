"""What every request passes: bounds, headers, errors, and what stands in the log."""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator

import pytest

from tests.api.serving import MOST_BYTES, Served
from visavis.api.app import Bounds, create_app
from visavis.api.middleware import SECURE_HEADERS

pytestmark = pytest.mark.anyio
PROBLEM = "application/problem+json"


async def parts(count: int, size: int = 2**20) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size)


async def silence() -> AsyncIterator[bytes]:
    yield b"{"
    await asyncio.sleep(60)


@pytest.mark.parametrize("kind", ["image/jpeg", "application/json", "multipart/form-data; boundary=x"])
async def test_a_body_beyond_the_bound_is_refused_before_it_is_read(service: Served, kind: str) -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        async for part in parts(9):
            read += len(part)
            yield part

    async with service.client(await service.key()) as client:
        headers = {"Content-Type": kind, "Content-Length": str(MOST_BYTES + 1)}
        answer = await client.post("/v1/detect", content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"], read) == (413, "request_too_large", 0)
    assert answer.headers["content-type"] == PROBLEM


@pytest.mark.parametrize("kind", ["image/jpeg", "application/json", "multipart/form-data; boundary=x"])
async def test_a_body_of_unknown_length_is_cut_off(service: Served, kind: str) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/detect", content=parts(10), headers={"Content-Type": kind})
    assert answer.status_code in (413, 422)  # broken multipart may be noticed before it is too large
    assert answer.json()["code"] in ("request_too_large", "value_invalid")


@pytest.mark.parametrize("path", ["/v1/detect", "/v1/galleries"])
async def test_a_body_that_does_not_come_is_not_waited_for(service: Served, path: str) -> None:
    key = await service.key()
    bounds = Bounds(most_bytes=MOST_BYTES, timeout_s=0.1, hsts=False)
    service.app = create_app(service.service, bounds=bounds)
    async with service.client(key) as client:
        answer = await client.post(path, content=silence(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (408, "request_too_slow")


async def test_every_answer_has_careful_headers(service: Served) -> None:
    async with service.client(await service.key()) as client:
        answers = [
            await client.get("/v1/health"),
            await client.get("/v1/docs"),
            await client.get("/nowhere"),
            await client.put("/v1/health"),
            await client.post("/v1/galleries", content=b"{"),
            await client.post("/v1/detect", content=b"", headers={"Content-Length": str(MOST_BYTES * 2)}),
            await client.options("/v1/galleries"),
            await client.head("/v1/galleries"),
        ]
    for answer in answers:
        for name in set(SECURE_HEADERS) - {"content-security-policy"}:
            assert answer.headers[name] == SECURE_HEADERS[name]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        uuid.UUID(answer.headers["x-request-id"])
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


async def test_browsers_are_bound_to_tls_only_where_there_is_tls(service: Served) -> None:
    service.app = create_app(service.service, bounds=Bounds(most_bytes=MOST_BYTES, timeout_s=10, hsts=True))
    async with service.client() as client:
        for path in ("/v1/health", "/nowhere"):
            assert "max-age=" in (await client.get(path)).headers["strict-transport-security"]


async def test_the_clients_own_request_id_comes_back_if_it_is_one(service: Served) -> None:
    own = str(uuid.uuid4())
    async with service.client() as client:
        assert (await client.get("/v1/health", headers={"X-Request-Id": own})).headers["x-request-id"] == own
        for wrong in ("anna", own + "\tname=x", "x" * 5000):
            answer = await client.get("/v1/nowhere", headers={"X-Request-Id": wrong})
            assert answer.json()["request_id"] == answer.headers["x-request-id"] != wrong


async def test_unknown_paths_and_methods_are_problems(service: Served) -> None:
    async with service.client(await service.key()) as client:
        missing = await client.get("/v1/people")
        assert (missing.status_code, missing.json()["code"]) == (404, "path_not_found")
        wrong = await client.put("/v1/subjects/x")
        assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
        assert wrong.headers["allow"].split(", ") == ["GET", "PATCH", "DELETE"]
        assert (await client.get("/v1/galleries/staff/references/move")).headers["allow"] == "POST"
        for answer in (missing, wrong):
            assert answer.headers["content-type"] == PROBLEM
            assert answer.json()["status"] == answer.status_code


async def test_a_fault_of_ours_says_nothing_of_itself(service: Served) -> None:
    async def broken() -> dict[str, str]:
        raise RuntimeError("the secret of the house")

    service.app.add_api_route("/v1/broken", broken)
    async with service.client() as client:
        answer = await client.get("/v1/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "visavis_error")
    assert "secret" not in answer.text
    assert answer.headers["content-type"] == PROBLEM


async def test_the_log_names_nobody(service: Served, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = await service.key()
    async with service.client(key) as client:
        await client.post("/v1/galleries", json={"name": "Lovelaces"})
        await client.post("/v1/subjects", json={"name": "Ada", "gallery": "Lovelaces"})
        await client.get("/v1/subjects", params={"prefix": "Ada"})
        await client.post(
            "/v1/galleries/Lovelaces/identify", content=b"\xff\xd8Ada", headers={"Content-Type": "image/jpeg"}
        )
        await client.post("/v1/auth/sign-in", json={"login": "Ada", "password": "Lovelace"})
    lines = [record for record in caplog.records if record.name == "visavis.api"]
    assert len(lines) >= 5
    text = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("visavis"))
    assert not any(word in text for word in ("Ada", "Lovelace", key))
    assert lines[-1].__dict__["route"] == "/v1/auth/sign-in"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff", b'"x"', b"[" * 100_000, b'{"name": "\\ud800"}', b'{"name": NaN}'],
)
async def test_json_that_is_none(service: Served, body: bytes) -> None:
    async with service.client(await service.key()) as client:
        for path in ("/v1/galleries", "/v1/subjects", "/v1/detect"):
            answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")


@pytest.mark.parametrize("name", ["", " ", "a\x00b", "a\nb", "x" * 201])
async def test_names_that_cannot_be_kept(service: Served, name: str) -> None:
    async with service.client(await service.key()) as client:
        assert (await client.post("/v1/galleries", json={"name": name})).status_code == 422
        assert (await client.get("/v1/events", params={"source": "a\x00b"})).status_code == 422
        assert (await client.get("/v1/galleries/a%00b")).status_code == 422


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00"]
)
async def test_times_that_cannot_be_kept(service: Served, when: str) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post(
            "/v1/api-keys", json={"name": "x", "permissions": ["detect"], "expires_at": when}
        )
        assert answer.status_code == 422
        assert (await client.get("/v1/events", params={"since": when})).status_code == 422

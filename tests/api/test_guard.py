"""What a stranger, or somebody with little, can make the server do before it says no."""

import asyncio
from collections.abc import AsyncIterator, Callable, MutableMapping
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.api.serving import Served, served
from visavis.api.app import Bounds, create_app
from visavis.api.guard import MOST_JSON_BYTES
from visavis.application.access.api_keys import KeyRequest
from visavis.domain.access import Permission, Principal
from visavis.domain.account import KeyKind
from visavis.domain.audit import AuditEntry
from visavis.domain.errors import KeyUnavailable, SettingsInvalid, StoreDown, VisavisError
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json"}


class Body:
    """Counts how much of it was taken."""

    def __init__(self, parts: int, content: bytes = b" " * 65_536) -> None:
        self.taken = 0
        self._parts = parts
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._parts):
            self.taken += len(self._content)
            yield self._content


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/v1/galleries"),
        ("POST", "/v1/users"),
        ("POST", "/v1/api-keys"),
        ("POST", "/v1/me/password"),
        ("POST", "/v1/detect"),
        ("POST", "/v1/galleries/staff/identify"),
    ],
)
async def test_the_body_of_a_stranger_is_not_read(service: Served, verb: str, path: str) -> None:
    for key in ("", "vv_wrong"):
        body = Body(64)
        async with service.client(key) as client:
            answer = await client.request(verb, path, content=aiter(body), headers=JSON)
        assert answer.status_code == 401
        assert body.taken == 0


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "1"}])
async def test_json_is_small(service: Served, headers: dict[str, str]) -> None:
    body = Body(MOST_JSON_BYTES // 65_536 + 50)
    async with service.client(await service.key()) as client:
        chunked = await client.post("/v1/galleries", content=aiter(body), headers=JSON | headers)
        assert (chunked.status_code, chunked.json()["code"]) == (413, "request_too_large")
        assert body.taken <= MOST_JSON_BYTES + 65_536
        whole = await client.post(
            "/v1/galleries", content=b" " * (MOST_JSON_BYTES + 1), headers=JSON | headers
        )
        assert whole.status_code == 413


async def test_signing_in_takes_little_json(service: Served) -> None:
    body = Body(MOST_JSON_BYTES // 65_536 + 50)
    async with service.client() as client:
        answer = await client.post("/v1/auth/sign-in", content=aiter(body), headers=JSON)
    assert answer.status_code == 413
    assert body.taken <= MOST_JSON_BYTES + 65_536


async def refusals(service: Served) -> list[AuditEntry]:
    async with service.store.transaction(DEFAULT_TENANT) as work:
        entries = await work.audit.page(after=0, limit=1000)
    return [one for one in entries if one.record.action == "access.refused"]


async def test_who_may_not_do_something_stands_in_the_audit_log_once_a_minute(service: Served) -> None:
    key = await service.key(frozenset({Permission.DETECT}))
    async with service.client(key) as client:
        for _ in range(3):
            assert (await client.get("/v1/audit")).status_code == 403
        request = (await client.get("/v1/audit")).headers["x-request-id"]
    (entry,) = await refusals(service)
    assert entry.record.actor.kind == "key"
    assert dict(entry.record.details) == {"reason": "not_permitted", "needed": "audit:read"}
    assert str(entry.record.request) != request


async def test_dialects_note_refusals_too(service: Served) -> None:
    platform = service.platform()
    keys = service.service.entrance.doors.keys
    wanted = KeyRequest(
        name="service",
        permissions=frozenset({Permission.SUBJECTS_READ}),
        kind=KeyKind.UUID,
        galleries=frozenset({"staff"}),
    )
    made = await keys.create(platform.principal, wanted)
    async with service.client() as client:
        answer = await client.delete("/api/v1/recognition/subjects", headers={"x-api-key": made.secret})
    assert answer.status_code == 403
    (entry,) = await refusals(service)
    assert entry.record.target == f"key:{made.key.id}"


async def test_a_wrong_csrf_token_is_noted(service: Served) -> None:
    async with service.client() as client:
        await signed_in(service, client)
        assert (await client.post("/v1/galleries", json={"name": "x"})).status_code == 403
    (entry,) = await refusals(service)
    assert entry.record.details["reason"] == "csrf"


async def signed_in(service: Served, client: httpx.AsyncClient) -> str:
    """The CSRF token of a new owner's session."""
    issued = await service.service.entrance.doors.first_start()
    assert issued is not None
    sent = {"token": issued.token, "password": "correct horse battery"}
    answer = await client.post("/v1/auth/one-time", json=sent)
    assert answer.status_code == 200
    return str(answer.json()["csrf"])


@pytest.mark.parametrize(
    "error",
    [
        StoreDown('connection to server at "10.1.2.3" failed: FATAL: password for user "visavis"'),
        KeyUnavailable("/var/lib/secret/keys.json cannot be read", hint="Look at /var/lib/secret"),
        SettingsInvalid("/etc/visavis/tls.key: no such file"),
    ],
)
async def test_the_servers_own_troubles_are_not_told(service: Served, error: VisavisError) -> None:
    @service.app.get("/v1/broken")
    async def broken() -> None:
        raise error

    async with service.client() as client:
        answer = await client.get("/v1/broken")
    assert answer.json()["code"] == error.code
    for secret in ("10.1.2.3", "secret", "FATAL", "/etc", "password"):
        assert secret not in answer.text


async def test_links_lead_where_it_is_configured(service: Served) -> None:
    """The Host of the request is anybody's: a link to it would give the token away."""
    async with service.client(await service.key()) as client:
        sent = {"login": "ada@example.org", "role": "auditor"}
        answer = await client.post("/v1/users", json=sent, headers={"Host": "evil.example"})
    assert answer.status_code == 201
    assert answer.json()["sign_in"]["url"].startswith("http://127.0.0.1:8420/sign-in#vl_")


async def test_away_from_this_machine_cookies_are_bound_to_the_host(service: Served) -> None:
    async with service.client() as client:
        issued = await service.service.entrance.doors.first_start()
        assert issued is not None
        sent = {"token": issued.token, "password": "correct horse battery"}
        answer = await client.post("/v1/auth/one-time", json=sent, headers={"Host": "faces.example.org"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-visavis_session=vs_")
        assert "; Secure" in cookie
        assert "; HttpOnly" in cookie
        assert "; Path=/;" in cookie
        token = cookie.partition("=")[2].partition(";")[0]
        planted = {"Host": "faces.example.org", "Cookie": f"visavis_session={token}"}
        assert (await client.get("/v1/me", headers=planted)).status_code == 401
        own = {"Host": "faces.example.org", "Cookie": f"__Host-visavis_session={token}"}
        assert (await client.get("/v1/me", headers=own)).status_code == 200


async def test_signing_in_has_a_rate_by_default(service: Served) -> None:
    async with service.client() as client:
        answers = [
            await client.post("/v1/auth/one-time", json={"token": f"vl_{n}", "password": "x" * 12})
            for n in range(40)
        ]
    assert {one.status_code for one in answers[:30]} == {401}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_problem_names_few_of_many_mistakes(service: Served) -> None:
    async with service.client(await service.key()) as client:
        answer = await client.post("/v1/galleries", json={"name": "x"} | {f"k{n}": 1 for n in range(5000)})
    assert answer.status_code == 422
    assert len(answer.json()["fields"]) <= 50


async def lines_of(service: Served, key: str, ended: asyncio.Event) -> tuple[int, list[str]]:
    """What a stream says until the client has enough or the server ends it."""
    said: list[str] = []
    status: list[int] = []

    async def receive() -> dict[str, object]:
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
        said.append(message.get("body", b"").decode())

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/events/stream",
        "raw_path": b"/v1/events/stream",
        "query_string": b"after=0",
        "headers": [(b"authorization", f"Bearer {key}".encode()), (b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8420),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    await service.app(scope, receive, send)
    return status[0], said


async def test_a_stream_ends_when_its_key_is_revoked() -> None:
    announced: list[Callable[[str], None]] = []
    listening = asyncio.Event()

    async def listen(heard: Callable[[str], None]) -> None:
        announced.append(heard)
        listening.set()
        await asyncio.Event().wait()

    async with served(listen=listen) as service:
        service.app.state.streams.admitted_s = 0.0  # it is asked at every look whether the caller is admitted
        key = await service.key(frozenset({Permission.EVENTS_READ}))
        following = asyncio.create_task(lines_of(service, key, asyncio.Event()))
        await listening.wait()
        entrance = service.service.entrance
        (made,) = await entrance.doors.keys.page(service.owner())
        await entrance.doors.keys.revoke(service.owner(), made.id)
        entrance.authenticate.forget()
        announced[0]("")  # something happened
        async with asyncio.timeout(10):
            status, said = await following
    assert status == 200
    assert ": connected\n\n" in said


async def test_a_caller_has_some_streams_and_no_more(service: Served) -> None:
    service.app.state.streams.most = 2
    key, other = await service.key(), await service.key()
    ended = asyncio.Event()
    open_ones = [asyncio.create_task(lines_of(service, key, ended)) for _ in range(2)]
    await asyncio.sleep(0.2)
    assert (await lines_of(service, key, ended))[0] == 429
    another = asyncio.create_task(lines_of(service, other, ended))
    await asyncio.sleep(0.1)
    ended.set()
    statuses = [(await one)[0] for one in (*open_ones, another)]
    assert statuses == [200, 200, 200]
    service.app.state.streams.require_room(await entrance_principal(service, key))


async def entrance_principal(service: Served, key: str) -> Principal:
    return (await service.service.entrance.authenticate.key(key)).principal


async def test_all_bodies_together_are_bounded(service: Served) -> None:
    bounds = Bounds(most_bytes=2**20, most_together_bytes=2**20, timeout_s=10, hsts=False)
    app = create_app(service.service, bounds=bounds)
    headers = {"Authorization": f"Bearer {await service.key()}", "Content-Type": "image/jpeg"}
    holding, release = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"x" * (2**20 - 100)
        holding.set()
        await release.wait()

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420") as client:
        first = asyncio.create_task(client.post("/v1/detect", content=slowly(), headers=headers))
        await holding.wait()
        second = await client.post("/v1/detect", content=b"x" * 200, headers=headers)
        assert (second.status_code, second.json()["code"]) == (503, "overloaded")
        assert second.headers["retry-after"] == "1"
        release.set()
        assert (await first).status_code != 503
        third = await client.post("/v1/detect", content=b"x" * 200, headers=headers)
        assert third.json()["code"] != "overloaded"


async def test_a_wrong_signature_with_a_known_key_is_noted(service: Served) -> None:
    wanted = KeyRequest(name="aws", permissions=frozenset({Permission.DETECT}), kind=KeyKind.ACCESS_KEY)
    made = await service.service.entrance.doors.keys.create(service.owner(), wanted)
    headers = {"X-Amz-Target": "RekognitionService.DetectFaces", "Content-Type": "application/x-amz-json-1.1"}
    signed = AWSRequest(method="POST", url="http://127.0.0.1:8420/", data=b"{}", headers=headers)
    wrong = Credentials(made.key.label, "x" * 40)
    SigV4Auth(wrong, "rekognition", "eu-central-1").add_auth(signed)
    async with service.client() as client:
        answer = await client.post("/", content=b"{}", headers=dict(signed.headers))
    assert answer.json()["__type"] == "InvalidSignatureException"
    (entry,) = await refusals(service)
    assert (entry.record.target, entry.record.details["reason"]) == (f"key:{made.key.id}", "signature")

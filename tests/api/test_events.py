"""The detection log: look, export, follow, review."""

import asyncio
import csv
import io
import json
import uuid
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api.serving import Served
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio
BEGAN = datetime(2026, 11, 22, 8, tzinfo=UTC)


async def log(service: Served, count: int, *, source: str = "gate", first: int = 0) -> list[str]:
    """Events of the gallery staff, a minute apart, every other one a match."""
    gallery = await service.platform().gallery("staff")
    events = [
        Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=BEGAN + timedelta(minutes=number),
            recorded_at=BEGAN + timedelta(minutes=number),
            gallery_id=gallery.id,
            gallery=gallery.name,
            source=source,
            reference=f"{source} {number}",
            position=0,
            outcome=Outcome.NON_MATCH if number % 2 else Outcome.MATCH,
            score=0.5,
        )
        for number in range(first, first + count)
    ]
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add(events)
    return [str(one.id) for one in events]


@pytest.fixture
async def logged(service: Served) -> Served:
    platform = service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    await log(service, 6)
    return service


async def test_they_are_filtered(logged: Served) -> None:
    await log(logged, 2, source="door", first=10)
    async with logged.client(await logged.key()) as client:

        async def count(**params: str) -> int:
            return len((await client.get("/v1/events", params=params)).json()["events"])

        assert await count() == 8
        assert await count(source="door") == 2
        assert await count(outcome="match") == 4
        assert await count(gallery="staff", kind="rejected") == 0
        assert await count(since=(BEGAN + timedelta(minutes=5)).isoformat()) == 3
        assert await count(until=(BEGAN + timedelta(minutes=5)).isoformat()) == 5
        assert (await client.get("/v1/events", params={"gallery": "none"})).status_code == 404
        assert (await client.get("/v1/events", params={"kind": "x"})).status_code == 422


async def test_they_are_counted_with_the_same_filters(logged: Served) -> None:
    await log(logged, 2, source="door", first=60)
    async with logged.client(await logged.key()) as client:
        found = (await client.get("/v1/events/summary", params={"step": "hour"})).json()
        assert (found["counts"]["events"], found["counts"]["match"], found["counts"]["non_match"]) == (
            8,
            4,
            4,
        )
        assert [(one["start"], one["counts"]["events"]) for one in found["steps"]] == [
            ("2026-11-22T08:00:00Z", 6),
            ("2026-11-22T09:00:00Z", 2),
        ]
        assert [(one["name"], one["counts"]["events"]) for one in found["sources"]] == [
            ("gate", 6),
            ("door", 2),
        ]
        narrow = (await client.get("/v1/events/summary", params={"source": "door"})).json()
        assert (narrow["counts"]["events"], narrow["steps"]) == (2, [])
        assert (await client.get("/v1/events/summary", params={"gallery": "none"})).status_code == 404
        assert (await client.get("/v1/events/summary", params={"step": "minute"})).status_code == 422
        await log(logged, 1, first=60 * 24)
        by_day = (await client.get("/v1/events/summary", params={"step": "day"})).json()
        assert [one["counts"]["events"] for one in by_day["steps"]] == [8, 1]


async def test_the_log_is_followed_in_order(logged: Served) -> None:
    async with logged.client(await logged.key()) as client:
        latest = (await client.get("/v1/events", params={"limit": 2})).json()
        assert [one["sequence"] for one in latest["events"]] == [6, 5]
        page = (await client.get("/v1/events", params={"after": 2, "limit": 3})).json()
        assert [one["sequence"] for one in page["events"]] == [3, 4, 5]
        rest = {"after": 2, "limit": 3, "cursor": page["next_cursor"]}
        assert [
            one["sequence"] for one in (await client.get("/v1/events", params=rest)).json()["events"]
        ] == [6]
        assert (await client.get("/v1/events", params={"after": 2**63})).status_code == 422


async def test_export_as_ndjson_and_csv(logged: Served) -> None:
    await log(logged, 1, source="=cmd|' /C calc'!A0", first=20)
    async with logged.client(await logged.key()) as client:
        lines = (await client.get("/v1/events/export")).text.splitlines()
        assert [json.loads(line)["sequence"] for line in lines] == list(range(1, 8))
        answer = await client.get("/v1/events/export", params={"format": "csv"})
        assert "attachment" in answer.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
        assert [row["sequence"] for row in rows] == [str(number) for number in range(1, 8)]
        assert rows[-1]["source"].startswith("'="), "a spreadsheet takes it for text"
        assert rows[0]["source"] == "gate"
    async with logged.client(await logged.key(frozenset({"events:read"}))) as limited:  # type: ignore[arg-type]
        assert (await limited.get("/v1/events/export")).status_code == 403


async def test_a_review_stands_beside_the_decision(logged: Served) -> None:
    async with logged.client(await logged.key()) as client:
        path = f"/v1/events/{(await client.get('/v1/events')).json()['events'][0]['id']}"
        reviewed = await client.post(f"{path}/review", json={"verdict": "match"})
        assert (reviewed.json()["outcome"], reviewed.json()["verdict"]) == ("non_match", "match")
        unknown = {"verdict": "match", "subject_id": str(uuid.uuid4())}
        assert (await client.post(f"{path}/review", json=unknown)).json()["code"] == "subject_not_found"
        assert (await client.post(f"{path}/review", json={"verdict": "perhaps"})).status_code == 422
        missing = await client.get(f"/v1/events/{uuid.uuid4()}")
        assert missing.json()["code"] == "event_not_found"


class Stream:
    """A client of the stream, as a browser is one."""

    def __init__(self, service: Served, key: str, query: str = "", last: str = "") -> None:
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._left = asyncio.Event()
        headers = [(b"authorization", f"Bearer {key}".encode()), (b"host", b"127.0.0.1")]
        if last:
            headers.append((b"last-event-id", last.encode()))
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/v1/events/stream",
            "raw_path": b"/v1/events/stream",
            "query_string": query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8420),
            "scheme": "http",
            "root_path": "",
            "http_version": "1.1",
        }
        self._task = asyncio.create_task(service.app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, object]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self._heard.put(message.get("body", b"").decode())

    async def begun(self) -> None:
        """Until something was heard of it."""
        while not await self._heard.get():
            pass

    async def ended(self) -> None:
        """Until the server ends it."""
        await self._task

    async def sequences(self, count: int) -> list[int]:
        """Of the next events; the client leaves when it has them."""
        text = ""
        async with asyncio.timeout(20):
            while text.count("\ndata: ") < count:
                text += await self._heard.get()
            self._left.set()
            await self._task
        found = [block for block in text.split("\n\n") if block.startswith("id: ")]
        for block in found:
            number, kind, data = block.split("\n")
            assert kind == "event: identified"
            assert json.loads(data.removeprefix("data: "))["sequence"] == int(number.removeprefix("id: "))
        return [int(block.split("\n")[0].removeprefix("id: ")) for block in found]


async def test_the_stream_begins_where_it_is_told(logged: Served) -> None:
    key = await logged.key()
    assert await Stream(logged, key, "after=0").sequences(6) == [1, 2, 3, 4, 5, 6]
    assert await Stream(logged, key, "after=0&outcome=match").sequences(3) == [1, 3, 5]


async def test_the_stream_goes_on_after_the_last_event_that_was_heard(logged: Served) -> None:
    key = await logged.key()
    assert await Stream(logged, key, last="4").sequences(2) == [5, 6]
    assert await Stream(logged, key, "after=0", last="5").sequences(1) == [6], (
        "the header counts, not the query"
    )


async def test_a_stream_ends_soon_after_its_key_is_revoked(logged: Served) -> None:
    logged.app.state.streams.admitted_s = 0.0
    async with logged.client(await logged.key()) as client:
        made = await client.post("/v1/api-keys", json={"name": "gate", "permissions": ["events:read"]})
        stream = Stream(logged, made.json()["secret"], "after=0")
        await stream.begun()
        revoked = await client.delete(f"/v1/api-keys/{made.json()['key']['id']}")
        assert revoked.status_code < 300
    await log(logged, 2, first=30)
    async with asyncio.timeout(20):
        await stream.ended()


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "²", "9" * 25])
async def test_an_identifier_that_was_never_sent(logged: Served, last: str) -> None:
    async with logged.client(await logged.key()) as client:
        headers = {"Last-Event-ID": last.encode("latin-1")}
        answer = await client.get("/v1/events/stream", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")

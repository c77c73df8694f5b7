"""Alerts, rules and channels over HTTP: who sees what, what is masked, what is written down."""

import asyncio
import json
import uuid
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

import pytest

from tests.api.serving import Served
from tests.contract.making import START
from tests.contract.store_alerts import an_alert
from visavis.domain.access import Permission
from visavis.domain.alert import Alert
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio
SECRET = "hunter2-of-the-broker"  # noqa: S105


async def kept(service: Served, *alerts: Alert) -> None:
    async with service.store.transaction(DEFAULT_TENANT) as work:
        for alert in alerts:
            await work.alerts.keep(alert)


@pytest.fixture
async def alarmed(service: Served) -> Served:
    """Two galleries with an alert each."""
    platform = service.platform()
    for name in ("guests", "staff"):
        await platform.create(name, pack=platform.models.pack("standard"))
    await kept(service, an_alert(gallery="guests"), an_alert(gallery="staff", opened_at=START - timedelta(1)))
    return service


async def test_an_alert_is_acknowledged_and_it_is_audited(alarmed: Served) -> None:
    async with alarmed.client(await alarmed.key()) as client:
        staff, guests = (await client.get("/v1/alerts")).json()["alerts"]
        assert (staff["gallery"], guests["gallery"]) == ("staff", "guests")
        first = (await client.get("/v1/alerts", params={"limit": 1})).json()
        rest = {"limit": 1, "cursor": first["next_cursor"]}
        assert (await client.get("/v1/alerts", params=rest)).json()["alerts"] == [guests]
        path = f"/v1/alerts/{guests['id']}"
        changed = (await client.patch(path, json={"state": "acknowledged", "note": "on my way"})).json()
        assert (changed["state"], changed["note"]) == ("acknowledged", "on my way")
        assert changed["by"].startswith("key:")
        assert (await client.get("/v1/alerts", params={"state": "open"})).json()["alerts"] == [staff]
        assert (await client.get(f"{path}/deliveries")).json() == {"deliveries": []}
        assert (await client.get(f"/v1/alerts/{uuid.uuid4()}")).json()["code"] == "alert_not_found"
        entries = (await client.get("/v1/audit", params={"limit": 1})).json()["entries"]
        assert entries[0]["action"] == "alert.changed"


async def test_a_key_of_one_gallery_sees_its_own_only(alarmed: Served) -> None:
    everything = frozenset(Permission)
    async with alarmed.client(await alarmed.key()) as client:
        rule = {"name": "all", "condition": {}}
        theirs = (await client.post("/v1/alert-rules", json=rule)).json()
    async with alarmed.client(await alarmed.key(everything, galleries=frozenset({"guests"}))) as client:
        (mine,) = (await client.get("/v1/alerts")).json()["alerts"]
        assert mine["gallery"] == "guests"
        assert (await client.get("/v1/alert-rules")).json()["rules"] == []
        assert (await client.get(f"/v1/alert-rules/{theirs['id']}")).status_code == 404
        assert (await client.post("/v1/alert-rules", json=rule | {"name": "x"})).status_code == 403
        wanted = {"name": "mine", "condition": {"galleries": ["guests"]}}
        made = (await client.post("/v1/alert-rules", json=wanted)).json()
        change = {"condition": {"galleries": ["staff"]}}
        assert (await client.patch(f"/v1/alert-rules/{made['id']}", json=change)).status_code == 403
        channel = {"name": "c", "target": {"kind": "mqtt", "host": "broker.example.org"}}
        assert (await client.post("/v1/channels", json=channel)).status_code == 403


async def test_a_rule_comes_back_as_it_was_made(alarmed: Served) -> None:
    nights = {"zone": "Europe/Berlin", "friday": ["22:00-06:00"]}
    wanted = {
        "name": "strangers",
        "severity": "critical",
        "condition": {"zones": ["yard"], "outcomes": ["non_match"], "lasting_s": 10.0, "when": nights},
        "effects": {"dedupe_s": 60.0, "quiet": {"hours": nights, "others": "drop"}},
    }
    async with alarmed.client(await alarmed.key()) as client:
        made = (await client.post("/v1/alert-rules", json=wanted)).json()
        assert made["condition"]["when"]["friday"] == ["22:00-06:00"]
        assert made["effects"]["quiet"]["through"] == "critical"
        assert (await client.get("/v1/alert-rules")).json()["rules"] == [made]
        assert (await client.post("/v1/alert-rules", json=wanted)).json()["code"] == "already_exists"
        off = (await client.patch(f"/v1/alert-rules/{made['id']}", json={"enabled": False})).json()
        assert off == made | {"enabled": False}
        bad = {"condition": {"when": {"zone": "Mars/Base"}}}
        assert (await client.patch(f"/v1/alert-rules/{made['id']}", json=bad)).status_code == 422
        gone = {"effects": {"channels": [str(uuid.uuid4())]}}
        answer = await client.patch(f"/v1/alert-rules/{made['id']}", json=gone)
        assert answer.json()["code"] == "channel_not_found"
        assert (await client.delete(f"/v1/alert-rules/{made['id']}")).status_code == 204


async def test_secrets_of_a_channel_are_never_shown_again(alarmed: Served) -> None:
    hook = {"name": "hook", "target": {"kind": "webhook", "url": "https://198.51.100.7/private-path"}}
    broker = {
        "name": "home",
        "target": {"kind": "mqtt", "host": "8.8.8.8", "user": "me", "password": SECRET},
    }
    async with alarmed.client(await alarmed.key()) as client:
        refused = await client.post("/v1/channels", json=hook)
        assert refused.status_code == 422
        hook["target"]["url"] = "https://8.8.8.8/private-path"  # type: ignore[index]
        made = (await client.post("/v1/channels", json=hook)).json()
        assert made["secret"].startswith("whsec_")
        home = (await client.post("/v1/channels", json=broker)).json()
        assert home["secret"] is None
        listed = await client.get("/v1/channels")
        for hidden in (made["secret"], SECRET, "private-path"):
            assert hidden not in listed.text
        assert [one["leads_to"] for one in listed.json()["channels"]] == [
            "mqtts://8.8.8.8:8883/visavis",
            "https://8.8.8.8/…",
        ]
        path = f"/v1/channels/{home['channel']['id']}"
        off = (await client.patch(path, json={"enabled": False})).json()["channel"]
        assert not off["enabled"]
        assert (await client.get(f"{path}/deliveries")).json() == {"deliveries": []}
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).json()["code"] == "channel_not_found"


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "mqtt", "host": "127.0.0.1"},
        {"kind": "webhook", "url": "https://127.0.0.1/x"},
        {"kind": "apprise", "address": "json://127.0.0.1/x"},
        {"kind": "apprise", "address": "syslog://"},
        {"kind": "apprise", "address": "json://8.8.8.8/x?redirect=yes"},
    ],
)
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
async def test_nothing_leads_into_this_network_or_machine(alarmed: Served, target: dict[str, str]) -> None:
    async with alarmed.client(await alarmed.key()) as client:
        answer = await client.post("/v1/channels", json={"name": "x", "target": target})
        assert answer.status_code == 422


async def test_alerts_are_followed(alarmed: Served) -> None:
    """Each change is heard, in order; the client leaves when it has heard them."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    left = asyncio.Event()
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/v1/alerts/stream",
        "raw_path": b"/v1/alerts/stream",
        "query_string": b"after=1",
        "headers": [
            (b"authorization", f"Bearer {await alarmed.key()}".encode()),
            (b"host", b"127.0.0.1"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8420),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }

    async def receive() -> dict[str, object]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await heard.put(message.get("body", b"").decode())

    task = asyncio.create_task(alarmed.app(scope, receive, send))
    text = ""
    async with asyncio.timeout(20):
        while "\ndata: " not in text:
            text += await heard.get()
        left.set()
        await task
    (block,) = [one for one in text.split("\n\n") if one.startswith("id: ")]
    number, kind, data = block.split("\n")
    assert (number, kind) == ("id: 2", "event: open")
    assert json.loads(data.removeprefix("data: "))["gallery"] == "staff"

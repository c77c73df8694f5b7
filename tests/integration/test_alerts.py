"""A real worker raises alerts and tells of them: an endpoint on this machine, a messenger, a broker."""

import asyncio
import base64
import http.server
import json
import os
import re
import subprocess
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.contract.making import MODEL, an_event
from tests.integration.broker import broker, free_port, listener
from tests.integration.workers import a_worker
from visavis.adapters.keys.environment import EnvironmentMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.system.clock import SystemClock
from visavis.application.alerts.channels import new_secret
from visavis.application.ports.alerts import AlertFilter
from visavis.bootstrap.platform import Platform, install
from visavis.domain.access import local_principal
from visavis.domain.alert import AlertId, Condition, Effects
from visavis.domain.alert_kinds import DispatchState, Severity
from visavis.domain.channel import AppriseTarget, MqttTarget, WebhookTarget
from visavis.domain.decision import Outcome
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, Subject, SubjectId
from visavis.settings import load_settings

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.postgres,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),  # imported by apprise
]

_PATIENCE_S = 60.0
KEY = base64.b64encode(bytes(32)).decode()
HOWTO = Path(__file__).parents[2] / "docs" / "howto" / "integrate-with-webhooks.md"


@dataclass
class Site:
    """An installation on a database of its own, and worker processes over it."""

    platform: Platform
    environment: dict[str, str]
    gallery: Gallery
    ada: Subject

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return a_worker(self.environment)

    async def seen(self, subject: Subject | None = None, *, source: str = "door-1") -> Event:
        """A line of the log, now."""
        now = SystemClock().now()
        event = replace(
            an_event(self.gallery, subject=subject, source=source),
            captured_at=now,
            recorded_at=now,
            zone="Lobby",
            site="Head office",
        )
        async with self.platform.store.transaction(self.platform.tenant) as work:
            (kept,) = await work.events.add([event])
        return kept

    async def until_raised(self, count: int) -> list[AlertId]:
        async def raised() -> bool:
            return len(await self.platform.alert_board.page(AlertFilter())) >= count

        await until(raised)
        return [one.alert.id for one in await self.platform.alert_board.page(AlertFilter())]


@pytest.fixture
async def site(migrated_database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    parts = {key: str(value) for key, value in conninfo_to_dict(migrated_database_url).items()}
    url = "postgresql://?" + "&".join(f"{key}={value}" for key, value in parts.items())
    reach = {"VISAVIS_WEBHOOKS__ALLOW_HTTP": "true", "VISAVIS_WEBHOOKS__ALLOW_HOSTS": "127.0.0.1"}
    environment = os.environ | {
        "VISAVIS_DATABASE__URL": url,
        "VISAVIS_KEYS__MASTER": KEY,
        "VISAVIS_DATA_DIR": str(tmp_path),
        "VISAVIS_JOBS__STALLED_S": "3",
        **reach,
    }
    settings = load_settings(data_dir=tmp_path)
    rules = settings.webhooks.model_copy(update={"allow_http": True, "allow_hosts": "127.0.0.1"})
    settings = settings.model_copy(update={"webhooks": rules})
    async with PostgresStore(migrated_database_url, EnvironmentMasterKeys(KEY)) as store:
        platform = install(settings, store).platform(local_principal("test"))
        now = SystemClock().now()
        gallery = Gallery(
            id=GalleryId(uuid.uuid4()),
            name="watchlist",
            purpose=Purpose.WATCHLIST,
            pack="light",
            model=MODEL,
            policy=Policy(),
            created_at=now,
        )
        ada = Subject(id=SubjectId(uuid.uuid4()), name="Ada Quill", created_at=now)
        async with store.transaction(platform.tenant) as work:
            await work.galleries.add(gallery)
            await work.subjects.add(ada)
        yield Site(platform=platform, environment=environment, gallery=gallery, ada=ada)


@dataclass
class Endpoint:
    """Takes messages; `stalls` answers nothing until it is told to, `refusals` says how often it answers 503."""

    url: str = ""
    host: str = ""
    refusals: int = 0
    seen: list[tuple[float, dict[str, str], bytes]] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)

    async def until(self, count: int) -> None:
        async def enough() -> bool:
            return len(self.seen) >= count

        await until(enough)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    kept = Endpoint()
    kept.go_on.set()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.seen.append((time.time(), headers, body))
            kept.go_on.wait(30)
            try:
                self.send_response(503 if len(kept.seen) <= kept.refusals else 204)
                self.end_headers()
            except OSError:
                return  # whoever asked was killed

        def log_message(self, *args: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.host = f"127.0.0.1:{server.server_port}"
    kept.url = f"http://{kept.host}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield kept
    kept.go_on.set()
    server.shutdown()
    server.server_close()
    thread.join()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Waits for a condition, with a generous limit."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        if await true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("this did not happen in time")


def snippet() -> str:
    """The check of signatures, as the page for integrators shows it."""
    blocks = re.findall(r"```python\n(.*?)```", HOWTO.read_text(), re.DOTALL)
    return str(next(block for block in blocks if "def is_ours" in block))


async def test_an_event_becomes_one_alert_and_is_told_through_every_channel(
    site: Site, endpoint: Endpoint
) -> None:
    secret = new_secret()
    channels = site.platform.alert_channels
    hook = await channels.create("hook", WebhookTarget(url=endpoint.url, secret=secret.encode()), names=True)
    chat = await channels.create("chat", AppriseTarget(address=f"json://{endpoint.host}/chat"))
    await site.platform.alert_rules.create(
        "watchlist",
        Condition(galleries=frozenset({"watchlist"})),
        Effects(channels=(hook.id, chat.id), dedupe_s=600),
        severity=Severity.CRITICAL,
    )
    endpoint.refusals = 1
    with site.worker():
        await site.seen()  # nobody known: no rule waits for that
        event = await site.seen(site.ada)

        await endpoint.until(3)  # the first was refused
        await site.seen(site.ada)
        (alert_id,) = await site.until_raised(1)

        async def counted() -> bool:
            return (await site.platform.alert_board.get(alert_id)).alert.count >= 2

        await until(counted)
    found = await site.platform.alert_board.get(alert_id)
    assert found.subject == "Ada Quill"
    assert event.id in await site.platform.alert_board.events(alert_id)
    hooks = [(headers, body) for _, headers, body in endpoint.seen if "visavis-signature" in headers]
    chats = [json.loads(body) for _, headers, body in endpoint.seen if "visavis-signature" not in headers]
    namespace: dict[str, object] = {}
    exec(snippet(), namespace)  # noqa: S102  # what the documentation tells people to run
    headers, body = hooks[-1]
    is_ours = namespace["is_ours"]
    assert callable(is_ours)
    assert is_ours(body, headers["visavis-signature"], secret)
    assert not is_ours(body + b" ", headers["visavis-signature"], secret)
    message = json.loads(body)
    assert (message["schema"], message["event_type"], message["about"]) == (
        "visavis.alert/1",
        "critical",
        "alert",
    )
    assert message["alerts"][0]["subject"] == "Ada Quill"
    assert {headers["visavis-delivery"] for headers, _ in hooks} == {message["id"]}
    assert chats[-1]["title"] == "watchlist"
    assert "Ada" not in chats[-1]["message"]
    messages = await channels.dispatches(alert_id=alert_id)
    assert {one.state for one in messages} == {DispatchState.DELIVERED}
    assert sorted(one.attempts for one in messages) == [1, 2]


async def test_a_worker_killed_while_it_delivers_loses_nothing(site: Site, endpoint: Endpoint) -> None:
    hook = await site.platform.alert_channels.create(
        "hook", WebhookTarget(url=endpoint.url, secret=new_secret().encode())
    )
    await site.platform.alert_rules.create(
        "unknowns",
        Condition(outcomes=frozenset({Outcome.NON_MATCH})),
        Effects(channels=(hook.id,), dedupe_s=0),
    )
    endpoint.go_on.clear()
    with site.worker() as process:
        for _ in range(3):
            await site.seen()
        await endpoint.until(1)
        process.kill()
        process.wait()
    endpoint.go_on.set()
    with site.worker():
        await endpoint.until(4)
        await site.until_raised(3)

        async def delivered() -> bool:
            return len(await site.platform.alert_channels.dispatches(state=DispatchState.DELIVERED)) >= 3

        await until(delivered)
    ids = [json.loads(body)["id"] for _, _, body in endpoint.seen]
    assert len(set(ids)) == 3
    assert ids.count(ids[0]) >= 2


async def test_a_broker_gets_the_log_and_home_assistant_is_told(site: Site) -> None:
    async with broker(free_port()) as port, listener(port) as heard:
        target = MqttTarget(
            host="127.0.0.1", port=port, tls=False, publish=True, discovery="homeassistant", double_take=True
        )
        channel = await site.platform.alert_channels.create("home", target)
        await site.platform.alert_rules.create(
            "door", Condition(), Effects(channels=(channel.id,)), severity=Severity.WARNING
        )
        base = "visavis/Head-office-" + _digest("Head office") + "/door-1"
        with site.worker() as process:
            await heard.until(lambda: heard.of("visavis/status") == [b"online"])
            await site.seen(site.ada)
            await site.seen()
            await heard.until(lambda: heard.of(f"{base}/faces")[-1:] == [b"2"])
            await heard.until(lambda: heard.of("visavis/alerts/open")[-1:] == [b"1"])
            await heard.until(lambda: len(heard.of("visavis/alerts")) == 1)
            process.kill()
            process.wait()
            await heard.until(lambda: heard.of("visavis/status")[-1:] == [b"offline"])
        assert heard.of(f"{base}/known") == [b"ON"]
        assert heard.of(f"{base}/unknown") == [b"ON"]
        told = json.loads(heard.of("visavis/alerts")[0])
        assert (told["event_type"], told["alerts"][0]["source"]) == ("warning", "door-1")
        everything = b"".join(payload for _, payload, _ in heard.messages)
        assert b"Ada" not in everything
        assert str(site.ada.id).encode() not in everything
        assert {
            "double-take/matches/known",
            "double-take/matches/unknown",
            "double-take/cameras/door-1",
        } <= heard.topics()
        configs = {topic for topic in heard.topics() if topic.startswith("homeassistant/")}
        assert len(configs) == 7
        await site.platform.alert_channels.remove(channel.id)
        await heard.until(lambda: all(heard.of(topic)[-1] == b"" for topic in configs))
        async with listener(port, "homeassistant/#") as later:
            await asyncio.sleep(0.2)
            assert later.messages == []


async def test_the_log_waits_for_a_broker_that_is_away(site: Site) -> None:
    port = free_port()
    target = MqttTarget(host="127.0.0.1", port=port, tls=False, publish=True)
    await site.platform.alert_channels.create("home", target)
    with site.worker():
        sent = [await site.seen(source="yard") for _ in range(3)]
        await asyncio.sleep(0.5)
        async with broker(port), listener(port) as heard:
            topic = "visavis/Head-office-" + _digest("Head office") + "/yard/event"
            await heard.until(lambda: len(heard.of(topic)) >= 3)
    said = [json.loads(payload)["id"] for payload in heard.of(topic)]
    assert list(dict.fromkeys(said)) == [str(event.id) for event in sent]


async def test_a_test_says_what_is_wrong(site: Site, endpoint: Endpoint) -> None:
    channels = site.platform.alert_channels
    chat = await channels.create("chat", AppriseTarget(address=f"json://:pass@{endpoint.host}/chat"))
    assert (await channels.test(chat.id)).accepted
    lost = await channels.create(
        "lost",
        MqttTarget(host="127.0.0.1", port=free_port(), tls=False, password="hush"),  # noqa: S106
    )
    answer = await channels.test(lost.id)
    assert not answer.accepted
    assert "hush" not in answer.error


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]

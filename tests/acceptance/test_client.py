"""The client, the command line on a server, and the pages about them, against a server that runs."""

import asyncio
import os
import re
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue

import pytest

import visavis
from ops.drills.installation import PROGRAM, Installation
from tests.acceptance.conftest import Ended
from tests.acceptance.service import installed
from tests.api.test_docs import ROOT, blocks, name
from visavis.client.connection import Retries
from visavis.client.resources.events import Wanted
from visavis.domain.errors import ServerUnreachable
from visavis.wire.v1.events import EventNote

pytestmark = [pytest.mark.models, pytest.mark.postgres]

HOWTO = ROOT / "docs" / "howto"
_PROMISED = re.compile(r"# → (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def place() -> Iterator[Installation]:
    more = {"MODELS__PACK": "standard", "WEBHOOKS__ALLOW_HOSTS": "127.0.0.1,hooks.example.org"}
    with installed(**more, WEBHOOKS__ALLOW_HTTP="true") as one:
        one.up()
        yield one


@pytest.fixture(scope="module")
def key(place: Installation) -> str:
    return place.api_key("client")


@pytest.fixture
def album(portraits: Path, tmp_path: Path) -> Path:
    """A folder of one's own with the portraits."""
    for photo in portraits.glob("*.jpg"):
        shutil.copy(photo, tmp_path / photo.name)
    return tmp_path


def command(place: Installation, key: str, folder: Path, *arguments: str) -> Ended:
    """The command line elsewhere: it knows address and key, and has no database."""
    environment = os.environ | {"VISAVIS_URL": place.url, "VISAVIS_KEY": key, "HOME": str(folder)}
    environment |= {"VISAVIS_MODELS__DIRECTORY": str(folder / "no models"), "VISAVIS_MODELS__OFFLINE": "true"}
    done = subprocess.run(
        [PROGRAM, *arguments], capture_output=True, text=True, env=environment, cwd=folder, timeout=120
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.mark.parametrize("page", ["use-the-client", "watch-list", "jobs", "tracks"])
def test_the_examples_print_what_they_promise(
    place: Installation,
    key: str,
    album: Path,
    page: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VISAVIS_URL", place.url)
    monkeypatch.setenv("VISAVIS_KEY", key)
    monkeypatch.chdir(album)
    path = HOWTO / f"{page}.md"
    variables: dict[str, object] = {"__name__": "docs"}
    ran = 0
    for line, example in blocks(path, "python"):
        exec(compile("\n" * (line - 1) + example, str(path), "exec"), variables)  # noqa: S102
        promised = [text.strip() for text in _PROMISED.findall(example)]
        printed = capsys.readouterr().out.splitlines()
        assert printed == promised, f"{name(path)}:{line}"
        ran += bool(promised)
    documented = variables["client"]
    assert isinstance(documented, visavis.Client)
    documented.close()  # or its socket is found open in one of the next tests
    assert ran >= 4


@pytest.mark.parametrize("page", ["verify-over-the-api", "identify-over-the-api"])
def test_the_calls_are_answered(place: Installation, key: str, album: Path, page: str) -> None:
    environment = os.environ | {"VISAVIS_URL": place.url, "VISAVIS_KEY": key}
    ran = 0
    for line, script in blocks(HOWTO / f"{page}.md", "bash"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            capture_output=True,
            text=True,
            env=environment,
            cwd=album,
        )
        assert done.returncode == 0, f"{page}:{line}: {done.stdout} {done.stderr}"
        ran += script.count("curl")
    assert ran >= 5
    with visavis.Client(place.url, key) as client:
        for gallery in list(client.galleries.list()):
            client.galleries.remove(gallery.name)


def test_the_receiver_of_the_page_takes_what_is_sent(
    place: Installation, key: str, album: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its examples are run as they stand; then events are sent to the receiver that they define."""
    monkeypatch.setenv("VISAVIS_URL", place.url)
    monkeypatch.setenv("VISAVIS_KEY", key)
    variables: dict[str, object] = {"__name__": "docs"}
    for line, example in blocks(HOWTO / "integrate-with-webhooks.md", "python"):
        code = "\n" * (line - 1) + example
        exec(compile(code, "integrate-with-webhooks.md", "exec"), variables)  # noqa: S102
    receiver = variables["Receiver"]
    assert isinstance(receiver, type)
    assert issubclass(receiver, BaseHTTPRequestHandler)
    answers: Queue[int] = Queue()

    class Noted(receiver):  # type: ignore[misc,valid-type]
        def send_response(self, code: int, message: str | None = None) -> None:
            answers.put(code)
            super().send_response(code, message)

    with ThreadingHTTPServer(("127.0.0.1", 0), Noted) as server, visavis.Client(place.url, key) as client:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client.galleries.create("hooks")
        made = client.webhooks.create(f"http://127.0.0.1:{server.server_port}/")
        receiver.secret = made.secret  # type: ignore[attr-defined]
        client.enrol("hooks", "ada", album / "obama.jpg")
        client.identify("hooks", album / "obama2.jpg")
        assert answers.get(timeout=30) == 204
        receiver.secret = made.secret[::-1]  # type: ignore[attr-defined]
        client.identify("hooks", album / "obama2.jpg")
        assert answers.get(timeout=30) == 401
        server.shutdown()
        assert len(receiver.seen) == 1  # type: ignore[attr-defined]
        for webhook in client.webhooks.list().webhooks:
            client.webhooks.remove(webhook.id)
        client.galleries.remove("hooks")
    documented = variables["client"]
    assert isinstance(documented, visavis.Client)
    documented.close()


@pytest.mark.anyio
async def test_the_asynchronous_client_does_the_same(place: Installation, key: str, album: Path) -> None:
    async with visavis.AsyncClient(place.url, key) as client:
        await client.galleries.create("tour")
        assert (await client.enrol("tour", "ada", album / "obama.jpg", album / "obama2.jpg")).enrolled == 2
        photos = [album / "obama3.jpg", album / "biden.jpg"]
        found = await asyncio.gather(*(client.identify("tour", photo) for photo in photos * 4))
        assert [one.faces[0].subject for one in found] == ["ada", None] * 4
        job = await client.jobs.classify("tour", *photos, source="door")
        assert (await client.jobs.wait(job.id, timeout_s=120)).state == "succeeded"
        async with aclosing(client.events.stream(Wanted(gallery="tour"), after=0)) as stream:
            assert [one.position async for one in _first(stream, 10)] == [0] * 10
        await client.galleries.remove("tour")


async def _first(stream: AsyncIterator[EventNote], number: int) -> AsyncIterator[EventNote]:
    async for event in stream:
        yield event
        number -= 1
        if number == 0:
            return


def test_a_stream_goes_on_when_the_server_was_restarted(key: str, place: Installation, album: Path) -> None:
    """Two followers, one of whom began at a place and one at the end, see everything exactly once."""
    patient = Retries(times=3, first_s=0.1, longest_s=1.0)
    with visavis.Client(place.url, key) as client:
        client.galleries.create("restart")
        seen: list[Queue[int]] = [Queue(), Queue()]
        stop = threading.Event()

        def follow(after: int | None, into: "Queue[int]") -> None:
            follower = visavis.Client(place.url, key, retries=patient)
            with follower, closing(follower.events.stream(Wanted(gallery="restart"), after=after)) as stream:
                for event in stream:
                    into.put(event.sequence)
                    if stop.is_set():
                        return

        threads = [
            threading.Thread(target=follow, args=(after, into), daemon=True)
            for after, into in zip((0, None), seen, strict=True)
        ]
        for thread in threads:
            thread.start()
        first = client.identify("restart", album / "biden.jpg")
        numbers = [client.events.get(first.event_ids[0]).sequence]
        assert seen[0].get(timeout=60) == numbers[0]
        place.down()
        with pytest.raises(ServerUnreachable), visavis.Client(place.url, key, retries=0) as hasty:
            hasty.me()
        place.up()
        stop.set()
        later = client.identify("restart", album / "biden.jpg")
        numbers.append(client.events.get(later.event_ids[0]).sequence)
        assert seen[0].get(timeout=60) == numbers[1]
        last = seen[1].get(timeout=60)
        assert last in numbers, "who began at the end may have begun before or after the first event"
        if last == numbers[0]:
            assert seen[1].get(timeout=60) == numbers[1]
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads)
        assert all(one.empty() for one in seen)
        client.galleries.remove("restart")


def test_a_server_that_sheds_is_asked_again() -> None:
    """It sheds twice, says when to come back, and then answers."""
    asked: list[str | None] = []

    class Shedding(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked.append(self.headers["Idempotency-Key"])
            shed = len(asked) < 3
            body = b'{"gallery": "g", "references": 1}' if not shed else b"busy"
            self.send_response(503 if shed else 200)
            self.send_header("Content-Length", str(len(body)))
            if shed:
                self.send_header("Retry-After", "1")
            self.end_headers()
            self.wfile.write(body)

        def do_DELETE(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shedding) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        with visavis.Client(url, "k", retries=Retries(times=1, first_s=0.0, longest_s=5)) as hasty:
            with pytest.raises(Exception, match="503") as raised:
                hasty.galleries.remove("g")
            assert raised.value.retryable  # type: ignore[attr-defined]
        asked.clear()
        with visavis.Client(url, "k", retries=Retries(times=2, first_s=0.0, longest_s=5)) as client:
            assert client.galleries.remove("g").references == 1
        assert len(asked) == 3
        assert len(set(asked)) == 1
        server.shutdown()


def test_the_command_line_speaks_to_a_server(place: Installation, key: str, album: Path) -> None:
    """The same documents and exit codes as over the database, and both see the same store."""

    def there(*arguments: str) -> Ended:
        return command(place, key, album, *arguments)

    enrolled = there("enrol", "ada", "obama.jpg", "obama2.jpg", "--gallery", "cli", "--create", "--json")
    assert enrolled.code == 0, enrolled
    here = place.visavis("subjects", "--gallery", "cli", "--json")
    assert there("subjects", "--gallery", "cli", "--json").out == here
    assert there("galleries", "--json").out == place.visavis("galleries", "--json")
    found = there("identify", "obama3.jpg", "biden.jpg", "--gallery", "cli", "--json", "--draw", "marked")
    assert found.code == 0
    faces = [result["faces"] for result in found.document["results"]]  # type: ignore[index,attr-defined]
    assert [face[0]["subject"] for face in faces] == ["ada", None]
    assert {path.name for path in (album / "marked").iterdir()} == {"obama3.jpg", "biden.jpg"}
    arguments = ("identify", str(album / "obama3.jpg"), "--gallery", "cli", "--json")
    assert there(*arguments).out == place.visavis(*arguments), "the same document, byte by byte"
    assert there("verify", "--subject", "ada", "biden.jpg", "--gallery", "cli").code == 1
    assert there("verify", "obama.jpg", "obama2.jpg").code == 0
    again = there("enrol", "ada", "obama.jpg", "--gallery", "cli", "--json")
    assert (again.code, again.document["enrolled"]) == (6, 0)
    nobody = album / "nobody.jpg"
    nobody.write_bytes(b"no picture")
    refused = there("enrol", "ada", "nobody.jpg", str(nobody), "--gallery", "cli", "--json")
    assert refused.code == 2
    assert [one["error"]["code"] for one in refused.document["photos"]] == ["image_unreadable"] * 2  # type: ignore[index,attr-defined]
    job = there("jobs", "submit", "classify", "obama3.jpg", "--gallery", "cli", "--source", "x", "--json")
    (entry,) = job.document["jobs"]  # type: ignore[misc]
    with visavis.Client(place.url, key) as client:
        assert client.jobs.wait(entry["id"], timeout_s=120).state == "succeeded"  # type: ignore[index]
    shown = there("jobs", "show", entry["id"], "--json")  # type: ignore[index]
    assert shown.out == place.visavis("jobs", "show", entry["id"], "--json")  # type: ignore[index]
    assert there("events", "--json").out == place.visavis("events", "--json")
    assert there("erase", "ada", "--yes", "--json").document["references"] == 2
    assert there("identify", "obama3.jpg", "--gallery", "cli").code == 1
    kept_there = there("galleries", "calibrate", "cli", "--from-references")
    assert (kept_there.code, "do not leave a server" in kept_there.err) == (2, True)
    assert there("galleries", "calibrate", "cli", "--remove").code == 5, "there is none"
    assert there("galleries", "remove", "cli", "--yes").code == 2, "not a command for a server"
    assert "--data-dir" in there("consents").err
    assert there("galleries", "--data-dir", str(album), "--server", place.url).code == 2
    place.visavis("galleries", "remove", "cli", "--yes")
    assert command(place, "vv_wrong", album, "galleries").code == 7


def test_a_rate_is_waited_for(place: Installation, key: str) -> None:
    """Real 429s of a key with a rate: without patience they are errors, with it they are not."""
    from visavis.domain.access import Permission
    from visavis.domain.errors import QuotaExceeded
    from visavis.wire.v1.accounts import KeyCreate, RateNote

    with visavis.Client(place.url, key) as owner:
        wanted = KeyCreate(
            name="slow", permissions=(Permission.GALLERIES_READ,), rate=RateNote(per_minute=60, burst=2)
        )
        slow = owner.api_keys.create(wanted)
        with visavis.Client(place.url, slow.secret, retries=0) as hasty:
            hasty.me()
            hasty.me()
            with pytest.raises(QuotaExceeded):
                hasty.me()
        with visavis.Client(place.url, slow.secret) as patient:
            assert [patient.me().kind for _ in range(3)] == ["key"] * 3
        owner.api_keys.revoke(slow.key.id)

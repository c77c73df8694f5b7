"""What open consoles cost recognition, and how long the first page takes with a full log.

    python -m benchmarks.console_load --photos DIR

Starts an installation of its own, console included. Callers identify photos over HTTP as fast as they are answered,
alternately with none and with 20 open Live pages: their event streams, through the console, read in another process
on the same cores. Then the log is filled with 20,000 events of the last days, and the overview is asked for and opened
in a browser. Prints JSON to the output; only the ratios mean something on another machine.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import httpx

from ops.drills.installation import Installation, free_port
from tests.acceptance.browser import PASSWORD, chromium
from visavis.bootstrap.local import open_store
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import DEFAULT_TENANT
from visavis.settings import load_settings

EVENTS = 20_000
_DAYS = 7


async def identified(url: str, key: str, photos: list[bytes], callers: int, seconds: float) -> float:
    """Answers per second to callers who ask again at once."""
    until, done = time.perf_counter() + seconds, 0
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "image/jpeg"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:

        async def call(number: int) -> None:
            nonlocal done
            for photo in cycle(photos[number:] + photos[:number]):
                if time.perf_counter() > until:
                    return
                answer = await http.post("/v1/galleries/staff/identify?source=gate", content=photo)
                done += answer.status_code == 200

        began = time.perf_counter()
        await asyncio.gather(*(call(number) for number in range(callers)))
        return done / (time.perf_counter() - began)


def processor_s(root: int) -> float:
    """Processor time of a process and all below it so far: what a loaded machine does not distort."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            with suppress(OSError):
                words = (one / "stat").read_text().rpartition(")")[2].split()
                parents[int(one.name)] = int(words[1])
                used[int(one.name)] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def below(pid: int) -> bool:
        while pid in parents and pid != root:
            pid = parents[pid]
        return pid == root

    return sum(seconds for pid, seconds in used.items() if below(pid))


async def watch(url: str, cookie: str, consoles: int) -> None:
    """So many open Live pages, until this process is ended; says when all are connected.

    It reads plain sockets: what a reader costs is the browsers', which are on other machines, not the installation's.
    """
    address = httpx.URL(url)
    asked = f"GET /v1/events/stream HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nCookie: {cookie}\r\n\r\n"
    connected = asyncio.Semaphore(0)

    async def look() -> None:
        reader, writer = await asyncio.open_connection(address.host, address.port)
        writer.write(asked.encode())
        status = await reader.readline()
        assert b" 200 " in status, status
        connected.release()
        while await reader.read(2**16):
            pass

    async def say() -> None:
        for _ in range(consoles):
            await connected.acquire()
        print("connected", flush=True)

    async with asyncio.TaskGroup() as group:
        group.create_task(say())
        for _ in range(consoles):
            group.create_task(look())


def watched(url: str, cookie: str, consoles: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.console_load", "--watch", url, cookie, str(consoles)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    if "connected" not in process.stdout.readline():
        raise SystemExit("The consoles do not connect.")
    return process


async def fill(place: Installation) -> None:
    """Lines of the last days, by the hour as a door sees people."""
    chance, now = random.Random(0), datetime.now(UTC)  # noqa: S311
    outcomes = [Outcome.MATCH] * 7 + [Outcome.NON_MATCH] * 2 + [Outcome.INCONCLUSIVE]
    async with open_store(load_settings(data_dir=place.folder)) as store:
        for _ in range(EVENTS // 1000):
            moments = [now - timedelta(seconds=chance.uniform(0, _DAYS * 86_400)) for _ in range(1000)]
            events = [
                Event(
                    id=EventId(uuid.uuid4()),
                    kind=EventKind.IDENTIFIED,
                    captured_at=at,
                    recorded_at=now,
                    gallery_id=None,
                    gallery="staff",
                    source=chance.choice(("gate", "hall", "door-1")),
                    reference="",
                    position=0,
                    outcome=chance.choice(outcomes),
                    score=0.5,
                )
                for at in moments
            ]
            async with store.transaction(DEFAULT_TENANT) as work:
                await work.events.add(events)


def first_page(url: str, session: httpx.Cookies) -> dict[str, float]:
    """Milliseconds, medians: what the server takes, and until a browser that knows nothing yet has loaded the page."""
    with httpx.Client(base_url=url, cookies=session, timeout=60) as http:
        http.get("/")
        taken = []
        for _ in range(10):
            began = time.perf_counter()
            answer = http.get("/")
            assert answer.status_code == 200
            taken.append(time.perf_counter() - began)
    cookies = [{"name": name, "value": value, "url": url} for name, value in session.items()]
    loaded = []
    with chromium() as browser:
        for _ in range(5):
            page = browser.page()
            page.context.add_cookies(cookies)  # type: ignore[arg-type]
            began = time.perf_counter()
            page.goto(f"{url}/", wait_until="load")
            loaded.append(time.perf_counter() - began)
            page.context.close()
    return {
        "overview_server_ms": 1000 * statistics.median(taken),
        "overview_loaded_in_chromium_ms": 1000 * statistics.median(loaded),
    }


def measured(place: Installation, given: argparse.Namespace) -> dict[str, float]:
    up = json.loads(place.visavis("up", "--json"))
    url = up["console_url"]
    photos = sorted(path for path in given.photos.rglob("*") if path.suffix.lower() in (".jpg", ".png"))[:24]
    place.visavis("galleries", "create", "staff")
    place.visavis("enrol", "Somebody", str(photos[0]), "--gallery", "staff")
    key, contents = place.api_key(), [photo.read_bytes() for photo in photos]
    token = {"token": up["sign_in"]["token"], "password": PASSWORD}
    session = httpx.post(f"{url}/v1/auth/one-time", json=token, timeout=60).cookies
    cookie = "; ".join(f"{name}={value}" for name, value in session.items())

    there = place.processes()
    roots = [pid for pid in (there.keeper, there.database) if pid is not None]

    def rate() -> tuple[float, float]:
        """Answers per second, and processor seconds of the whole installation for each."""
        before, began = sum(map(processor_s, roots)), time.perf_counter()
        per_s = asyncio.run(identified(place.url, key, contents, given.callers, given.seconds))
        taken = time.perf_counter() - began
        return per_s, (sum(map(processor_s, roots)) - before) / (per_s * taken)

    rate()  # warms everything up
    without: list[tuple[float, float]] = []
    beside: list[tuple[float, float]] = []
    for number in range(given.rounds):
        for consoles in (0, given.consoles) if number % 2 else (given.consoles, 0):
            process = watched(url, cookie, consoles) if consoles else None
            (beside if consoles else without).append(rate())
            if process is not None:
                process.terminate()
                process.wait(20)
        print(f"alone {without[-1]}, beside consoles {beside[-1]}", file=sys.stderr)
    asyncio.run(fill(place))
    return {
        "consoles": given.consoles,
        "identified_per_s_alone": statistics.median(rate for rate, _ in without),
        "identified_per_s_beside_consoles": statistics.median(rate for rate, _ in beside),
        "ratio": statistics.median(one / other for (one, _), (other, _) in zip(beside, without, strict=True)),
        "processor_ms_each_alone": 1000 * statistics.median(cost for _, cost in without),
        "processor_ms_each_beside_consoles": 1000 * statistics.median(cost for _, cost in beside),
        **first_page(url, session),
    }


def main() -> None:
    if "--watch" in sys.argv:
        url, cookie, consoles = sys.argv[sys.argv.index("--watch") + 1 :]
        asyncio.run(watch(url, cookie, int(consoles)))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--consoles", type=int, default=20)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8.0)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="visavis-console-load-"))
    folder.chmod(0o755)  # the database runs as another account when this is run by root
    more = {"VISAVIS_CONSOLE__ENABLED": "true", "VISAVIS_CONSOLE__PORT": str(free_port())}
    more["VISAVIS_SERVER__EVENT_STREAMS"] = str(given.consoles + 1)  # here all of them are one person's
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped in any case
    place = Installation(folder=folder / "data", port=free_port(), more=more)
    try:
        print(json.dumps(measured(place, given), indent=2))
    finally:
        place.down()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""The server under load, against the same use case without a server, in one run.

    python benchmarks/service.py --photos ../shared/data/lfw-dev/images --data-dir /srv/visavis-bench

Fills a gallery, starts an API process over it, and lets the contestants take turns: `Identify` called in this process
by as many callers as the server has threads and queue for (the engine: decode, detect, embed, search, decide), and
POST /v1/galleries/…/identify over HTTP, which also keeps an event and an audit entry of each. The client runs on the
same cores. Then random arrivals at a multiple of the server's rate. Prints a table to the standard error and JSON to
the output; only the ratios mean something on another machine.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from identify_gallery import EACH, GALLERY, fill_apart, opened

from visavis.application.access.api_keys import KeyRequest
from visavis.bootstrap.accounts import Doors
from visavis.bootstrap.local import make_data_dir
from visavis.domain.access import Permission
from visavis.domain.errors import AlreadyExists
from visavis.settings import Settings, load_settings


@dataclass(kw_only=True)
class Answers:
    """What became of a run's requests; seconds each."""

    accepted: list[float] = field(default_factory=list)
    shed: list[float] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    without_advice: int = 0  #: refusals without Retry-After
    took_s: float = 0.0

    @property
    def per_s(self) -> float:
        return len(self.accepted) / self.took_s

    def ms(self, percent: float) -> float:
        return float(np.percentile(self.accepted, percent)) * 1e3 if self.accepted else float("nan")


@dataclass(kw_only=True)
class Line:
    """One connection that asks and reads one answer at a time; just enough of HTTP to cost next to nothing."""

    port: int
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, request: bytes) -> tuple[int, bool]:
        """The status, and whether there is a Retry-After."""
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        assert self.reader is not None
        self.writer.write(request)
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        await self.reader.readexactly(length)
        if b"connection: close" in head:
            self.writer.close()
        return int(head[9:12]), b"retry-after:" in head


def request_for(photo: bytes, key: str) -> bytes:
    head = (
        f"POST /v1/galleries/{GALLERY}/identify HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: {len(photo)}\r\n\r\n"
    )
    return head.encode() + photo


async def one(line: Line, request: bytes, since: float, answers: Answers) -> bool:
    status, advised = await line.ask(request)
    took = time.perf_counter() - since
    if status == 200:
        answers.accepted.append(took)
    elif status in (429, 503):
        answers.shed.append(took)
        answers.without_advice += not advised
    else:
        answers.other.append(status)
    return status == 200


async def closed(port: int, requests: Sequence[bytes], callers: int, seconds: float) -> Answers:
    """Every caller asks again at once; one who was refused, a little later."""
    answers, began = Answers(), time.perf_counter()

    async def call(number: int) -> None:
        line = Line(port=port)
        while time.perf_counter() < began + seconds:
            request = requests[number % len(requests)]
            if not await one(line, request, time.perf_counter(), answers):
                await asyncio.sleep(0.05)
            number += callers

    await asyncio.gather(*(call(number) for number in range(callers)))
    answers.took_s = time.perf_counter() - began
    return answers


async def arriving(port: int, requests: Sequence[bytes], per_s: float, seconds: float, seed: int) -> Answers:
    """Arrivals of a Poisson process, whatever becomes of those before; latencies count from the planned arrival."""
    gaps = np.random.default_rng(seed).exponential(1.0 / per_s, int(per_s * seconds))
    answers, began, idle, tasks = Answers(), time.perf_counter(), [], []

    async def send(number: int, due: float) -> None:
        line = idle.pop() if idle else Line(port=port)
        await one(line, requests[number % len(requests)], due, answers)
        idle.append(line)

    for number, planned in enumerate(np.cumsum(gaps)):
        due = began + float(planned)
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        tasks.append(asyncio.create_task(send(number, due)))
    await asyncio.gather(*tasks)
    answers.took_s = time.perf_counter() - began
    return answers


def rss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


@contextmanager
def server(settings: Settings, port: int, processes: int) -> Iterator[list[int]]:
    """API processes that accept from one socket, as `visavis up` starts them; their pids."""
    environment = os.environ | {
        "VISAVIS_DATA_DIR": str(settings.data_dir),
        "VISAVIS_SERVER__PORT": str(port),
        "VISAVIS_SERVER__GRPC_PORT": "0",
        "VISAVIS_WORKERS": str(max(settings.workers // processes, 1)),
    }
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
        command = [sys.executable, "-m", "visavis.api", "--listen-on", str(listener.fileno())]
        started = [
            subprocess.Popen(
                command, env=environment, stderr=subprocess.DEVNULL, pass_fds=[listener.fileno()]
            )
            for _ in range(processes)
        ]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def awaited(port: int, request: bytes) -> float:
    """Seconds until the first identification is answered: models loaded, index built."""
    began = time.perf_counter()
    while True:
        try:
            status, _ = await Line(port=port).ask(request)
        except (OSError, asyncio.IncompleteReadError):
            status = 0
        if status == 200:
            return time.perf_counter() - began
        await asyncio.sleep(0.1)


@dataclass(kw_only=True)
class Report:
    """Ratios unless a unit is named; medians over the rounds."""

    references: int
    workers: int
    processes: int
    callers: int
    engine_per_s: float = 0.0
    server_per_s: float = 0.0
    throughput_ratio: float = 0.0  #: of the server to the engine
    saturation_p50_ms: float = 0.0
    saturation_p99_ms: float = 0.0
    saturation_shed_share: float = 0.0
    overload: float = 0.0
    overload_accepted_per_s_ratio: float = 0.0
    overload_p50_ratio: float = 0.0  #: to the median at saturation
    overload_p99_ratio: float = 0.0
    overload_shed_share: float = 0.0
    refusals_without_retry_after: int = 0
    other_statuses: int = 0
    first_answer_s: float = 0.0  #: after the start of the process, with the index of the gallery to be built
    server_rss_mb: float = 0.0


@dataclass(kw_only=True)
class Engine:
    """The use case in this process."""

    settings: Settings
    photos: Sequence[bytes]
    callers: int
    seconds: float

    async def per_s(self) -> float:
        async with opened(self.settings) as (platform, gallery, _):
            work = platform.work(gallery)
            await work.identify(gallery, self.photos[0])
            began, done = time.perf_counter(), 0

            async def call(number: int) -> None:
                nonlocal done
                while time.perf_counter() < began + self.seconds:
                    await work.identify(gallery, self.photos[number % len(self.photos)])
                    done, number = done + 1, number + self.callers

            await asyncio.gather(*(call(number) for number in range(self.callers)))
            return done / (time.perf_counter() - began)


async def key_for(settings: Settings) -> str:
    async with opened(settings) as (platform, _, __):
        wanted = KeyRequest(name=f"benchmark {time.time()}", permissions=frozenset({Permission.IDENTIFY}))
        try:
            made = await Doors(store=platform.store).keys.create(platform.principal, wanted)  # type: ignore[arg-type]
        except AlreadyExists as error:
            raise SystemExit(str(error)) from error
        return made.secret


def in_process(data_dir: str, photos: Sequence[bytes], callers: int, seconds: float) -> float:
    settings = load_settings(data_dir=Path(data_dir))
    return asyncio.run(Engine(settings=settings, photos=photos, callers=callers, seconds=seconds).per_s())


async def measure(options: argparse.Namespace, settings: Settings, photos: Sequence[bytes]) -> Report:
    port, key = free_port(), await key_for(settings)
    requests = [request_for(photo, key) for photo in photos]
    report = Report(
        references=options.references,
        workers=settings.workers,
        processes=options.processes,
        callers=options.callers or 4 * settings.workers,
        overload=options.overload,
    )
    rows: list[tuple[float, Answers, Answers]] = []
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for number in range(options.rounds):
            rate = await loop.run_in_executor(
                pool, in_process, str(settings.data_dir), photos, report.callers, options.seconds
            )
            with server(settings, port, options.processes) as pids:
                report.first_answer_s = await awaited(port, requests[0])
                await closed(port, requests, 4 * report.callers, 4.0)
                saturated = await closed(port, requests, report.callers, options.seconds)
                over = await arriving(
                    port, requests, options.overload * saturated.per_s, options.seconds, number
                )
                report.server_rss_mb = sum(rss_mb(pid) for pid in pids)
            rows.append((rate, saturated, over))
            print(f"round {number + 1}: engine {rate:.1f}/s, server {saturated.per_s:.1f}/s", file=sys.stderr)
    return summarised(rows, report)


def summarised(rows: Sequence[tuple[float, Answers, Answers]], report: Report) -> Report:
    def median(values: Iterator[float]) -> float:
        return float(np.median(list(values)))

    report.engine_per_s = median(rate for rate, _, _ in rows)
    report.server_per_s = median(one.per_s for _, one, _ in rows)
    report.throughput_ratio = median(one.per_s / rate for rate, one, _ in rows)
    report.saturation_p50_ms = median(one.ms(50) for _, one, _ in rows)
    report.saturation_p99_ms = median(one.ms(99) for _, one, _ in rows)
    report.saturation_shed_share = median(
        len(one.shed) / (len(one.shed) + len(one.accepted)) for _, one, _ in rows
    )
    report.overload_accepted_per_s_ratio = median(over.per_s / one.per_s for _, one, over in rows)
    report.overload_p50_ratio = median(over.ms(50) / one.ms(50) for _, one, over in rows)
    report.overload_p99_ratio = median(over.ms(99) / one.ms(50) for _, one, over in rows)
    report.overload_shed_share = median(
        len(over.shed) / (len(over.shed) + len(over.accepted)) for _, _, over in rows
    )
    report.refusals_without_retry_after = sum(a.without_advice + b.without_advice for _, a, b in rows)
    report.other_statuses = sum(len(a.other) + len(b.other) for _, a, b in rows)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="a folder with photos, at any depth")
    parser.add_argument("--most", type=int, default=200, help="photos at most")
    parser.add_argument("--references", type=int, default=100_000)
    parser.add_argument("--callers", type=int, help="concurrent callers; default 4 for each worker thread")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each part of a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--processes", type=int, default=1, help="API processes, which share the threads")
    parser.add_argument("--overload", type=float, default=3.0)
    parser.add_argument("--data-dir", type=Path, required=True, help="is filled once and can be used again")
    options = parser.parse_args()
    options.data_dir.parent.mkdir(parents=True, exist_ok=True)
    settings = load_settings(data_dir=options.data_dir)
    make_data_dir(settings.data_dir)
    files = [file for file in sorted(options.photos.rglob("*")) if file.suffix.lower() in (".jpg", ".png")]
    photos = [file.read_bytes() for file in files[:: max(len(files) // options.most, 1)][: options.most]]
    if not (settings.data_dir / "probes.npz").exists():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            pool.submit(fill_apart, str(settings.data_dir), options.references // EACH, None, 0).result()
    report = asyncio.run(measure(options, settings, photos))
    for name, value in asdict(report).items():
        print(f"{name:<32}{value:>12,.3f}", file=sys.stderr)
    print(json.dumps(asdict(report), indent=1))


if __name__ == "__main__":
    main()

"""Everything on one machine: the database, the API and the worker, under one keeper."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import anyio.to_thread

from visavis.adapters.system import single
from visavis.adapters.system.processes import Keeper, Program
from visavis.adapters.system.single import Running, Single
from visavis.bootstrap.local import OnWait, embedded, make_data_dir
from visavis.domain.errors import SettingsInvalid, Unavailable
from visavis.settings import Settings

log = logging.getLogger("visavis.up")

_READY_WITHIN_S = 120.0
_LOOK_EVERY_S = 1.0


def run_file(settings: Settings) -> Path:
    """Locked by the keeper for as long as it runs."""
    return settings.data_dir / "run" / "visavis.json"


def log_file(settings: Settings) -> Path:
    return settings.data_dir / "logs" / "visavis.log"


def running_server(settings: Settings) -> Running | None:
    """The keeper of this data directory, if it runs."""
    return single.running(run_file(settings))


def listening(settings: Settings) -> socket.socket:
    """The socket that all API processes accept from. Raises `SettingsInvalid` if the port is taken."""
    server = settings.server
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    made = socket.socket(family)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((server.host, server.port))
    except OSError as error:
        made.close()
        raise SettingsInvalid(
            f"The API cannot listen on {server.host}:{server.port}: {error.strerror}.",
            hint="Choose another port: VISAVIS_SERVER__PORT=8430 visavis up",
        ) from error
    made.listen(1024)
    made.set_inheritable(True)
    return made


def programs(settings: Settings, descriptor: int, environment: dict[str, str]) -> Sequence[Program]:
    """The processes of an installation; each can be run alone by the same command."""
    environment = environment | {"VISAVIS_DATA_DIR": str(settings.data_dir.absolute())}
    grace = settings.server.drain_s + 10.0
    apis = [
        Program(
            name=f"api {number}",
            command=(sys.executable, "-m", "visavis.api", "--listen-on", str(descriptor)),
            environment=environment,
            descriptors=(descriptor,),
            grace_s=grace,
        )
        for number in range(1, settings.server.processes + 1)
    ]
    worker = Program(
        name="worker",
        command=(sys.executable, "-m", "visavis.worker"),
        environment=environment,
        grace_s=grace,
    )
    return [*apis, worker]


async def keep_up(settings: Settings, *, on_wait: OnWait | None = None) -> None:
    """Runs until SIGTERM or SIGINT: then everything is stopped in order, the database last.

    Raises `SettingsInvalid` if it runs already or the port is taken, and as the database's start does.
    """
    make_data_dir(settings.data_dir)
    right = Single(run_file(settings))
    with ExitStack() as stack:
        listener = stack.enter_context(listening(settings))
        if not right.take({"url": settings.server.local_url}):
            raise SettingsInvalid("It runs already.", hint="Stop it with: visavis down")
        stack.callback(right.drop)
        if settings.database.url is None:
            lease = await anyio.to_thread.run_sync(embedded(settings, on_wait).attach)
            stack.callback(lease.release)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        keeper = Keeper(programs=programs(settings, listener.fileno(), dict(os.environ)), tell=log.info)
        async with asyncio.TaskGroup() as group:
            group.create_task(keeper(stop))
            group.create_task(_watch_database(settings, stop))
            group.create_task(_refuse_after(stop, listener))


async def _refuse_after(stop: asyncio.Event, listener: socket.socket) -> None:
    """Whoever connects while the processes finish their work is refused, instead of waiting for nobody."""
    await stop.wait()
    listener.close()


async def _watch_database(settings: Settings, stop: asyncio.Event) -> None:
    """Starts the embedded database again when it was killed."""
    while settings.database.url is None and not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_EVERY_S)
            return
        try:
            status = await anyio.to_thread.run_sync(embedded(settings).status)
            if not status.running:
                log.warning("the database is gone; it is started again")
                (await anyio.to_thread.run_sync(embedded(settings).attach)).release()
        except Unavailable as error:
            log.warning("the database does not start: %s", error.code)


def start_detached(settings: Settings, *, on_wait: Callable[[float], None] | None = None) -> Running:
    """Starts the keeper in the background, and returns when the API answers.

    Raises `Unavailable` if it ends instead, naming the log.
    """
    known = single.running(run_file(settings))
    if known is not None:
        _await_ready(settings, None, on_wait)
        return known
    make_data_dir(settings.data_dir)
    listening(settings).close()  # says at once if the port is taken
    path = log_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    command = [sys.executable, "-m", "visavis.cli.main", "up", "--foreground"]
    with path.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, "--data-dir", str(settings.data_dir.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _await_ready(settings, process, on_wait)
    found = single.running(run_file(settings))
    if found is None:
        raise Unavailable("The server ended while it was starting.", hint=f"See its log: {path}")
    return found


def _await_ready(
    settings: Settings, process: "subprocess.Popen[bytes] | None", on_wait: Callable[[float], None] | None
) -> None:
    began = time.monotonic()
    while not is_ready(settings):
        waited = time.monotonic() - began
        if (process and process.poll() is not None) or waited > _READY_WITHIN_S:
            raise Unavailable("The server does not become ready.", hint=f"See its log: {log_file(settings)}")
        if on_wait:
            on_wait(waited)
        time.sleep(0.1)


def is_ready(settings: Settings) -> bool:
    """Whether the API says that it can serve."""
    try:
        with urllib.request.urlopen(f"{settings.server.local_url}/v1/ready", timeout=5) as answer:  # noqa: S310 (our own address)
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return False
    except OSError as error:
        certificate = settings.server.secure and "CERTIFICATE" in str(error).upper()
        return bool(certificate)  # it answers with TLS; its certificate is not for this address


def stop_all(settings: Settings) -> bool:
    """Stops the keeper and what it keeps; whether it was running. Raises `Unavailable`."""
    try:
        return single.stop(run_file(settings), patience_s=settings.server.drain_s + 60.0)
    except TimeoutError:
        raise Unavailable("The server does not end.", hint=f"See its log: {log_file(settings)}") from None

"""Everything on one machine: the database, the API, the worker and the console, under one keeper."""

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
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import anyio.to_thread

from visavis.adapters.system import single
from visavis.adapters.system.processes import Keeper
from visavis.adapters.system.single import Running, Single
from visavis.bootstrap.console import runs_beside, url_at
from visavis.bootstrap.local import OnWait, embedded, make_data_dir
from visavis.bootstrap.programs import programs
from visavis.bootstrap.sockets import console_listening, listening, require_free
from visavis.bootstrap.start_log import StartLog
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


def front_url(settings: Settings) -> str:
    """Where users sign in: at the console that runs here, or else at the API, which has a page for it, too."""
    server = None if settings.server.public_url else running_server(settings)
    return settings.server.url if server is None else server.facts.get("console", settings.server.url)


async def keep_up(settings: Settings, *, on_wait: OnWait | None = None) -> None:
    """Runs until SIGTERM or SIGINT: then everything is stopped in order, the database last.

    Raises `SettingsInvalid` if it runs already or the port is taken, and as the database's start does.
    """
    make_data_dir(settings.data_dir)
    right = Single(run_file(settings))
    with ExitStack() as stack:
        listener = stack.enter_context(listening(settings))
        console = stack.enter_context(console_listening(settings)) if runs_beside(settings) else None
        facts = {"url": settings.server.local_url}
        if console is not None:
            facts["console"] = url_at(settings, console.getsockname()[1])
        if not right.take(facts):
            raise SettingsInvalid("It runs already.", hint="Stop it with: visavis down")
        stack.callback(right.drop)
        if settings.database.url is None:
            lease = await anyio.to_thread.run_sync(embedded(settings, on_wait).attach)
            stack.callback(lease.release)
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        kept = programs(
            settings, listener.fileno(), os.environ, console=None if console is None else console.fileno()
        )
        keeper = Keeper(programs=kept, tell=log.info)
        async with asyncio.TaskGroup() as group:
            group.create_task(keeper(stop))
            group.create_task(_watch_database(settings, stop))
            group.create_task(_refuse_after(stop, *(one for one in (listener, console) if one is not None)))


async def _refuse_after(stop: asyncio.Event, *listeners: socket.socket) -> None:
    """Whoever connects while the processes finish their work is refused, instead of waiting for nobody."""
    await stop.wait()
    for one in listeners:
        one.close()


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

    Raises `Unavailable` if it ends instead, with what it said last or naming the log, and `SettingsInvalid` if its
    processes cannot run with these settings or this database; then nothing is left running.
    """
    known = single.running(run_file(settings))
    if known is not None:
        _await_ready(settings, None, on_wait, StartLog.from_here(log_file(settings)))
        return known
    make_data_dir(settings.data_dir)
    require_free(settings, console=runs_beside(settings))
    path = log_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    said = StartLog.from_here(path)
    command = [sys.executable, "-m", "visavis.cli.main", "up", "--foreground"]
    with path.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [*command, "--data-dir", str(settings.data_dir.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _await_ready(settings, process, on_wait, said)
    except SettingsInvalid:
        stop_all(settings)
        raise
    found = single.running(run_file(settings))
    if found is None:
        raise Unavailable("The server ended while it was starting.", hint=f"See its log: {path}")
    return found


def _await_ready(
    settings: Settings,
    process: "subprocess.Popen[bytes] | None",
    on_wait: Callable[[float], None] | None,
    said: StartLog,
) -> None:
    began = time.monotonic()
    while not is_ready(settings):
        waited = time.monotonic() - began
        if (process and process.poll() is not None) or waited > _READY_WITHIN_S:
            raise said.ended()
        hopeless = said.hopeless()
        if hopeless:
            raise hopeless
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

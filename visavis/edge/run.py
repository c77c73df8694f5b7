"""The process of an agent: starts it, looks after it, ends it well."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from visavis.bootstrap.edge import EdgeParts
from visavis.bootstrap.logs import log_to_stderr
from visavis.domain.errors import ServerUnreachable, ValueInvalid, VisavisError
from visavis.edge.agent import Agent
from visavis.edge.checking import Check
from visavis.edge.config import load_config, sources_of
from visavis.edge.hooks import hook_of
from visavis.edge.identity import enrol as identity_made
from visavis.edge.managing import Managing, managing_in, workload_in
from visavis.edge.platform import ClientPlatform, client_of, platform_of
from visavis.edge.state import api_key, occupied, read_status, state_folder, write_status
from visavis.settings import Settings
from visavis.wire.edge import AgentConfig
from visavis.wire.edge_check import EdgeCheckDocument, EnrolledDocument
from visavis.wire.edge_health import AgentHealth

logger = logging.getLogger(__name__)

_TURN_S = 0.5
_STATUS_EVERY = 4  #: turns
_FLUSH_S = 5.0
_FLUSH_ONCE_S = 60.0


def check(path: Path, settings: Settings) -> EdgeCheckDocument:
    """Tries everything. Raises what is wrong with the configuration itself."""
    config = load_config(path)
    folder = state_folder(config)
    return Check(
        parts=EdgeParts(settings=settings), connect=lambda: client_of(config.server, api_key(folder))
    )(config)


def status(path: Path) -> AgentHealth:
    """What the agent of this configuration wrote last. Raises `FileUnreadable`."""
    return read_status(state_folder(load_config(path)))


def run(path: Path, settings: Settings, *, once: bool = False, again: bool = False) -> None:
    """Until SIGTERM or SIGINT; with `once`, until all files and folders are read and everything is sent.

    With `again`, what the server refused is offered once more first. Raises what makes a start impossible, and
    `ServerUnreachable` if `once` could not send everything, which stays on disk.
    """
    log_to_stderr("edge")
    config = load_config(path)
    folder = state_folder(config)
    with (
        occupied(folder),
        client_of(config.server, api_key(folder)) as client,
        platform_of(config.server, api_key(folder), client) as platform,
    ):
        managing = managing_in(folder, config, settings, client)
        agent = Agent(
            parts=EdgeParts(settings=settings),
            folder=folder,
            platform=platform,
            picture_server=ClientPlatform(client),
            workload=managing.workload if managing else workload_in(config),
            decider=managing.copies if managing else None,
            hooks_told=[hook_of(hook) for hook in config.hooks],
        )
        if again:
            logger.info("refused tracks wait again", extra={"tracks": agent.try_again()})
        _work(agent, managing, folder, once=once)


def enrol(token: str, path: Path | None, url: str | None) -> EnrolledDocument:
    """Makes this device an agent of the server that the configuration, or `url`, names. Raises as `identity.enrol`."""
    if path is not None:
        config = load_config(path)
    elif url is not None:
        config = AgentConfig.model_validate({"server": {"url": url}})
    else:
        raise ValueInvalid("Which server?", hint="Name it with --server URL, or in the --config file.")
    folder = state_folder(config)
    with occupied(folder):
        identity = identity_made(token, config.server, folder)
    return EnrolledDocument(
        agent=identity.agent_id, agent_name=identity.name, server=identity.server, state=str(folder)
    )


def _work(agent: Agent, managing: Managing | None, folder: Path, *, once: bool) -> None:
    with _told_to_stop() as stop:
        agent.start()
        workload = agent.workload
        logger.info(
            "working",
            extra={
                "pid": os.getpid(),
                "split": workload.split.value,
                "cameras": list(sources_of(workload.cameras)),
            },
        )
        until = (lambda: agent.ended) if once else (lambda: False)
        with managing.beside(agent) if managing else nullcontext():
            _turns(agent, folder, stop, until)
        logger.info("stopping")
        empty = agent.stop(_FLUSH_ONCE_S if once else _FLUSH_S)
    if once and not empty and not stop.is_set():
        raise ServerUnreachable(
            "Not everything reached the server.",
            hint="It is kept on disk: start the agent again with the same configuration.",
        )


def _turns(agent: Agent, folder: Path, stop: threading.Event, until: Callable[[], bool]) -> None:
    turn = 0
    while not (stop.is_set() or until()):
        agent.look_after()
        if turn % _STATUS_EVERY == 0:
            _write(agent, folder)
        turn += 1
        stop.wait(_TURN_S)
    _write(agent, folder)


def _write(agent: Agent, folder: Path) -> None:
    """A full disk must not end the agent."""
    try:
        write_status(folder, agent.snapshot())
    except (OSError, VisavisError) as error:
        logger.warning("the status cannot be written", extra={"problem": type(error).__name__})


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by the first SIGTERM or SIGINT; a second one ends the process at once."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def tell(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stop.set()

    for number in before:
        signal.signal(number, tell)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

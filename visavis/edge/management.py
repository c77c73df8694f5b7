"""An agent that is managed: it fetches what it is to do, applies it or keeps what it had, and says how it is."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from visavis.domain.errors import FileUnreadable, NotAuthenticated, PreconditionFailed, VisavisError
from visavis.edge.copy import Copies, CopyServer
from visavis.edge.identity import Identity
from visavis.edge.instructed import Progress, instructions_of, keep_progress, progress_in
from visavis.edge.sensors import temperature_c
from visavis.wire.edge import Split, Workload
from visavis.wire.edge_health import AgentHealth
from visavis.wire.masking import masked_text
from visavis.wire.v1.agents import AgentInstructions, AgentReport, Instructions, ReportReceived, SignedNote

logger = logging.getLogger(__name__)

_TRY_AGAIN_S: Final = 300.0  #: a configuration that failed is tried again, because its reason may have passed
_REFUSALS: Final = 3  #: in a row, after which the agent takes itself for revoked
_FIRST_POLL_S: Final = 10.0


class Managed(Protocol):
    """What is managed. `visavis.edge.agent.Agent` is one."""

    workload: Workload

    def apply(self, workload: Workload) -> None:
        """Raises `VisavisError`, and then everything is as it was."""
        ...

    def snapshot(self) -> AgentHealth: ...


class ManagingServer(CopyServer, Protocol):
    """Of the client: `client.outposts`."""

    def configuration(self, after: int = 0) -> AgentInstructions: ...

    def report(self, said: AgentReport) -> ReportReceived: ...


class Supply(Protocol):
    """Where model packs come from."""

    def provide(self, pack: str) -> None:
        """Returns when the pack is there and sound. Raises `VisavisError`."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True, eq=False)
class Management:
    """Of one agent, in one thread: `run` until it is told to stop, or `turn` by whoever keeps time.

    The agent was started with `progress.workload` where there is one.
    """

    agent: Managed
    server: ManagingServer
    identity: Identity
    folder: Path
    copies: Copies
    supply: Supply
    now: Callable[[], datetime] = _utc_now
    seconds: Callable[[], float] = time.monotonic
    progress: Progress = field(init=False)
    _poll_s: float = _FIRST_POLL_S
    _ahead_s: float | None = None
    _again_at: float = 0.0
    _due: float = 0.0
    _copies_due: float = 0.0
    _refusals: int = 0

    def __post_init__(self) -> None:
        self.progress = progress_in(self.folder, self.identity)
        if self.progress.failed:
            self._again_at = self.seconds() + _TRY_AGAIN_S
        self.copies.load(galleries_of(self.agent.workload))

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set."""
        while not stop.is_set():
            self.turn()
            stop.wait(max(0.05, min(self._due, self._copies_due) - self.seconds()))

    def turn(self) -> None:
        """Whatever is due. Never raises what the server or the network does: the agent works on without them."""
        now = self.seconds()
        if now >= self._due:
            self._try(self._instruct)
            self._try(self._report)
            self._due = self.seconds() + self._poll_s
        if now >= self._copies_due:
            self._refresh()
            self._copies_due = self.seconds() + self._copies_every_s

    def _instruct(self) -> None:
        answer = self.server.configuration(after=self.progress.applied)
        self._poll_s = answer.poll_s
        if answer.configuration is not None:
            self._consider(answer.configuration)

    def _consider(self, note: SignedNote) -> None:
        """Raises `KeyUnavailable`, `ValueInvalid`, `PreconditionFailed` for what is no configuration for this agent
        now: nothing is noted of it, because nobody vouches for it."""
        wanted = instructions_of(note, self.identity)
        if wanted.version == self.progress.failed and wanted.version >= self.progress.seen:
            if self.seconds() < self._again_at:
                return
        elif wanted.version <= self.progress.seen:
            raise PreconditionFailed("The server sent a configuration that is older than one before.")
        self._apply(wanted)

    def _apply(self, wanted: Instructions) -> None:
        self._keep(replace(self.progress, seen=wanted.version, trying=wanted.version))
        try:
            self.supply.provide(wanted.workload.pack)
            self.agent.apply(wanted.workload)
        except VisavisError as error:
            why = masked_text(" ".join(f"{error.message} {error.advice}".split()))[:500]
            self._again_at = self.seconds() + _TRY_AGAIN_S
            self._keep(replace(self.progress, trying=0, failed=wanted.version, failure=why))
            told = {"version": wanted.version, "problem": error.code, "kept": self.progress.applied}
            logger.warning("a configuration failed", extra=told)
            return
        done = Progress(applied=wanted.version, workload=wanted.workload, seen=wanted.version)
        self._keep(done)
        self._copies_due = 0.0
        logger.info("configured", extra={"version": wanted.version})

    def _keep(self, progress: Progress) -> None:
        """A full disk must not keep an agent from being configured; then it starts with the older one next time."""
        self.progress = progress
        try:
            keep_progress(self.folder, self.identity, progress)
        except FileUnreadable as error:
            logger.warning("the configuration cannot be kept", extra={"problem": error.code})

    def _report(self) -> None:
        before = self.now()
        answer = self.server.report(
            AgentReport(
                applied=self.progress.applied,
                failed=self.progress.failed,
                failure=self.progress.failure,
                health=self.agent.snapshot(),
                copies=self.copies.states,
                temperature_c=temperature_c(),
                clock_ahead_s=self._ahead_s,
            )
        )
        middle = before + (self.now() - before) / 2
        self._ahead_s = round((middle - answer.server_time).total_seconds(), 3)
        self._poll_s = answer.poll_s
        if answer.desired > self.progress.seen:
            self._try(self._instruct)

    def _refresh(self) -> None:
        wanted = galleries_of(self.agent.workload)
        self.copies.max_age = timedelta(hours=self.agent.workload.copy_.max_age_h)
        self.copies.keep_only(wanted)
        for gallery in wanted:
            self._try(partial(self.copies.refresh, gallery))

    @property
    def _copies_every_s(self) -> float:
        return self.agent.workload.copy_.every_s

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except NotAuthenticated:
            self._refusals += 1
            if self._refusals == _REFUSALS:
                logger.warning("this agent was revoked: copies of galleries are erased")
                self.copies.keep_only(())
        except VisavisError as error:
            logger.warning("management", extra={"problem": error.code})
        else:
            self._refusals = 0


def galleries_of(workload: Workload) -> tuple[str, ...]:
    """Those that the device needs a copy of: none, unless it matches by itself."""
    if workload.split is not Split.MATCH:
        return ()
    return tuple(
        sorted({camera.gallery or workload.gallery for camera in workload.cameras} | {workload.gallery})
    )

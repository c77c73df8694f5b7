"""From the disk to the server: in order, for as long as it takes, and nothing lost over one report that is refused.

What is still in view is reported from memory and first, because somebody may wait for the answer; there is only the
newest report of each such track, and none once its end is on disk. Ended tracks go from the spool, oldest first.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from visavis.domain.errors import AccessError, PathNotFound, StoreDown, VisavisError
from visavis.edge.spool import Spool
from visavis.wire.edge_health import ServerHealth
from visavis.wire.errors import status
from visavis.wire.v1.tracks import TrackRecorded, TrackReport

T = TypeVar("T")
logger = logging.getLogger(__name__)

_BATCH = 16
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 15.0
_CLOSED_WAIT_S = 30.0  #: while the server does not let us in
_FAULTS = 5  #: times that the server may fail at one and the same report
_HELD = 4096  #: reports kept in memory while the disk cannot be written


class Platform(Protocol):
    """The server. Raises `VisavisError`."""

    def report(self, gallery: str, report: TrackReport) -> TrackRecorded: ...


class _SpoolBroken(Exception):
    """Never leaves this file."""


Heard = Callable[[str, TrackReport, TrackRecorded], None]


@dataclass(slots=True, eq=False)
class Sender:
    """Hands reports to the server on a thread of its own. `heard` gets every answer."""

    platform: Platform
    spool: Spool
    heard: Heard = lambda _gallery, _report, _answer: None
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    _current: dict[UUID, tuple[str, TrackReport]] = field(default_factory=dict)
    _held: deque[tuple[str, TrackReport]] = field(default_factory=lambda: deque(maxlen=_HELD))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _tries: int = 0
    _faults: tuple[int, int] = (0, 0)  #: the report that the server fails at, and how often it did
    _health: ServerHealth = field(default_factory=ServerHealth)

    def current(self, gallery: str, report: TrackReport) -> None:
        """A track that goes on. Only the newest report about it is sent."""
        with self._lock:
            self._current[report.track] = gallery, report
        self._wake.set()

    def final(self, gallery: str, report: TrackReport) -> None:
        """A track that has ended. Returns when it is on disk; in memory only as long as the disk does not work."""
        with self._lock:
            self._current.pop(report.track, None)
            self._held.append((gallery, report))
            self._put_held()
        self._wake.set()

    def run(self) -> None:
        """Until `stop`."""
        while not self._stopping.is_set():
            self._wake.clear()
            wait_s = self.round()
            if wait_s is None:
                self._wake.wait(1.0)
            elif wait_s:
                self._stopping.wait(wait_s)

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def flush(self, within_s: float) -> bool:
        """Whether everything reached the server in this time. After `run` has ended."""
        until = self.clock() + within_s
        while self.clock() < until:
            wait_s = self.round()
            if wait_s is None:
                return not self._held
            if wait_s > until - self.clock():
                return False
            time.sleep(wait_s)
        return False

    def round(self) -> float | None:
        """Sends a few; seconds to wait until the next try, `None` if there is nothing to send."""
        with self._lock:
            self._put_held()
            current, self._current = self._current, {}
        for gallery, report in current.values():
            try:
                self._send(gallery, report)
            except VisavisError as error:
                if self._passing(error):
                    return self._later(error)
                self._note(error)
        try:
            return self._round_of_spool()
        except _SpoolBroken:
            return _CLOSED_WAIT_S

    def _round_of_spool(self) -> float | None:
        waiting = self._on_disk(lambda: self.spool.first(_BATCH))
        for one in waiting:
            try:
                self._send(one.gallery, one.report)
            except VisavisError as error:
                if not self._refused(one.seq, error):
                    return self._later(error)
                logger.warning("the server refused a track", extra={"code": error.code})
                self._on_disk(partial(self.spool.refuse, one.seq, error.code))
            else:
                self._on_disk(partial(self.spool.done, [one.seq]))
        return 0.0 if waiting else None

    def _on_disk(self, work: Callable[[], T]) -> T:
        """The server may say of itself that its store is down; here it is our own."""
        try:
            return work()
        except StoreDown as error:
            logger.error("the spool does not work", extra={"code": error.code})  # noqa: TRY400
            raise _SpoolBroken from error

    @property
    def health(self) -> ServerHealth:
        return self._health

    def _send(self, gallery: str, report: TrackReport) -> None:
        answer = self.platform.report(gallery, report)
        self._tries = 0
        self._health = ServerHealth(
            reachable=True, sent=self._health.sent + 1, last_sent_at=datetime.now(UTC), problem=""
        )
        self.heard(gallery, report, answer)

    def _refused(self, seq: int, error: VisavisError) -> bool:
        """Whether this very report can never be sent. A server that fails at it again and again counts as well."""
        if not self._passing(error):
            return True
        if status(type(error)).http != 500:
            return False
        known, times = self._faults
        self._faults = seq, times + 1 if known == seq else 1
        return self._faults[1] >= _FAULTS

    def _passing(self, error: VisavisError) -> bool:
        """Whether it is about the server, the way to it, or our key, and not about the report."""
        closed = isinstance(error, AccessError | PathNotFound)
        return error.retryable or closed or status(type(error)).http >= 500

    def _later(self, error: VisavisError) -> float:
        self._note(error)
        self._tries += 1
        if isinstance(error, AccessError | PathNotFound) and not error.retryable:
            return _CLOSED_WAIT_S
        wait_s = min(_FIRST_WAIT_S * 2.0 ** min(self._tries - 1, 10), _LONGEST_WAIT_S)
        return max(wait_s * (0.5 + 0.5 * self.chance()), min(error.retry_after_s or 0.0, 600.0))

    def _note(self, error: VisavisError) -> None:
        if self._health.problem != error.code:
            logger.warning("the server does not take reports", extra={"code": error.code})
        reachable = status(type(error)).http not in (502, 503, 504)
        self._health = self._health.model_copy(update={"reachable": reachable, "problem": error.code})

    def _put_held(self) -> None:
        while self._held:
            gallery, report = self._held[0]
            try:
                self.spool.put(gallery, report)
            except StoreDown as error:
                logger.error("a track is in memory only", extra={"code": error.code, "held": len(self._held)})  # noqa: TRY400
                return
            self._held.popleft()

"""What an agent knows of its own state. `Health.snapshot()` is an `AgentHealth`, which is what its server gets."""

import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

from visavis.wire.edge import Workload
from visavis.wire.edge_health import AgentHealth, CameraHealth, HookHealth, ServerHealth, SpoolHealth

_WINDOW_S = 10.0  #: over which rates are taken


class Parts(Protocol):
    """What an agent is asked for its health. From any thread."""

    @property
    def workload(self) -> Workload: ...

    @property
    def model(self) -> str:
        """The key of the embedder's identity, empty before it is loaded."""
        ...

    def cameras(self) -> Sequence[CameraHealth]: ...

    def spool(self) -> SpoolHealth: ...

    def server(self) -> ServerHealth: ...

    def hooks(self) -> HookHealth: ...


@dataclass(slots=True, eq=False)
class Rate:
    """How fast a number grew lately. Whoever asks, asks more often than every few seconds."""

    clock: Callable[[], float] = time.monotonic
    _seen: deque[tuple[float, float]] = field(default_factory=deque)

    def of(self, total: float) -> float:
        """Per second, over the last ten seconds; `total` is the number now."""
        now = self.clock()
        self._seen.append((now, total))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW_S:
            self._seen.popleft()
        (then, before) = self._seen[0]
        return (total - before) / (now - then) if now > then else 0.0


@dataclass(slots=True, eq=False)
class Health:
    """The state of one agent."""

    parts: Parts
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _cpu: Rate = field(default_factory=Rate)

    def snapshot(self) -> AgentHealth:
        """As it is now."""
        workload = self.parts.workload
        return AgentHealth(
            version=installed_version(),
            started_at=self.started_at,
            at=datetime.now(UTC),
            split=workload.split,
            gallery=workload.gallery,
            pack=workload.pack,
            detector=workload.detector,
            model=self.parts.model,
            cpu_share=self._cpu.of(time.process_time()),
            memory_mb=memory_mb(),
            cameras=tuple(self.parts.cameras()),
            spool=self.parts.spool(),
            server=self.parts.server(),
            hooks=self.parts.hooks(),
        )


def installed_version() -> str:
    try:
        return version("visavis")
    except PackageNotFoundError:
        return "0"


def memory_mb() -> float:
    """Resident memory, MiB: of now on Linux, elsewhere the largest so far."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    return pages * resource.getpagesize() / 2**20

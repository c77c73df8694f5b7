"""Told of every decision at once and in order: what opens a gate."""

import logging
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from visavis.wire.edge import HookConfig
from visavis.wire.edge_decision import EdgeDecisionDocument
from visavis.wire.edge_health import HookHealth

logger = logging.getLogger(__name__)

FRESH_S = 10.0  #: nothing that was decided longer ago is told: whoever it was about has left
_MOST = 1000


class Hook(Protocol):
    """Somebody who is told. Raises `OSError`, `httpx.HTTPError` or `subprocess.SubprocessError` if it does not work."""

    def tell(self, decision: EdgeDecisionDocument) -> None: ...


@dataclass(frozen=True, slots=True)
class UrlHook:
    config: HookConfig
    transport: httpx.BaseTransport | None = None  #: for tests

    def tell(self, decision: EdgeDecisionDocument) -> None:
        with httpx.Client(transport=self.transport, timeout=self.config.timeout_s) as client:
            answer = client.post(
                self.config.url or "",
                content=decision.line(),
                headers={"content-type": "application/json"},
            )
        answer.raise_for_status()


@dataclass(frozen=True, slots=True)
class CommandHook:
    config: HookConfig

    def tell(self, decision: EdgeDecisionDocument) -> None:
        """Its output is thrown away: it may repeat what it was told."""
        subprocess.run(  # noqa: S603 (the operator's own program, without a shell; the decision is only its input)
            self.config.command or (),
            input=decision.line().encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=self.config.timeout_s,
            check=True,
        )


def hook_of(config: HookConfig) -> Hook:
    return UrlHook(config) if config.url is not None else CommandHook(config)


@dataclass(slots=True, eq=False)
class _Line:
    """One hook, and what it has still to be told; a slow one does not keep the others waiting."""

    hook: Hook
    clock: Callable[[], float]
    told: int = 0
    failed: int = 0
    waiting: "queue.Queue[tuple[float, EdgeDecisionDocument] | None]" = field(
        default_factory=lambda: queue.Queue(_MOST)
    )

    def add(self, decision: EdgeDecisionDocument) -> None:
        try:
            self.waiting.put_nowait((self.clock(), decision))
        except queue.Full:
            self.failed += 1

    def run(self) -> None:
        while (one := self.waiting.get()) is not None:
            since, decision = one
            if self.clock() - since > FRESH_S:
                self.failed += 1
            else:
                self._tell(decision)

    def _tell(self, decision: EdgeDecisionDocument) -> None:
        try:
            self.hook.tell(decision)
        except (OSError, httpx.HTTPError, httpx.InvalidURL, subprocess.SubprocessError) as error:
            self.failed += 1
            logger.warning(
                "a hook failed", extra={"camera": decision.camera, "problem": type(error).__name__}
            )
        else:
            self.told += 1


@dataclass(slots=True, eq=False)
class Hooks:
    """All hooks of an agent, each on a thread of its own."""

    hooks: Sequence[Hook] = ()
    clock: Callable[[], float] = time.monotonic
    _lines: list[_Line] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._lines = [_Line(hook, self.clock) for hook in self.hooks]
        self._threads = [
            threading.Thread(target=line.run, name=f"hook-{number}", daemon=True)
            for number, line in enumerate(self._lines)
        ]
        for thread in self._threads:
            thread.start()

    def tell(self, decision: EdgeDecisionDocument) -> None:
        """Returns at once."""
        for line in self._lines:
            line.add(decision)

    def close(self, within_s: float = 5.0) -> None:
        """Everything is told that can be told in this time."""
        for line in self._lines:
            try:
                line.waiting.put_nowait(None)
            except queue.Full:
                continue
        until = self.clock() + within_s
        for thread in self._threads:
            thread.join(max(until - self.clock(), 0.0))

    @property
    def health(self) -> HookHealth:
        return HookHealth(
            told=sum(line.told for line in self._lines), failed=sum(line.failed for line in self._lines)
        )

"""Keeps processes running: starts them, starts them again when they end, stops them in order."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_STEADY_AFTER_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A process to keep running. `descriptors` are passed on to it; `grace_s` is its time to end by itself."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    grace_s: float = 30.0


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Runs programs until `stop` is set. A program that ends is started again: at once if it had run for a while,
    otherwise after growing pauses.

    `tell` hears of every start and end in words for a log.
    """

    programs: Sequence[Program]
    tell: Callable[[str], None]
    _running: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def __call__(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for program in self.programs:
                group.create_task(self._keep(program, stop))

    async def _keep(self, program: Program, stop: asyncio.Event) -> None:
        pause = _FIRST_PAUSE_S
        while not stop.is_set():
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *program.command,
                env=dict(program.environment),
                pass_fds=program.descriptors,
                stdin=asyncio.subprocess.DEVNULL,
                preexec_fn=partial(_end_with, os.getpid()) if sys.platform == "linux" else None,
            )
            self._running[program.name] = process
            self.tell(f"{program.name} runs as process {process.pid}")
            await _either(process.wait(), stop.wait())
            if stop.is_set():
                await _end(process, program.grace_s)
                self.tell(f"{program.name} has ended")
                return
            if time.monotonic() - began > _STEADY_AFTER_S:
                pause = _FIRST_PAUSE_S
            self.tell(f"{program.name} ended with {process.returncode}; it is started again in {pause:.1f} s")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)


async def _either(one: object, other: object) -> None:
    tasks = [asyncio.ensure_future(one), asyncio.ensure_future(other)]  # type: ignore[call-overload]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process, grace_s: float) -> None:
    """SIGTERM, and SIGKILL for one that takes longer than it may."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), grace_s)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _end_with(parent: int) -> None:
    """In the child, before it becomes the program: it is told to end when its keeper is gone (Linux)."""
    import ctypes

    ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)

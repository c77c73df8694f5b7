"""The keeper of processes: what ends is started again, and everything ends with it."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from visavis.adapters.system.processes import Keeper, Program

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]

# Says who it is, and ends by itself only when it is told to.
PROGRAM = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with pathlib.Path(sys.argv[1]).open("a") as file: file.write(f"{os.getpid()}\\n")
while True: time.sleep(60)
"""


def program(path: Path, name: str = "one") -> Program:
    return Program(
        name=name, command=(sys.executable, "-c", PROGRAM, str(path)), environment=dict(os.environ)
    )


def said(path: Path) -> list[int]:
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


async def pids(path: Path, count: int) -> list[int]:
    """So many processes have said who they are."""
    async with asyncio.timeout(60):
        while True:
            if len(found := said(path)) >= count:
                return found
            await asyncio.sleep(0.02)


def lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_what_is_killed_is_started_again_and_all_end_when_told_to(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    told: list[str] = []
    stop = asyncio.Event()
    keeper = Keeper(programs=[program(one), program(other, "other")], tell=told.append)
    running = asyncio.create_task(keeper(stop))
    (first,) = await pids(one, 1)
    (untouched,) = await pids(other, 1)
    os.kill(first, signal.SIGKILL)
    _, second = await pids(one, 2)
    assert (lives(first), lives(second), lives(untouched)) == (False, True, True)
    stop.set()
    await running
    assert not lives(second)
    assert not lives(untouched)
    assert len(await pids(one, 1)) == 2  # nothing was started after the end
    assert any("ended with -9" in line for line in told)
    assert sum("has ended" in line for line in told) == 2

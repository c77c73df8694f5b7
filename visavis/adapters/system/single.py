"""At most one process of a kind in a directory, and how to reach it."""

import fcntl
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The one that runs, and what it says about itself."""

    pid: int
    facts: dict[str, str]


class Single:
    """The right to be the one, held by a lock on a file; the system drops it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self, facts: dict[str, str]) -> bool:
        """Whether we are the one now."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), **facts}).encode(), 0)
        self._descriptor = descriptor
        return True

    def drop(self) -> None:
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()


def running(path: Path) -> Running | None:
    """Who holds the right, if anybody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def _read(descriptor: int) -> Running | None:
    for _ in range(20):  # it may have taken the lock and not yet written
        try:
            facts = json.loads(os.pread(descriptor, 65536, 0))
            return Running(pid=int(facts.pop("pid")), facts={key: str(value) for key, value in facts.items()})
        except (ValueError, KeyError):
            time.sleep(_POLL_S)
    return None


def stop(path: Path, *, patience_s: float, sleep: Callable[[float], None] = time.sleep) -> bool:
    """Tells the one to end and waits until it has; whether there was one. Raises `TimeoutError`."""
    found = running(path)
    if found is None:
        return False
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while running(path) is not None:
        if time.monotonic() > deadline:
            raise TimeoutError
        sleep(_POLL_S)
    return True

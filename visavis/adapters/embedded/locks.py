"""Advisory file locks: who uses the cluster, who may start or stop it, whether it runs at all.

`flock` belongs to an open file description, so the kernel drops it when the last process that holds the
description ends, however it ends: nothing here has to be cleaned up after a kill -9, and no process id is
ever trusted.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from visavis.domain.errors import SettingsInvalid

if sys.platform != "win32":
    import fcntl

OnWait = Callable[[float], None]

_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.25
_TELL_EVERY_S = 0.5


class Patience:
    """Waits in growing steps without a limit and tells `on_wait` twice a second the seconds since it was made."""

    def __init__(self, on_wait: OnWait | None) -> None:
        self._on_wait = on_wait
        self._began = self._told = time.monotonic()
        self._pause_s = _FIRST_PAUSE_S

    def renew(self) -> None:
        """Something has changed: begin with short steps again. The seconds told go on."""
        self._pause_s = _FIRST_PAUSE_S

    def pause(self) -> None:
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 1.4, _LONGEST_PAUSE_S)
        now = time.monotonic()
        if self._on_wait is not None and now - self._told >= _TELL_EVERY_S:
            self._told = now
            self._on_wait(now - self._began)


def open_lock(path: Path) -> int:
    """A new description of the lock file, created 0600 when absent; not inherited by programs we start."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, *, exclusive: bool) -> bool:
    """Take or convert the lock without waiting. A failed conversion may have lost the lock held before."""
    mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise SettingsInvalid(
            f"The file system of the data directory does not support locks: {error.strerror}.",
            hint="Choose a directory on a local disk with VISAVIS_DATA_DIR.",
        ) from error
    return True


def drop_lock(descriptor: int) -> None:
    """Unlock and close. Unlocking comes first because a forked child may still hold a copy of the descriptor."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock exclusively; never creates the file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, exclusive=False)
    finally:
        drop_lock(descriptor)


@contextmanager
def exclusive_lock(path: Path, patience: Patience) -> Iterator[None]:
    """Hold the lock alone, waiting for it as long as it takes."""
    descriptor = open_lock(path)
    try:
        patience.renew()
        while not try_lock(descriptor, exclusive=True):
            patience.pause()
        yield
    finally:
        drop_lock(descriptor)

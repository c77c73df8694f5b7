"""The right to use the cluster, for as long as a process holds it."""

import os
import threading
from types import TracebackType
from typing import Self

from visavis.adapters.embedded.layout import Layout
from visavis.adapters.embedded.locks import OnWait, Patience, drop_lock, exclusive_lock, try_lock
from visavis.adapters.embedded.postmaster import halt


class Lease:
    """Keeps the server running; the last one to be released stops it, unless it is kept by `visavis up`.

    `use_lock` is a descriptor of the lock file, locked by `share`. A process that dies without releasing
    drops it too; the server then runs on until the next user releases. In a forked child release does nothing
    to the server.
    """

    def __init__(self, *, url: str, layout: Layout, use_lock: int, on_wait: OnWait | None) -> None:
        self.url = url
        self._layout = layout
        self._use_lock: int | None = use_lock
        self._on_wait = on_wait
        self._owner = os.getpid()
        self._guard = threading.Lock()

    def share(self) -> None:
        """Take the shared lock. Call it with the start lock held: then it is never refused."""
        if self._use_lock is not None:
            try_lock(self._use_lock, exclusive=False)

    def release(self) -> None:
        """Give it back; the second time does nothing."""
        with self._guard:
            held, self._use_lock = self._use_lock, None
        if held is None:
            return
        if os.getpid() != self._owner:
            os.close(held)
            return
        try:
            # Under the start lock nobody can begin to use it between our look and our stop, and of two that
            # release at once the second one finds itself alone.
            patience = Patience(self._on_wait)
            with exclusive_lock(self._layout.start_lock, patience):
                if not self._layout.kept.exists() and try_lock(held, exclusive=True):
                    halt(self._layout, patience)
        finally:
            drop_lock(held)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

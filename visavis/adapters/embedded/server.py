"""A private PostgreSQL server: started by the first who needs it, stopped by the last."""

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from visavis.adapters.embedded import binaries, cluster, postmaster, programs
from visavis.adapters.embedded.account import Account, server_account
from visavis.adapters.embedded.layout import Layout, prepare
from visavis.adapters.embedded.lease import Lease
from visavis.adapters.embedded.locks import (
    OnWait,
    Patience,
    exclusive_lock,
    is_locked,
    open_lock,
    try_lock,
)
from visavis.adapters.embedded.postmaster import Answer
from visavis.domain.errors import SettingsInvalid, StoreDown

_PLATFORMS = ("linux", "darwin")
_LOST_SOCKET_AFTER = 20
_ATTEMPTS_WHEN_KILLED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedStatus:
    """What `visavis doctor` shows. `pid` is None unless running; `kept`: left running until `visavis down`."""

    running: bool
    pid: int | None
    version: str
    data_dir: Path
    socket_dir: Path
    url: str
    kept: bool
    size_bytes: int


class EmbeddedPostgres:
    """One cluster in one data directory, used by any number of processes of one user at the same time.

    No process is in charge. Users share a lock; who starts or stops holds a second one alone; the server
    itself holds a third, inherited by each of its processes, which says beyond doubt whether any is left.
    Nothing is remembered between calls, so a killed server is found missing by the next `attach`.
    """

    def __init__(self, data_dir: Path, *, on_wait: OnWait | None = None) -> None:
        self._data_dir = data_dir
        self._on_wait = on_wait

    def attach(self) -> Lease:
        """Use the server, starting it when needed; waits without a limit while it starts or recovers.

        Raises:
            SettingsInvalid: the platform or the data directory does not allow it.
            DependencyMissing: the extra visavis[embedded] is not installed.
            SchemaMismatch: the cluster was made by another major version.
            StoreDown: the server does not start or refuses us.
        """
        layout, account = self._place()
        binaries.installed_binaries()
        prepare(layout, account)
        lease = Lease(
            url=layout.url(account),
            layout=layout,
            use_lock=open_lock(layout.use_lock),
            on_wait=self._on_wait,
        )
        patience = Patience(self._on_wait)
        try:
            for attempt in count(1):
                with exclusive_lock(layout.start_lock, patience):
                    lease.share()
                    started = _start(layout, account)
                if _await(layout, account, patience):
                    break
                _refuse_failed(layout, started, attempt)
        except BaseException:
            lease.release()
            raise
        return lease

    def keep(self) -> str:
        """Start and leave running until `stop`, whoever comes and goes; returns the URL. Raises as `attach`."""
        layout, _ = self._place()
        with self.attach() as lease:
            layout.kept.touch(mode=0o600)
            return lease.url

    def stop(self) -> bool:
        """Stop the server even if others use it and wait until it is gone; False when it was not running."""
        layout, _ = self._place()
        if not layout.locks.exists():
            return False
        patience = Patience(self._on_wait)
        with exclusive_lock(layout.start_lock, patience):
            layout.kept.unlink(missing_ok=True)
            return postmaster.halt(layout, patience)

    def status(self) -> EmbeddedStatus:
        """Look without touching anything.

        Raises:
            SettingsInvalid: the data directory cannot be read.
            DependencyMissing: the extra visavis[embedded] is not installed.
        """
        layout, account = self._place()
        try:
            pid = postmaster.live_pid(layout.cluster) if is_locked(layout.server_lock) else None
            return EmbeddedStatus(
                running=pid is not None,
                pid=pid,
                version=binaries.version(binaries.installed_binaries()),
                data_dir=layout.root,
                socket_dir=layout.socket_dir(account),
                url=layout.url(account),
                kept=layout.kept.exists(),
                size_bytes=layout.size_bytes(),
            )
        except PermissionError as error:
            raise SettingsInvalid(f"The data directory {layout.root} belongs to another user.") from error

    def _place(self) -> tuple[Layout, Account]:
        if sys.platform not in _PLATFORMS:
            raise SettingsInvalid(
                "The embedded database runs on Linux and macOS only.",
                hint="Use a PostgreSQL server (15 or newer) by URL.",
            )
        layout = Layout(root=self._data_dir.resolve())
        try:
            layout.locks.exists()
            return layout, server_account(layout.cluster)
        except PermissionError as error:
            raise SettingsInvalid(f"The data directory {layout.root} belongs to another user.") from error


def _await(layout: Layout, account: Account, patience: Patience) -> bool:
    """Wait until the server answers (True) or has ended (False)."""
    patience.renew()
    lost = 0
    while (answer := postmaster.ask(layout.url(account))) is not Answer.READY:
        if answer is Answer.SILENT:
            lost = 0 if layout.socket(account).exists() else lost + postmaster.says_ready(layout.cluster)
            if not is_locked(layout.server_lock):
                return False
            if lost > _LOST_SOCKET_AFTER:
                raise StoreDown("The socket of the embedded database was removed.", hint="Run: visavis down")
        patience.pause()
    return True


def _start(layout: Layout, account: Account) -> "subprocess.Popen[bytes] | None":
    """Start the server unless one of its processes is left; call it with the start lock held."""
    held = open_lock(layout.server_lock)
    try:
        if not try_lock(held, exclusive=True):
            return None
        exists = cluster.check_version(layout)
        programs.rotate_log(layout)
        tools = programs.Programs(
            binaries=binaries.reachable_binaries(layout, account), layout=layout, account=account, held=held
        )
        if not exists:
            cluster.initialise(layout, tools)
        cluster.admit(layout.cluster, layout, account)
        postmaster.clear_stale(layout, layout.socket(account))
        return postmaster.start(tools, layout)
    except OSError as error:
        reason = error.strerror or error
        raise StoreDown(f"The embedded database cannot be started: {reason}.") from error
    finally:
        # Only closed, never unlocked: the server goes on holding the same description.
        os.close(held)


def _refuse_failed(layout: Layout, started: "subprocess.Popen[bytes] | None", attempt: int) -> None:
    """Try again after somebody else's stop (code 0) or kill (negative code), but not after a failure of its own."""
    code = 0 if started is None else started.wait()
    if code > 0 or (code < 0 and attempt >= _ATTEMPTS_WHEN_KILLED):
        raise programs.failure(f"the server ended with code {code}.", layout)

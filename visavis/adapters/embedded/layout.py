"""The data directory of the embedded database.

    data_dir/            0700 (for root: 0710 with the group of the server's account, which may only pass)
      pg18/              the cluster, of the server's account
      run/               the socket, of the server's account, 0700
      log/postgres.log   messages of the server; older ones in postgres.log.1
      locks/             use: shared by every process that uses the cluster · start: alone, to start or stop
                         server: held by the server itself · kept: a marker, "leave it running"
      runtime-VERSION/   the binaries, only where the server's account cannot reach the installed ones

For root everything but pg18 and run belongs to root, so that the server's account can neither replace a file
that root opens nor read the other files of the directory.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from visavis.adapters.embedded.account import ELSEWHERE, Account, blocked_at
from visavis.domain.errors import SettingsInvalid

MAJOR = 18
ROLE = "visavis"
DATABASE = "visavis"
PORT = 5432

_SOCKET_NAME = f".s.PGSQL.{PORT}"
# sockaddr_un holds 104 bytes on macOS and 108 on Linux
_SOCKET_PATH_LIMIT = 100
# Not tempfile.gettempdir(): TMPDIR differs between processes that must meet, and may be long itself.
_SHORT_PLACE = Path("/tmp")  # noqa: S108 - the directory made in it is private and verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where things are; computes only. `root` is absolute and free of symbolic links."""

    root: Path

    @property
    def cluster(self) -> Path:
        return self.root / f"pg{MAJOR}"

    @property
    def unfinished(self) -> Path:
        """Where a new cluster is made before it is renamed into place."""
        return self.root / f"pg{MAJOR}.new"

    @property
    def log(self) -> Path:
        return self.root / "log" / "postgres.log"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def use_lock(self) -> Path:
        return self.locks / "use"

    @property
    def start_lock(self) -> Path:
        return self.locks / "start"

    @property
    def server_lock(self) -> Path:
        return self.locks / "server"

    @property
    def kept(self) -> Path:
        return self.locks / "kept"

    def socket_dir(self, account: Account) -> Path:
        """`run`, or a short private directory named by a hash where the path would not fit a socket address."""
        inside = self.root / "run"
        if len(os.fsencode(inside / _SOCKET_NAME)) <= _SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(b"%d:%s" % (account.uid, os.fsencode(self.root))).hexdigest()
        return _SHORT_PLACE / f"visavis-{digest[:20]}"

    def socket(self, account: Account) -> Path:
        return self.socket_dir(account) / _SOCKET_NAME

    def url(self, account: Account) -> str:
        """A libpq URL; the port is named because PGPORT would otherwise change it."""
        host = quote(os.fsencode(self.socket_dir(account)), safe="/")
        return f"postgresql://{ROLE}@/{DATABASE}?host={host}&port={PORT}"

    def size_bytes(self) -> int:
        """Bytes of all files; those that vanish meanwhile count nothing."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - 4x faster
                except FileNotFoundError:
                    continue
        return total


def prepare(layout: Layout, account: Account) -> None:
    """Make the directories, private; safe to be run by several processes at once.

    Raises:
        SettingsInvalid: the directory cannot be made, belongs to somebody else, or the server's account
            cannot reach it.
    """
    try:
        _refuse_blocked(layout.root, account)
        layout.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(layout, account)
        _refuse_blocked(layout.cluster, account)
        layout.locks.mkdir(mode=0o700, exist_ok=True)
        layout.log.parent.mkdir(mode=0o700, exist_ok=True)
        _make_socket_dir(layout.socket_dir(account), account)
    except OSError as error:
        raise SettingsInvalid(
            f"The data directory {layout.root} cannot be used: {error.strerror or error}.", hint=ELSEWHERE
        ) from error


def make_owned(path: Path, account: Account) -> None:
    """A new directory 0700 of the server's account. Raises FileExistsError when there is one."""
    path.mkdir(mode=0o700)
    if account.is_other:
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _make_private(layout: Layout, account: Account) -> None:
    """Close the root; a directory that was open to others before and holds other things is left as it is,
    because everything we put into it is private by itself."""
    status = layout.root.stat()
    if status.st_uid != os.geteuid():
        raise SettingsInvalid(f"The data directory {layout.root} belongs to another user.", hint=ELSEWHERE)
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SettingsInvalid(
            f"Other users may write to the data directory {layout.root}.",
            hint=f"Run: chmod go-w {layout.root}  or choose a directory of its own.",
        )
    ours = layout.locks.exists() or not any(layout.root.iterdir())
    if not ours and status.st_mode & 0o077:
        return
    if account.is_other:
        os.chown(layout.root, -1, account.gid)
    layout.root.chmod(0o710 if account.is_other else 0o700)


def _make_socket_dir(path: Path, account: Account) -> None:
    """Create it or prove that it is private: in a shared place somebody else may have been there before."""
    try:
        make_owned(path, account)
    except FileExistsError:
        status = path.lstat()
        if status.st_uid == os.geteuid() and account.is_other and stat.S_ISDIR(status.st_mode):
            # left by a root process that ended between mkdir and chown
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
            status = path.lstat()
        if not is_private_dir(status, account.uid):
            raise SettingsInvalid(
                f"The socket directory {path} is not a private directory of the user {account.name}.",
                hint="Look who made it and remove it, or choose a shorter VISAVIS_DATA_DIR.",
            ) from None


def is_private_dir(status: os.stat_result, uid: int) -> bool:
    """Whether an lstat shows a real directory of the account that nobody else may enter."""
    return stat.S_ISDIR(status.st_mode) and status.st_uid == uid and stat.S_IMODE(status.st_mode) & 0o077 == 0


def _refuse_blocked(path: Path, account: Account) -> None:
    blocked = blocked_at(path, uid=account.uid, gid=account.gid)
    if blocked is not None and account.is_other:
        raise SettingsInvalid(
            f"The database runs as the user {account.name}, who cannot pass the directory {blocked}.",
            hint=ELSEWHERE,
        )

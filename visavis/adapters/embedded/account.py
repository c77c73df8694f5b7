"""Which account of the operating system runs the server, and where that account can go.

PostgreSQL refuses to run as root. Ordinary users run it as themselves; for root it runs as an unprivileged
system account that exists already. No account is created and no parent directory is opened up.
"""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from visavis.domain.errors import SettingsInvalid

if sys.platform != "win32":
    import pwd

_SYSTEM_ACCOUNTS = ("visavis", "postgres", "nobody")
ELSEWHERE = "Choose another directory, for example VISAVIS_DATA_DIR=/var/lib/visavis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`client` is the name of the account that connects; `uid` and `gid` are those the server runs with."""

    client: str
    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether the server runs under another account than we do (we are root)."""
        return self.uid != os.geteuid()


def server_account(cluster: Path) -> Account:
    """The account for this cluster: ourselves or, for root, the owner of the cluster or a system account.

    Raises:
        SettingsInvalid: there is no account to run the server with, or we have no name (PostgreSQL's peer
            authentication needs one).
    """
    me = _account(os.geteuid())
    if me.pw_uid != 0:
        return Account(client=me.pw_name, name=me.pw_name, uid=me.pw_uid, gid=me.pw_gid)
    other = _account(cluster.stat().st_uid) if cluster.exists() else _system_account()
    if other.pw_uid == 0:
        raise SettingsInvalid(f"The database in {cluster} belongs to root.", hint=ELSEWHERE)
    return Account(client=me.pw_name, name=other.pw_name, uid=other.pw_uid, gid=other.pw_gid)


def blocked_at(path: Path, *, uid: int, gid: int) -> Path | None:
    """The first directory above `path` that the account may not pass, or None; missing ones are not looked at."""
    for parent in reversed(path.parents):
        if parent.exists() and not permits(parent.stat(), uid=uid, gid=gid, wanted=stat.S_IXOTH):
            return parent
    return None


def permits(status: os.stat_result, *, uid: int, gid: int, wanted: int) -> bool:
    """Whether the mode bits give the account `wanted` (bits of S_IRWXO); access control lists are not read."""
    if status.st_uid == uid:
        granted = status.st_mode >> 6
    elif status.st_gid == gid:
        granted = status.st_mode >> 3
    else:
        granted = status.st_mode
    return granted & wanted == wanted


def _account(uid: int) -> "pwd.struct_passwd":
    try:
        return pwd.getpwuid(uid)
    except KeyError as error:
        raise SettingsInvalid(
            f"The user id {uid} has no name on this system, and PostgreSQL needs one.",
            hint="Run as a user with an entry in /etc/passwd, or use a PostgreSQL server by URL.",
        ) from error


def _system_account() -> "pwd.struct_passwd":
    for name in _SYSTEM_ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SettingsInvalid(
        "PostgreSQL does not run as root, and there is no unprivileged system user to run it.",
        hint="Create a system user named visavis, or run Visavis as an ordinary user.",
    )

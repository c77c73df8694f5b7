"""The server process: its options, its process id, whether it answers."""

import os
import signal
import subprocess
import threading
from contextlib import suppress
from enum import Enum
from itertools import pairwise
from pathlib import Path

from visavis.adapters.embedded.layout import Layout
from visavis.adapters.embedded.locks import Patience, is_locked
from visavis.adapters.embedded.programs import Programs, bulk_sync
from visavis.domain.errors import DependencyMissing, StoreDown

_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "shared_buffers": "128MB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "cluster_name": "visavis",
    # Nothing of a user's data may reach the log: messages of level ERROR and WARNING quote values, details
    # quote rows. What the server says about itself is LOG, FATAL or PANIC.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_checkpoints": "off",
}
_PID_FILE_LIMIT_BYTES = 4096
_STATUS_LINE = 7
_PROBE_TIMEOUT_S = 5
_CONFIRMATIONS = 3


class Answer(Enum):
    """What the socket says."""

    READY = "ready"
    STARTING = "starting"
    SILENT = "silent"


def start(programs: Programs, layout: Layout) -> subprocess.Popen[bytes]:
    """Start the server and return when its pid file is there or it has ended. Call it with both locks held."""
    sockets = str(layout.socket_dir(programs.account)).replace('"', '""')
    options = _OPTIONS | {
        "unix_socket_directories": f'"{sockets}"',
        "recovery_init_sync_method": bulk_sync(os.uname().sysname, os.uname().release),
    }
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    child = programs.start("postgres", "-D", layout.cluster, *arguments, own_session=True)
    # Whoever stops the server later, this process is its parent and has to collect it.
    threading.Thread(target=child.wait, name="visavis-postgres-reaper", daemon=True).start()
    patience = Patience(None)
    while child.poll() is None and recorded_pid(layout.cluster) != child.pid:
        patience.pause()
    return child


def recorded_pid(cluster: Path) -> int | None:
    """The process id in postmaster.pid; it may be stale, or belong to somebody else by now."""
    lines = _pid_file(cluster)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def says_ready(cluster: Path) -> bool:
    """Whether postmaster.pid records that the server accepts connections."""
    lines = _pid_file(cluster)
    return len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"


def live_pid(cluster: Path) -> int | None:
    """The process id of the server of this cluster, proven by its command line, or None."""
    pid = recorded_pid(cluster)
    return pid if pid is not None and serves(_command_line(pid), cluster) else None


def clear_stale(layout: Layout, socket: Path) -> None:
    """Remove what a killed server left behind and would stop a new one.

    PostgreSQL takes a pid file for valid when any process has that number, so after a reboot a stranger's
    process can lock the cluster. Where the process is gone it judges better than we: the file stays.

    Raises:
        StoreDown: a server that was not started by Visavis runs in this directory.
    """
    pid = recorded_pid(layout.cluster)
    if pid is not None and live_pid(layout.cluster) is not None:
        raise StoreDown(
            f"A server that Visavis did not start (process {pid}) runs in {layout.cluster}.",
            hint=f"Stop it: kill -INT {pid}",
        )
    if pid is not None and _exists(pid):
        (layout.cluster / "postmaster.pid").unlink(missing_ok=True)
    socket.unlink(missing_ok=True)
    socket.with_name(f"{socket.name}.lock").unlink(missing_ok=True)


def ask(url: str) -> Answer:
    """One attempt to connect.

    Raises:
        StoreDown: the server is up and refuses us.
        DependencyMissing: psycopg is not installed.
    """
    try:
        import psycopg
        from psycopg import pq
    except ImportError as error:
        raise DependencyMissing(
            "The driver of the database is not installed.", hint="Run: pip install 'visavis[embedded]'"
        ) from error
    conninfo = f"{url}&connect_timeout={_PROBE_TIMEOUT_S}"
    refusal: psycopg.OperationalError | None = None
    for _ in range(_CONFIRMATIONS):
        ping = pq.PGconn.ping(conninfo.encode())
        if ping != pq.Ping.OK:
            return Answer.STARTING if ping == pq.Ping.REJECT else Answer.SILENT
        try:
            psycopg.connect(conninfo).close()
        except psycopg.OperationalError as error:
            refusal = error
        else:
            return Answer.READY
    raise StoreDown("The embedded database is running and refuses the connection.") from refusal


def halt(layout: Layout, patience: Patience) -> bool:
    """Fast shutdown; returns when the last process of the server has ended. Whether there was one."""
    if not is_locked(layout.server_lock):
        return False
    told: int | None = None
    patience.renew()
    while is_locked(layout.server_lock):
        pid = live_pid(layout.cluster)
        if pid is not None and pid != told:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            told = pid
        patience.pause()
    return True


def _pid_file(cluster: Path) -> list[str]:
    """Its lines. The file is the server account's: neither follow a link nor wait at a pipe for it."""
    try:
        descriptor = os.open(cluster / "postmaster.pid", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return []
    try:
        return os.read(descriptor, _PID_FILE_LIMIT_BYTES).decode(errors="replace").splitlines()
    finally:
        os.close(descriptor)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_line(pid: int) -> list[str]:
    if Path("/proc/self/cmdline").exists():
        try:
            return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes()).split("\0")
        except OSError:
            return []
    shown = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, check=False
    )
    return os.fsdecode(shown.stdout).split()


def serves(command_line: list[str], cluster: Path) -> bool:
    """Whether this is the command line of a server of the cluster; its children show other titles."""
    if not command_line or Path(command_line[0]).name != "postgres":
        return False
    following = dict(pairwise(command_line))
    return following.get("-D") == str(cluster)

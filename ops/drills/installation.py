"""A whole service of our own on this machine: started and stopped as its user does, killed as misfortune does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("visavis")


@dataclass(frozen=True, kw_only=True)
class Processes:
    """What runs at a moment; `None` and empty for what does not."""

    keeper: int | None
    apis: tuple[int, ...]
    worker: int | None
    database: int | None

    @property
    def complete(self) -> bool:
        return None not in (self.keeper, self.worker, self.database) and bool(self.apis)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A data directory and a port that nobody else uses. Parents of `folder` must be open to other accounts."""

    folder: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)  #: settings, such as VISAVIS_SERVER__PROCESSES

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "VISAVIS_DATA_DIR": str(self.folder),
            "VISAVIS_SERVER__PORT": str(self.port),
            "VISAVIS_SERVER__GRPC_PORT": "0",
            "VISAVIS_CONSOLE__ENABLED": "false",
            **self.more,
        }

    def visavis(self, *arguments: str, code: int | None = 0) -> str:
        """What the command wrote to the standard output. Raises `RuntimeError` for another exit code."""
        done = subprocess.run(
            [PROGRAM, *arguments],
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=300,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if code is not None and done.returncode != code:
            raise RuntimeError(f"visavis {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def up(self) -> float:
        """Seconds until it was ready."""
        began = time.monotonic()
        self.visavis("up")
        return time.monotonic() - began

    def down(self) -> None:
        self.visavis("down", code=None)

    def api_key(self, name: str = "drill") -> str:
        made = json.loads(self.visavis("api-keys", "create", name, "--role", "owner", "--json"))
        return str(made["secret"])

    def processes(self) -> Processes:
        """As the system knows them."""
        keeper = self._keeper()
        children = _children(keeper) if keeper else []
        return Processes(
            keeper=keeper,
            apis=tuple(pid for pid in children if "visavis.api" in _command(pid)),
            worker=next((pid for pid in children if "visavis.worker" in _command(pid)), None),
            database=self._database(),
        )

    def log(self) -> str:
        path = self.folder / "logs" / "visavis.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _keeper(self) -> int | None:
        with suppress(OSError, ValueError, KeyError):
            pid = int(json.loads((self.folder / "run" / "visavis.json").read_text())["pid"])
            return pid if "--foreground" in _command(pid) else None
        return None

    def _database(self) -> int | None:
        for path in (self.folder / "postgres").glob("*/postmaster.pid"):
            with suppress(OSError, ValueError, IndexError):
                pid = int(path.read_text().splitlines()[0])
                if str(path.parent) in _command(pid):
                    return pid
        return None


def served_by(place: Installation, client_port: int) -> int | None:
    """Which API process holds the other end of a connection to it."""
    ours, theirs = f":{place.port:04X}", f":{client_port:04X}"
    inode = ""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1].endswith(ours) and words[2].endswith(theirs):
            inode = words[9]
    for pid in place.processes().apis:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if inode and descriptor.readlink() == Path(f"socket:[{inode}]"):
                    return pid
    return None


def kill(pid: int | None) -> None:
    """kill -9, if it is still there."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def resident_mib(pid: int) -> float:
    """Memory of a process and of the processes below it that is its own: without what is shared with others."""
    total = 0.0
    for one in [pid, *_descendants(pid)]:
        with suppress(OSError):
            for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
                if line.startswith(("Private_Clean:", "Private_Dirty:")):
                    total += int(line.split()[1]) / 1024
    return total


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for child in _children(pid):
        found += [child, *_descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in path.read_text().split()]
    return found


def _command(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""

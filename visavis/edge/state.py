"""The directory in which an agent keeps what must survive it: keys, spool, copy, status."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from visavis.domain.errors import FileUnreadable, NotAuthenticated, SettingsInvalid
from visavis.wire.edge import AgentConfig
from visavis.wire.edge_health import AgentHealth

KEY_VARIABLE: Final = "VISAVIS_API_KEY"
_KEY = "api-key"
_STATUS = "status.json"


def state_folder(config: AgentConfig) -> Path:
    """The configured one, the one that systemd made (`StateDirectory=`), or the user's; made if it is missing.

    Raises `FileUnreadable`.
    """
    given = config.state or os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    folder = Path(given).expanduser() if given else platformdirs.user_state_path("visavis") / "edge"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileUnreadable(
            f"The state directory {folder} cannot be made: {error.strerror}.", hint="Name another: state = …"
        ) from error
    return folder


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """The directory is ours while this lasts. Raises `SettingsInvalid` if another agent has it."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsInvalid(
                f"Another agent uses {folder}.",
                hint="Give each agent a state directory of its own: state = …",
            ) from error
        yield
    finally:
        os.close(descriptor)


def api_key(folder: Path) -> str:
    """From `VISAVIS_API_KEY`, or the file `api-key` in the state directory. Raises `NotAuthenticated`."""
    given = os.environ.get(KEY_VARIABLE, "").strip()
    if given:
        return given
    path = folder / _KEY
    try:
        if path.stat().st_mode & 0o077:
            raise NotAuthenticated(f"Others may read the API key {path}.", hint=f"Run: chmod 600 {path}")
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotAuthenticated(
            "The agent has no API key.",
            hint=f"Enrol it, or put a key with the permission tracks:report into {path} or {KEY_VARIABLE}.",
        ) from error
    return key


def write_status(folder: Path, health: AgentHealth) -> None:
    """Complete at any moment; without fsync, because nobody misses it after a power failure."""
    new = folder / f"{_STATUS}.new"
    new.touch(0o600)
    new.write_text(health.pretty(), "utf-8")
    new.rename(folder / _STATUS)


def read_status(folder: Path) -> AgentHealth:
    """What the agent wrote last. Raises `FileUnreadable`."""
    try:
        return AgentHealth.model_validate_json((folder / _STATUS).read_bytes())
    except (OSError, ValueError) as error:
        raise FileUnreadable(
            "There is no status.", hint="Does the agent run, with this configuration, as this user?"
        ) from error

"""Files that only the agent's own user may read: whole or not at all, also after a power failure."""

import os
from pathlib import Path

from visavis.domain.errors import FileUnreadable


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file; mode 0600 from the first byte on. Raises `FileUnreadable`."""
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        _settle(path.parent)
    except OSError as error:
        raise FileUnreadable(f"{path.name} cannot be written to {path.parent}: {error.strerror}.") from error


def read_private(path: Path) -> bytes | None:
    """`None` if there is no such file. Raises `FileUnreadable`, also for one that others may read."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise FileUnreadable(f"Others may read {path}.", hint=f"Run: chmod 600 {path}")
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

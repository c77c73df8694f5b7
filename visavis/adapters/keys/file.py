"""Master keys in a file that only its owner can read."""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from visavis.adapters.keys.ring import Ring, RingKey
from visavis.adapters.keys.wrapping import derive, key_name, new_key, unwrap, wrap
from visavis.application.ports.keys import WrappedKey
from visavis.domain.errors import KeyUnavailable

_BACK_IT_UP = "Restore the key file from its backup. Without it the templates cannot be read by anybody."


class FileMasterKeys:
    """A key ring in a JSON file of mode 0600, made when the first key is needed.

    Whoever has both this file and the database can read the templates, so it belongs into another backup.
    A file that others can read, or that belongs to somebody else, is refused. Changes are atomic: a new file
    is written, flushed and renamed under a lock on the directory, so that racing processes agree on one ring.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ring: Ring | None = None

    @property
    def current(self) -> str:
        return self._refreshed().newest.name

    async def wrap(self, key: bytes, *, context: bytes) -> WrappedKey:
        master = self._refreshed().newest
        return wrap(master.key, master.name, key, context)

    async def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> bytes:
        return unwrap(self._master(wrapped.master), wrapped, context)

    async def derive(self, *, context: bytes) -> bytes:
        """The file is read again, because another process may have added a master key."""
        self._ring = None
        return derive(self._loaded_or_new().newest.key, context)

    def rotate(self) -> str:
        """Adds a new master key, which is current from now on; its name. Data keys must be re-wrapped."""
        with self._locked():
            old = _read(self._path) if self._path.exists() else Ring(keys=())
            self._ring = self._write(old.with_key(_fresh()))
            return self._ring.newest.name

    def content(self) -> bytes:
        """The file, for a backup. Raises `KeyUnavailable`."""
        return self._refreshed().to_json()

    def adopt(self, content: bytes) -> list[str]:
        """Adds the keys of another file's content behind which those of this one stay current; the names of new ones.

        Raises `KeyUnavailable` for anything that is not the content of a key file.
        """
        given = Ring.from_json(content)
        with self._locked():
            old = _read(self._path) if self._path.exists() else Ring(keys=())
            new = tuple(key for key in given.keys if old.find(key.name) is None)
            if new:
                self._ring = self._write(Ring(keys=(*new, *old.keys)))
        return [key.name for key in new]

    def _refreshed(self) -> Ring:
        """The file is read again, because another process may have added a master key, which is current then."""
        if self._ring is not None and not self._path.exists():
            raise KeyUnavailable(f"The key file {self._path} is missing.", hint=_BACK_IT_UP)
        self._ring = None
        return self._loaded_or_new()

    def _master(self, name: str) -> bytes:
        """Another process may have added the key since this one read the file, so it is read again."""
        key = self._ring.find(name) if self._ring else None
        if key is None:
            if not self._path.exists():
                raise KeyUnavailable(f"The key file {self._path} is missing.", hint=_BACK_IT_UP)
            self._ring = _read(self._path)
            key = self._ring.find(name)
        if key is None:
            raise KeyUnavailable(f"The key file {self._path} has no key {name}.", hint=_BACK_IT_UP)
        return key.key

    def _loaded_or_new(self) -> Ring:
        if self._ring is None:
            self._ring = _read(self._path) if self._path.exists() else self._created()
        return self._ring

    def _created(self) -> Ring:
        with self._locked():
            if self._path.exists():
                return _read(self._path)
            return self._write(Ring(keys=(_fresh(),)))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, over processes; the directory itself is the lock, so nothing is left behind."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            directory = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(directory, fcntl.LOCK_EX)
                yield
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            raise KeyUnavailable(
                f"The key file {self._path} cannot be written: {error.strerror}.",
                hint="Choose a directory that this user can write to.",
            ) from error

    def _write(self, ring: Ring) -> Ring:
        fresh = self._path.with_name(f".{self._path.name}.new")  # what a crash left behind is replaced
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(ring.to_json())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        return ring


def _fresh() -> RingKey:
    key = new_key()
    return RingKey(name=key_name(key), created=datetime.now(UTC), key=key)


def _read(path: Path) -> Ring:
    try:
        with path.open("rb") as file:
            _require_private(path, os.fstat(file.fileno()))
            return Ring.from_json(file.read())
    except OSError as error:
        raise KeyUnavailable(
            f"The key file {path} cannot be read: {error.strerror}.", hint=f"Make it readable: ls -l {path}"
        ) from error


def _require_private(path: Path, status: os.stat_result) -> None:
    """Judged on the open file, so that it cannot be exchanged in between."""
    if status.st_uid != os.geteuid():
        raise KeyUnavailable(
            f"The key file {path} belongs to another user.", hint=f"Change its owner: chown $(id -u) {path}"
        )
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise KeyUnavailable(
            f"The key file {path} can be read or written by other users.",
            hint=f"Close it: chmod 600 {path}. If others may have read it, add a new key and rotate.",
        )

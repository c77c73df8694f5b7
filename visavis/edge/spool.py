"""What waits on disk for the server: ended tracks, in order, encrypted, within bounds.

The disk's part is played by SQLite in WAL mode with `synchronous=FULL`: `put` returns after an fsync, a torn tail is
found by checksums and rolled back at the next start, deleting is as safe as adding, and all of it has been pulled out
of more sockets than a file format of our own ever will. Each report is sealed by AES-256-GCM with its track, gallery
and kind bound to it, so that neither a stolen card nor one put back after a change tells or invents anything.
"""

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import ValidationError

from visavis.domain.errors import KeyUnavailable, StoreDown
from visavis.wire.edge import SpoolConfig
from visavis.wire.edge_health import SpoolHealth
from visavis.wire.v1.tracks import TrackReport

_KEY = "spool.key"
_FILE = "spool.db"
_NONCE = 12
_SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, track BLOB NOT NULL, gallery TEXT NOT NULL, put_at REAL NOT NULL,
  sealed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
  seq INTEGER PRIMARY KEY, track BLOB NOT NULL, gallery TEXT NOT NULL, put_at REAL NOT NULL,
  sealed BLOB NOT NULL, code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counted (what TEXT PRIMARY KEY, times INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A report on disk; `seq` is its place in the order."""

    seq: int
    gallery: str
    report: TrackReport


@dataclass(slots=True, eq=False)
class Spool:
    """The spool of one state directory. From any thread; one process at a time.

    Raises `StoreDown` where the disk cannot be written, `KeyUnavailable` if others can read its key.
    """

    folder: Path
    bounds: SpoolConfig = field(default_factory=SpoolConfig)
    clock: Callable[[], float] = time.time
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _database: sqlite3.Connection = field(init=False)
    _seal: AESGCM = field(init=False)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._seal = AESGCM(_key(self.folder / _KEY))
        damaged = False
        try:
            self._database = _opened(self.folder / _FILE)
        except sqlite3.DatabaseError:
            _set_aside(self.folder / _FILE, self.clock())
            self._database, damaged = self._again(), True
        with self._transaction():
            self._bytes = self._number("SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM waiting")
            if damaged:
                self._count("unreadable", 1)

    def put(self, gallery: str, report: TrackReport) -> None:
        """Returns when the report is safe. The oldest ones give way to it where there is no room."""
        sealed = self._sealed(gallery, report)
        with self._transaction():
            self._database.execute(
                "INSERT INTO waiting (track, gallery, put_at, sealed) VALUES (?, ?, ?, ?)",
                (report.track.bytes, gallery, self.clock(), sealed),
            )
            self._bytes += len(sealed)
            self._make_room()

    def first(self, most: int = 16) -> list[Waiting]:
        """The oldest that wait, in order. Those that cannot be read any more are counted and left out for ever."""
        with self._transaction():
            rows = self._database.execute(
                "SELECT seq, track, gallery, sealed FROM waiting ORDER BY seq LIMIT ?", (most,)
            ).fetchall()
            found, lost = [], []
            for seq, track, gallery, sealed in rows:
                report = self._opened(UUID(bytes=track), gallery, sealed)
                if report is None:
                    lost.append(seq)
                else:
                    found.append(Waiting(seq=seq, gallery=gallery, report=report))
            self._remove(lost)
            self._count("unreadable", len(lost))
            return found

    def done(self, seqs: Sequence[int]) -> None:
        """The server has them."""
        with self._transaction():
            self._remove(seqs)

    def refuse(self, seq: int, code: str) -> None:
        """The server will never take it as it is: it is set aside, for a person to look at."""
        with self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO refused SELECT seq, track, gallery, put_at, sealed, ? FROM waiting "
                "WHERE seq = ?",
                (code, seq),
            )
            self._remove([seq])
            self._make_room()

    def try_again(self) -> int:
        """Everything that was refused waits again, behind the others; how many."""
        with self._transaction():
            before = self._number("SELECT COUNT(*) FROM refused")
            self._database.execute(
                "INSERT INTO waiting (track, gallery, put_at, sealed) "
                "SELECT track, gallery, put_at, sealed FROM refused ORDER BY seq"
            )
            self._database.execute("DELETE FROM refused")
            self._bytes = self._number("SELECT COALESCE(SUM(LENGTH(sealed)), 0) FROM waiting")
            return before

    def bound(self, bounds: SpoolConfig) -> None:
        """Other bounds from now on."""
        with self._transaction():
            self.bounds = bounds
            self._make_room()

    @property
    def health(self) -> SpoolHealth:
        with self._transaction():
            waiting, oldest = self._database.execute("SELECT COUNT(*), MIN(put_at) FROM waiting").fetchone()
            counted = dict(self._database.execute("SELECT what, times FROM counted").fetchall())
            return SpoolHealth(
                waiting=waiting,
                waiting_bytes=self._bytes,
                oldest_at=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
                dropped=counted.get("dropped", 0),
                refused=self._number("SELECT COUNT(*) FROM refused"),
                unreadable=counted.get("unreadable", 0),
            )

    def close(self) -> None:
        with self._lock, suppress(sqlite3.Error):
            self._database.close()

    def _make_room(self) -> None:
        """Too old and too many: the oldest go, and are counted. Half of the room at most is for what was refused."""
        oldest, room = self.clock() - self.bounds.max_days * 86400, self.bounds.max_mb * 2**20
        gone = self._rows("SELECT seq FROM waiting WHERE put_at < ?", oldest)
        while gone or self._bytes > room:
            self._count("dropped", len(gone))
            self._remove(gone)
            gone = self._rows("SELECT seq FROM waiting ORDER BY seq LIMIT 16") if self._bytes > room else []
        self._database.execute("DELETE FROM refused WHERE put_at < ?", (oldest,))
        self._database.execute(
            "DELETE FROM refused WHERE seq IN (SELECT seq FROM (SELECT seq, SUM(LENGTH(sealed)) OVER "
            "(ORDER BY seq DESC) AS kept FROM refused) WHERE kept > ?)",
            (room // 2,),
        )

    def _remove(self, seqs: Sequence[int]) -> None:
        for seq in seqs:
            found = self._database.execute(
                "DELETE FROM waiting WHERE seq = ? RETURNING LENGTH(sealed)", (seq,)
            ).fetchone()
            self._bytes -= found[0] if found else 0

    def _count(self, what: str, times: int) -> None:
        if times:
            self._database.execute(
                "INSERT INTO counted VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET times = times + excluded.times",
                (what, times),
            )

    def _rows(self, query: str, *values: object) -> list[int]:
        return [seq for (seq,) in self._database.execute(query, values)]

    def _number(self, query: str) -> int:
        return int(self._database.execute(query).fetchone()[0])

    def _sealed(self, gallery: str, report: TrackReport) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        content = report.model_dump_json(exclude_none=True).encode()
        return nonce + self._seal.encrypt(nonce, content, _bound_to(report.track, gallery))

    def _opened(self, track: UUID, gallery: str, sealed: bytes) -> TrackReport | None:
        try:
            content = self._seal.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(track, gallery))
            return TrackReport.model_validate_json(content)
        except (InvalidTag, ValidationError, ValueError):
            return None

    def _again(self) -> sqlite3.Connection:
        try:
            return _opened(self.folder / _FILE)
        except sqlite3.Error as error:
            raise StoreDown(f"The spool in {self.folder} cannot be written: {error}.") from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing. What it reads of the size on disk is right again after a failure."""
        with self._lock:
            before = self._bytes
            try:
                with self._database:
                    yield
            except sqlite3.Error as error:
                self._bytes = before
                raise StoreDown(
                    f"The spool cannot be written: {error}.", hint="Is the disk full, or read-only?"
                ) from error


def _bound_to(track: UUID, gallery: str) -> bytes:
    return b"visavis spool/1\0" + track.bytes + gallery.encode()


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
    try:
        path.chmod(0o600)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.executescript(_SCHEMA)
        _require_sound(database)
    except BaseException:
        database.close()
        raise
    return database


def _require_sound(database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _set_aside(path: Path, now: float) -> None:
    """A damaged file is kept for whoever can save something of it, and does not stop the agent."""
    for end in ("", "-wal", "-shm"):
        with suppress(OSError):
            Path(f"{path}{end}").rename(f"{path}.damaged-{int(now)}{end}")


def _key(path: Path) -> bytes:
    """32 random bytes, made at the first start, readable by the owner only. Raises `KeyUnavailable`."""
    try:
        if not path.exists():
            _made(path)
        if path.stat().st_mode & 0o077:
            raise KeyUnavailable(f"Others may read the key {path}.", hint=f"Run: chmod 600 {path}")
        key = path.read_bytes()
    except OSError as error:
        raise KeyUnavailable(f"The key {path} cannot be read: {error.strerror}.") from error
    if len(key) != 32:
        raise KeyUnavailable(
            f"{path} is no key.", hint="Remove it together with spool.db: what waited is lost."
        )
    return key


def _made(path: Path) -> None:
    """Complete or not at all, also after a power failure."""
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(32))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

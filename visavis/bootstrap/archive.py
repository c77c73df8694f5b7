"""The file of a backup: a plain tar, so that it can be looked into without this program.

manifest.json    what a restore checks
database.dump    pg_dump's custom format
keys.sealed      optional: the key file, encrypted under a passphrase
SHA256SUMS       for `sha256sum -c`
"""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from visavis.domain.errors import AlreadyExists, FileUnreadable
from visavis.wire.backup import BackupManifest

MANIFEST, DUMP, KEYS, SUMS = "manifest.json", "database.dump", "keys.sealed", "SHA256SUMS"
_CHUNK = 1 << 20
_SMALL = 1 << 20  #: bytes of a part that is read at once


def sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def write(target: Path, manifest: BackupManifest, dump: Path, keys: bytes | None) -> int:
    """Closed to others, on the disk when this returns, and never half there; its size in bytes.

    Raises `FileUnreadable`.
    """
    parts = {MANIFEST: manifest.pretty().encode()} | ({KEYS: keys} if keys is not None else {})
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    sums[DUMP] = manifest.dump_sha256
    parts[SUMS] = "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
    draft = target.with_name(f".{target.name}.new")
    try:
        draft.unlink(missing_ok=True)
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                for name, content in parts.items():
                    tar.addfile(_info(name, len(content), manifest), io.BytesIO(content))
                with dump.open("rb") as source:
                    tar.addfile(_info(DUMP, manifest.dump_bytes, manifest), source)
            file.flush()
            os.fsync(file.fileno())
        return draft.replace(target).stat().st_size
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise FileUnreadable(f"{target}: {error.strerror or 'cannot be written'}.") from error


def require_new(target: Path) -> None:
    """Raises `AlreadyExists`: a backup is never overwritten."""
    if target.exists():
        raise AlreadyExists(f"There is a file {target} already.", hint="Choose another name for the backup.")


@contextmanager
def opened(source: Path) -> Iterator[tuple[BackupManifest, tarfile.TarFile]]:
    """The backup, every part of it compared with the manifest. Raises `FileUnreadable`."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            manifest = BackupManifest.model_validate_json(read(tar, MANIFEST))
            _require_sound(source, tar, manifest)
            yield manifest, tar
    except OSError as error:
        raise FileUnreadable(f"{source}: {error.strerror or 'cannot be read'}.") from error
    except (tarfile.TarError, ValidationError, KeyError) as error:
        raise FileUnreadable(f"{source} is not a whole backup of Visavis.") from error


def read(tar: tarfile.TarFile, name: str) -> bytes:
    """A small part."""
    member = tar.getmember(name)
    if member.size > _SMALL:
        raise FileUnreadable(f"The part {name} of the backup is too large.")
    with part(tar, name) as file:
        return file.read()


@contextmanager
def part(tar: tarfile.TarFile, name: str) -> Iterator[IO[bytes]]:
    """A part, to be read piece by piece."""
    file = tar.extractfile(tar.getmember(name))
    if file is None:
        raise FileUnreadable(f"The part {name} of the backup is not a file.")
    with file:
        yield file


def _require_sound(source: Path, tar: tarfile.TarFile, manifest: BackupManifest) -> None:
    wanted = {DUMP: manifest.dump_sha256}
    if manifest.keys_sha256 is not None:
        wanted[KEYS] = manifest.keys_sha256
    for name, digest in wanted.items():
        with part(tar, name) as file:
            found = sha256(file)
        if found != digest:
            raise FileUnreadable(
                f"The backup {source} is damaged: {name} is not what was written.",
                hint="Use another backup; this one must not be restored.",
            )


def _info(name: str, size: int, manifest: BackupManifest) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(manifest.made_at.timestamp())
    return info

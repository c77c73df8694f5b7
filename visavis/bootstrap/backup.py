"""Backup and restore of a whole installation, while it is in use; the master key goes with it only when asked."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio.to_thread

from visavis.adapters.embedded.binaries import installed_binaries
from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.keys.passphrase import seal_keys
from visavis.adapters.postgres.dump import DumpPrograms
from visavis.adapters.postgres.snapshot import Content, frozen
from visavis.bootstrap.archive import opened, require_new, sha256, write
from visavis.bootstrap.governance import software
from visavis.bootstrap.local import OnWait, database, open_platform
from visavis.domain.audit import Action
from visavis.domain.errors import DependencyMissing, FileUnreadable, SettingsInvalid
from visavis.settings import Settings
from visavis.wire.backup import AuditEnd, BackupManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup that lies on the disk, whole."""

    file: Path
    bytes: int
    manifest: BackupManifest


async def make_backup(
    settings: Settings, target: Path, *, passphrase: str | None = None, on_wait: OnWait | None = None
) -> Backup:
    """One consistent state of the database, whoever writes meanwhile. With a `passphrase` the key file goes with
    it, encrypted.

    Raises `AlreadyExists`, `FileUnreadable`, `SettingsInvalid`, `KeyUnavailable`, `StoreDown`, `DependencyMissing`.
    """
    require_new(target)
    keys = None if passphrase is None else await anyio.to_thread.run_sync(_sealed, settings, passphrase)
    async with (
        open_platform(settings, on_wait=on_wait) as platform,
        database(settings, on_wait=on_wait) as url,
    ):
        with working_folder(target.parent) as folder:
            dump = folder / "database.dump"
            async with frozen(url) as (snapshot, content):
                await programs().dump(url, dump, snapshot=snapshot)
            manifest = await anyio.to_thread.run_sync(_manifest, content, dump, keys)
            size = await anyio.to_thread.run_sync(write, target, manifest, dump, keys)
        async with platform.store.transaction(platform.tenant) as work:
            await platform.ledger.note(
                work,
                Action.BACKUP_MADE,
                rows=sum(content.tables.values()),
                dump_sha256=manifest.dump_sha256,
                with_keys=keys is not None,
            )
    return Backup(file=target, bytes=size, manifest=manifest)


def verified_backup(source: Path) -> Backup:
    """Compares every part with its digest, without restoring it. Raises `FileUnreadable`."""
    with opened(source) as (manifest, _):
        return Backup(file=source, bytes=source.stat().st_size, manifest=manifest)


def programs() -> DumpPrograms:
    """Those of the embedded database if it is installed, because they are the newest; else those on the PATH."""
    try:
        return DumpPrograms(directory=installed_binaries())
    except DependencyMissing:
        return DumpPrograms(directory=None)


@contextmanager
def working_folder(place: Path) -> Iterator[Path]:
    """A folder closed to others, beside the backup because a dump may not fit elsewhere; removed at the end."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=".visavis-backup-", dir=place))
    except OSError as error:
        raise FileUnreadable(f"{place}: {error.strerror or 'cannot be written to'}.") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sealed(settings: Settings, passphrase: str) -> bytes:
    if settings.keys.master is not None:
        raise SettingsInvalid(
            "The master key is given by the setting keys.master, so there is no key file to back up.",
            hint="Keep a copy of the secret itself, and make the backup without --with-keys.",
        )
    return seal_keys(FileMasterKeys(settings.key_file).content(), passphrase)


def _manifest(content: Content, dump: Path, keys: bytes | None) -> BackupManifest:
    with dump.open("rb") as file:
        digest = sha256(file)
    return BackupManifest(
        made_at=datetime.now(UTC),
        software=software(),
        server=content.server,
        schema_version=content.schema,
        tables=content.tables,
        tenants=tuple(str(tenant) for tenant in content.tenants),
        audit=tuple(
            AuditEnd(tenant=str(tenant), sequence=head.sequence, digest=head.digest)
            for tenant, head in content.heads.items()
        ),
        masters=content.masters,
        dump_bytes=dump.stat().st_size,
        dump_sha256=digest,
        keys_sha256=None if keys is None else hashlib.sha256(keys).hexdigest(),
    )

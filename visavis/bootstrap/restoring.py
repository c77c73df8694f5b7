"""Restores a backup, checks it as a whole, and only then lets go of what was there before."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tarfile import TarFile
from uuid import UUID

import anyio.to_thread

from visavis.adapters.keys.file import FileMasterKeys
from visavis.adapters.keys.passphrase import unseal_keys
from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.migrate import known_migrations
from visavis.adapters.postgres.snapshot import (
    content,
    discard,
    owner,
    put_back,
    set_aside,
    whole_database,
)
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.postgres.tenancy import provide_role
from visavis.application.audit import Audit
from visavis.application.ports.audit import AuditHead
from visavis.bootstrap.archive import DUMP, KEYS, opened, part, read
from visavis.bootstrap.backup import programs, working_folder
from visavis.bootstrap.local import OnWait, database, make_data_dir, master_keys
from visavis.bootstrap.platform import Platform, compose
from visavis.domain.access import Principal, local_principal
from visavis.domain.audit import Action
from visavis.domain.errors import AlreadyExists, FileUnreadable, KeyUnavailable, SchemaMismatch, ValueInvalid
from visavis.domain.subject import TenantId
from visavis.settings import Settings
from visavis.wire.backup import BackupManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What was restored: `audit_entries` all fit their chains, `keys_added` came with the backup."""

    manifest: BackupManifest
    rows: int
    audit_entries: int
    keys_added: tuple[str, ...]
    replaced: bool


async def restore_backup(
    settings: Settings,
    source: Path,
    *,
    replace: bool = False,
    passphrase: str | None = None,
    on_wait: OnWait | None = None,
) -> Restored:
    """Into an empty installation, or with `replace` instead of what is there. If anything does not fit, everything
    is as it was before.

    Raises `FileUnreadable`, `AlreadyExists`, `SchemaMismatch`, `KeyUnavailable`, `StoreDown`, `SettingsInvalid`.
    """
    if settings.database.url is None:
        make_data_dir(settings.data_dir)
    with opened(source) as (manifest, tar), working_folder(settings.data_dir) as folder:
        _require_known(manifest)
        keys = await anyio.to_thread.run_sync(_adopted, settings, manifest, tar, passphrase)
        dump = folder / DUMP
        with part(tar, DUMP) as inside, dump.open("wb") as outside:
            await anyio.to_thread.run_sync(copyfileobj, inside, outside)
        async with database(settings, on_wait=on_wait) as url, whole_database(url) as connection:
            before = await content(connection)
            if not before.empty and not replace:
                raise AlreadyExists(
                    "This installation is not empty.",
                    hint="Restore into a new data directory, or replace everything that is here: --replace",
                )
            if before.tables:
                await set_aside(connection)
            try:
                entries = await _filled(settings, url, connection, dump, manifest)
            except BaseException:
                if before.tables:
                    await put_back(connection)
                else:
                    await set_aside(connection)
                    await discard(connection)
                raise
            await discard(connection)
    return Restored(
        manifest=manifest,
        rows=sum(manifest.tables.values()),
        audit_entries=entries,
        keys_added=tuple(keys),
        replaced=not before.empty,
    )


async def _filled(
    settings: Settings, url: str, connection: Connection, dump: Path, manifest: BackupManifest
) -> int:
    """Restores the dump and checks it; the number of audit entries."""
    privileges = await provide_role(connection)
    await programs().restore(url, dump, privileges=privileges, role=await owner(connection))
    found = await content(connection)
    if found.tables != manifest.tables:
        wrong = sorted(name for name, count in manifest.tables.items() if found.tables.get(name) != count)
        raise FileUnreadable(f"The backup was not restored as it was made: {', '.join(wrong)}.")
    async with PostgresStore(url, master_keys(settings)) as store:
        for tenant in found.tenants:
            problem = (await store.check(tenant)).key_problem
            if problem is not None:
                raise _wrong_key(settings, manifest, problem) from problem
        platform = compose(settings, store)
        entries = 0
        for end in manifest.audit:
            report = await _audit(platform, TenantId(UUID(end.tenant))).verify(
                AuditHead(sequence=end.sequence, digest=end.digest)
            )
            if not report.intact:
                raise FileUnreadable(
                    f"The audit log in this backup is broken at entry {report.broken}: {report.problem}."
                )
            entries += report.entries
        async with store.transaction(platform.tenant) as work:
            await platform.ledger.note(
                work,
                Action.BACKUP_RESTORED,
                made_at=manifest.made_at.isoformat(),
                dump_sha256=manifest.dump_sha256,
                rows=sum(manifest.tables.values()),
            )
    return entries


def _audit(platform: Platform, tenant: TenantId) -> Audit:
    principal: Principal = local_principal(platform.principal.actor.id, tenant)
    return platform.installation.platform(principal).audit


def _require_known(manifest: BackupManifest) -> None:
    newest = known_migrations()[-1].version
    if manifest.schema_version > newest:
        raise SchemaMismatch(
            f"The backup has version {manifest.schema_version} of the schema; this program knows up to {newest}.",
            hint=f"Install the version that made it, or a later one: {manifest.software}",
        )


def _adopted(settings: Settings, manifest: BackupManifest, tar: TarFile, passphrase: str | None) -> list[str]:
    """Takes the keys of the backup into the key file."""
    if passphrase is None:
        return []
    if manifest.keys_sha256 is None:
        raise ValueInvalid("This backup was made without keys, so no passphrase is needed.")
    if settings.keys.master is not None:
        raise ValueInvalid("The master key is given by the setting keys.master, so no keys are restored.")
    return FileMasterKeys(settings.key_file).adopt(unseal_keys(read(tar, KEYS), passphrase))


def _wrong_key(settings: Settings, manifest: BackupManifest, problem: KeyUnavailable) -> KeyUnavailable:
    place = "the setting keys.master" if settings.keys.master is not None else str(settings.key_file)
    sealed = ", or restore with --with-keys and the passphrase" if manifest.keys_sha256 else ""
    return KeyUnavailable(
        f"The templates of this backup cannot be read with the keys at hand: {problem.message}",
        hint=f"They need the master key {', '.join(manifest.masters)}. Put its backup at {place}{sealed}.",
    )

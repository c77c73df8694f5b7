"""Backups: what is in one, and what was done with it."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Model


class AuditEnd(Model):
    """Where the audit chain of a tenant ended."""

    tenant: str
    sequence: int
    digest: str


class BackupManifest(Document):
    """`manifest.json` in a backup: everything that a restore checks."""

    title: ClassVar[str] = "manifest.json in a backup"
    kind: Literal["visavis.backup-manifest/1"] = Field(default="visavis.backup-manifest/1", alias="schema")
    made_at: datetime
    software: str
    server: str
    schema_version: int
    tables: dict[str, int] = Field(description="Rows by table, in the snapshot that was dumped.")
    tenants: tuple[str, ...]
    audit: tuple[AuditEnd, ...]
    masters: tuple[str, ...] = Field(
        description="Names of the master keys that are needed to read templates."
    )
    dump_bytes: int
    dump_sha256: str
    keys_sha256: str | None = Field(description="Of the encrypted key file; null: the backup has no keys.")


class BackupDocument(Document):
    """A backup that was made, or verified."""

    title: ClassVar[str] = "backup make, backup verify"
    kind: Literal["visavis.backup/1"] = Field(default="visavis.backup/1", alias="schema")
    file: str
    bytes: int
    sound: bool = Field(description="Whether every part has the digest that the manifest names.")
    manifest: BackupManifest


class RestoreDocument(Document):
    """What was restored and checked."""

    title: ClassVar[str] = "restore"
    kind: Literal["visavis.restore/1"] = Field(default="visavis.restore/1", alias="schema")
    file: str
    made_at: datetime
    rows: int
    audit_entries: int = Field(description="Entries of the audit log, all of which fit the chain.")
    keys_added: tuple[str, ...] = Field(description="Names of master keys that came with the backup.")
    replaced: bool = Field(description="Whether something that was there before was removed.")

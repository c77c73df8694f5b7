"""Seals what is in the vault anew, wherever it lies, under the current key."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.domain.subject import TenantId

_AT_ONCE = 20  #: rows in a transaction; each may have 32 MB, and they are read one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """A table with sealed rows: what identifies a row in a tenant, and what its ciphertext is bound to beyond that."""

    table: str
    key: tuple[str, ...]
    bound: tuple[str, ...] = ()


_SHELVES = (
    _Shelf(table="job_items", key=("job_id", "number")),
    _Shelf(table="staged_templates", key=("job_id", "reference_id"), bound=("model",)),
    _Shelf(table="trial_templates", key=("reference_id",), bound=("model",)),
    _Shelf(table="recorded_tracks", key=("recording_id", "number"), bound=("model",)),
    _Shelf(table="event_probes", key=("event_id",), bound=("model",)),
    _Shelf(table="event_pictures", key=("event_id",)),
    _Shelf(table="denials", key=("denial_id",), bound=("model",)),
    _Shelf(table="parked_references", key=("correction_id", "reference_id"), bound=("model",)),
    _Shelf(table="webhooks", key=("webhook_id",)),
    _Shelf(table="alert_channels", key=("channel_id",)),
    _Shelf(table="agent_configurations", key=("agent_id", "version")),
    _Shelf(table="api_keys", key=("api_key_id",)),
    _Shelf(table="idempotent_requests", key=("key",)),
    _Shelf(table="camera_pictures", key=("camera",)),
)

# Rows without a key are older than the vault's own; those without a ciphertext are done with, and only name one.
_STALE = sql.SQL(
    "tenant_id = %(tenant)s AND (data_key_id = ANY(%(keys)s) OR data_key_id IS NULL AND ciphertext IS NOT NULL)"
)
_COUNT = sql.SQL("SELECT count(*) FROM {table} WHERE {stale}")
_LOCK = sql.SQL("SELECT {key} FROM {table} WHERE {stale} LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED")
_READ = sql.SQL("SELECT data_key_id, nonce, ciphertext, {bound} FROM {table} WHERE tenant_id = %s AND {this}")
_WRITE = sql.SQL(
    "UPDATE {table} SET data_key_id = %s, nonce = %s, ciphertext = %s WHERE tenant_id = %s AND {this}"
)


async def vault_remaining(connection: Connection, tenant: TenantId, retired: Sequence[uuid.UUID]) -> int:
    """How many rows are not under the current key, within a transaction of the tenant."""
    count = 0
    for shelf in _SHELVES:
        query = _COUNT.format(table=sql.Identifier(shelf.table), stale=_STALE)
        rows = await connection.execute(query, {"tenant": tenant, "keys": list(retired)})
        row = await rows.fetchone()
        count += int(row[0]) if row else 0
    return count


async def vault_chunk(
    connection: Connection, envelope: Envelope, tenant: TenantId, retired: Sequence[uuid.UUID]
) -> int:
    """Seals some rows anew, in a transaction; how many. Rows that others have at the moment are left for later."""
    for shelf in _SHELVES:
        async with tenant_transaction(connection, tenant):
            query = _LOCK.format(table=sql.Identifier(shelf.table), key=_columns(shelf.key), stale=_STALE)
            names = {"tenant": tenant, "keys": list(retired), "limit": _AT_ONCE}
            found = await (await connection.execute(query, names)).fetchall()
            vault = Vault(connection, tenant, envelope)
            for key in found:
                await _seal_anew(connection, tenant, vault, shelf, key)
        if found:
            return len(found)
    return 0


async def _seal_anew(
    connection: Connection, tenant: TenantId, vault: Vault, shelf: _Shelf, key: tuple[object, ...]
) -> None:
    this = sql.SQL(" AND ").join([sql.SQL("{} = %s").format(sql.Identifier(name)) for name in shelf.key])
    place = {"table": sql.Identifier(shelf.table), "this": this}
    query = _READ.format(bound=_columns(shelf.key + shelf.bound), **place)
    row = await (await connection.execute(query, (tenant, *key), binary=True)).fetchone()
    if row is None:
        return
    key_id, nonce, ciphertext, *bound = row
    sealed: tuple[object, ...] = (None, None, None)
    if ciphertext is not None:
        binding = [one.hex() if isinstance(one, bytes) else one for one in bound]
        plain = await vault.open(Sealed(key_id, nonce, ciphertext), shelf.table, *binding)
        sealed = await vault.seal(plain, shelf.table, *binding)
    await connection.execute(_WRITE.format(**place), (*sealed, tenant, *key))


def _columns(names: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))

"""API keys in PostgreSQL."""

from datetime import datetime

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Vault
from visavis.domain.access import Actor, Permission
from visavis.domain.account import ApiKey, ApiKeyId, KeyKind, Rate
from visavis.domain.errors import AccountNotFound, AlreadyExists
from visavis.domain.subject import TenantId

TABLE = "api_keys"  #: what sealed secrets are bound to, beside the identifier of the key
KEY_COLUMNS = """
    k.api_key_id, k.name, k.kind, k.label, k.permissions, k.galleries, k.created_by, k.created_at, k.expires_at,
    k.rate_per_minute, k.rate_burst, k.last_used_at, k.revoked_at
"""
_INSERT = """
    INSERT INTO api_keys (tenant_id, api_key_id, digest, name, kind, label, permissions, galleries, created_by,
        created_at, expires_at, rate_per_minute, rate_burst, data_key_id, nonce, ciphertext)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
_SELECT = f"SELECT {KEY_COLUMNS} FROM api_keys AS k WHERE k.tenant_id = %s"  # noqa: S608 (a constant)
_REPLACE = """
    UPDATE api_keys SET name = %s, permissions = %s, galleries = %s, expires_at = %s, rate_per_minute = %s,
        rate_burst = %s
    WHERE tenant_id = %s AND api_key_id = %s
"""
_REVOKE = """
    UPDATE api_keys SET revoked_at = %s, data_key_id = NULL, nonce = NULL, ciphertext = NULL
    WHERE tenant_id = %s AND api_key_id = %s AND revoked_at IS NULL
"""
_TOUCH = """
    UPDATE api_keys SET last_used_at = %(at)s
    WHERE tenant_id = %(tenant)s AND api_key_id = %(key)s AND (last_used_at IS NULL OR last_used_at < %(at)s)
"""


class PostgresApiKeys:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, key: ApiKey, digest: bytes, *, secret: str | None = None) -> None:
        sealed: tuple[object, ...] = (None, None, None)
        if secret is not None:
            sealed = await self._vault.seal(secret.encode(), TABLE, key.id)
        inserted = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                key.id,
                digest,
                key.name,
                key.kind,
                key.label,
                sorted(key.permissions),
                None if key.galleries is None else sorted(key.galleries),
                str(key.created_by),
                key.created_at,
                key.expires_at,
                *_rate(key),
                *sealed,
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists(f"There is an API key {key.name!r} already.")

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        for key in await self._found(" AND k.api_key_id = %s", key_id):
            return key
        raise AccountNotFound("There is no such API key.")

    async def page(self, *, after: ApiKeyId | None = None, limit: int = 100) -> list[ApiKey]:
        return await self._found(
            " AND (%s::uuid IS NULL OR k.api_key_id > %s) ORDER BY k.api_key_id LIMIT %s", after, after, limit
        )

    async def by_name(self, name: str) -> ApiKey:
        for key in await self._found(" AND k.name = %s AND k.revoked_at IS NULL", name):
            return key
        raise AccountNotFound(f"There is no API key {name!r}.")

    async def replace(self, key: ApiKey) -> None:
        galleries = None if key.galleries is None else sorted(key.galleries)
        values = (key.name, sorted(key.permissions), galleries, key.expires_at, *_rate(key))
        try:
            async with self._connection.transaction():
                updated = await self._connection.execute(_REPLACE, (*values, self._tenant, key.id))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is an API key {key.name!r} already.") from error
        if updated.rowcount == 0:
            raise AccountNotFound("There is no such API key.")

    async def revoke(self, key_id: ApiKeyId, at: datetime) -> bool:
        if (await self._connection.execute(_REVOKE, (at, self._tenant, key_id))).rowcount:
            return True
        await self.get(key_id)
        return False

    async def created_by(self, actor: str) -> list[ApiKey]:
        return await self._found(
            " AND k.created_by = %s AND k.revoked_at IS NULL ORDER BY k.api_key_id", actor
        )

    async def touch(self, key_id: ApiKeyId, at: datetime) -> None:
        await self._connection.execute(_TOUCH, {"at": at, "tenant": self._tenant, "key": key_id})

    async def _found(self, condition: str, *values: object) -> list[ApiKey]:
        rows = await self._connection.execute(_SELECT + condition, (self._tenant, *values))
        return [key_of(row) async for row in rows]


def key_of(row: TupleRow) -> ApiKey:
    """Of `KEY_COLUMNS`."""
    key_id, name, kind, label, permissions, galleries, created_by, created_at, *rest = row
    expires_at, per_minute, burst, last_used_at, revoked_at = rest
    return ApiKey(
        id=ApiKeyId(key_id),
        name=name,
        kind=KeyKind(kind),
        label=label,
        permissions=frozenset(Permission(one) for one in permissions),
        created_by=Actor.parse(created_by),
        created_at=created_at,
        galleries=None if galleries is None else frozenset(galleries),
        expires_at=expires_at,
        rate=rate_of(per_minute, burst),
        last_used_at=last_used_at,
        revoked_at=revoked_at,
    )


def rate_of(per_minute: int | None, burst: int | None) -> Rate | None:
    return None if per_minute is None else Rate(per_minute=per_minute, burst=burst or 0)


def _rate(key: ApiKey) -> tuple[int | None, int | None]:
    return (key.rate.per_minute, key.rate.burst) if key.rate else (None, None)

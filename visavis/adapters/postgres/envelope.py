"""Data keys of tenants, stored only wrapped."""

import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.tenancy import tenant_transaction
from visavis.application.ports.keys import MasterKeys, WrappedKey
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId

_DATA_KEY_BYTES = 32

_PURPOSES = """
    SELECT purpose FROM data_keys WHERE tenant_id = %s AND retired_at IS NULL
"""
_CURRENT = """
    SELECT data_key_id, master, wrapped FROM data_keys
    WHERE tenant_id = %s AND purpose = %s AND retired_at IS NULL
"""
_BY_ID = """
    SELECT data_key_id, master, wrapped FROM data_keys WHERE tenant_id = %s AND data_key_id = ANY(%s)
"""
_INSERT = """
    INSERT INTO data_keys (tenant_id, data_key_id, purpose, master, wrapped) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""
_NOT_UNDER = """
    SELECT data_key_id, master, wrapped FROM data_keys WHERE tenant_id = %s AND master <> %s
    ORDER BY data_key_id FOR NO KEY UPDATE
"""
_REWRAP = "UPDATE data_keys SET master = %s, wrapped = %s WHERE tenant_id = %s AND data_key_id = %s"


class Purpose(StrEnum):
    """What a data key is for. Photo and signing keys outlive rotations: what they made must stay comparable."""

    PHOTO = "photo"
    TEMPLATE = "template"
    SIGNING = "signing"  #: made at the first use
    VAULT = "vault"  #: payloads of jobs, secrets of webhooks and access keys, kept answers


_FROM_THE_START = (Purpose.PHOTO, Purpose.TEMPLATE, Purpose.VAULT)
ROTATED = (Purpose.TEMPLATE, Purpose.VAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    id: uuid.UUID
    cipher: AESGCM


class Envelope:
    """The data keys of all tenants of one store, unwrapped at most once each and kept in memory only.

    Which key is current is asked of the database every time, because another process may have rotated it.
    """

    def __init__(self, masters: MasterKeys) -> None:
        self._masters = masters
        self._ciphers: dict[tuple[TenantId, uuid.UUID], AESGCM] = {}
        self._photo_keys: dict[TenantId, bytes] = {}
        self._provided: set[TenantId] = set()

    async def provide(self, connection: Connection, tenant: TenantId) -> None:
        """Makes a new tenant's keys, in a transaction of their own.

        So what is later encrypted with them never depends on a transaction that may be rolled back, and
        first users do not wait for each other. Needs the master key only for a tenant that has no keys.
        """
        if tenant in self._provided:
            return
        async with tenant_transaction(connection, tenant):
            found = {row[0] async for row in await connection.execute(_PURPOSES, (tenant,))}
            for purpose in _FROM_THE_START:
                if purpose not in found:
                    await self.insert(connection, tenant, purpose)
        self._provided.add(tenant)

    async def insert(self, connection: Connection, tenant: TenantId, purpose: Purpose) -> None:
        """A new current key, unless there is one."""
        key_id = uuid.uuid4()
        wrapped = await self._masters.wrap(os.urandom(_DATA_KEY_BYTES), context=_context(tenant, key_id))
        await connection.execute(_INSERT, (tenant, key_id, purpose, wrapped.master, wrapped.blob))

    async def current(
        self, connection: Connection, tenant: TenantId, purpose: Purpose = Purpose.TEMPLATE
    ) -> DataKey:
        """The key for what is new. It is share-locked, so it is not deleted before this transaction ends."""
        for _ in range(3):  # a rotation that commits between snapshot and lock leaves nothing to lock
            rows = await self._select(connection, _CURRENT + " FOR KEY SHARE", tenant, purpose)
            for key_id, wrapped in rows.items():
                return DataKey(id=key_id, cipher=await self._cipher(tenant, key_id, wrapped))
        raise _lost()

    async def ciphers(
        self, connection: Connection, tenant: TenantId, ids: Iterable[uuid.UUID]
    ) -> dict[uuid.UUID, AESGCM]:
        """Those of the keys that exist."""
        wanted = set(ids)
        missing = [key_id for key_id in wanted if (tenant, key_id) not in self._ciphers]
        if missing:
            for key_id, wrapped in (await self._select(connection, _BY_ID, tenant, missing)).items():
                await self._cipher(tenant, key_id, wrapped)
        known = {key_id: self._ciphers.get((tenant, key_id)) for key_id in wanted}
        return {key_id: cipher for key_id, cipher in known.items() if cipher is not None}

    async def photo_key(self, connection: Connection, tenant: TenantId) -> bytes:
        """The key of photo digests; it never changes."""
        if tenant not in self._photo_keys:
            self._photo_keys[tenant] = await self._whole(connection, tenant, Purpose.PHOTO)
        return self._photo_keys[tenant]

    async def signing_seed(self, connection: Connection, tenant: TenantId) -> bytes:
        """The secret of the tenant's signing key; it never changes. Made in this transaction if there is none."""
        if not await self._select(connection, _CURRENT, tenant, Purpose.SIGNING):
            await self.insert(connection, tenant, Purpose.SIGNING)
        return await self._whole(connection, tenant, Purpose.SIGNING)

    async def rewrap(self, connection: Connection, tenant: TenantId) -> int:
        """Wraps with the current master key every key that is wrapped with another; how many these were."""
        async with tenant_transaction(connection, tenant):
            rows = await self._select(connection, _NOT_UNDER, tenant, self._masters.current)
            for key_id, old in rows.items():
                key = await self._unwrapped(tenant, key_id, old)
                new = await self._masters.wrap(key, context=_context(tenant, key_id))
                await connection.execute(_REWRAP, (new.master, new.blob, tenant, key_id))
        return len(rows)

    def forget(self, tenant: TenantId, ids: Iterable[uuid.UUID]) -> None:
        """Drops keys that were deleted."""
        for key_id in ids:
            self._ciphers.pop((tenant, key_id), None)

    async def _cipher(self, tenant: TenantId, key_id: uuid.UUID, wrapped: WrappedKey) -> AESGCM:
        cipher = self._ciphers.get((tenant, key_id))
        if cipher is None:
            cipher = AESGCM(await self._unwrapped(tenant, key_id, wrapped))
            self._ciphers[tenant, key_id] = cipher
        return cipher

    async def _whole(self, connection: Connection, tenant: TenantId, purpose: Purpose) -> bytes:
        """The bytes of a key that is not used as a cipher."""
        for key_id, wrapped in (await self._select(connection, _CURRENT, tenant, purpose)).items():
            return await self._unwrapped(tenant, key_id, wrapped)
        raise _lost()

    async def _unwrapped(self, tenant: TenantId, key_id: uuid.UUID, wrapped: WrappedKey) -> bytes:
        return await self._masters.unwrap(wrapped, context=_context(tenant, key_id))

    async def _select(
        self, connection: Connection, query: str, tenant: TenantId, parameter: str | list[uuid.UUID]
    ) -> dict[uuid.UUID, WrappedKey]:
        rows = await connection.execute(query, (tenant, parameter))
        return {key_id: WrappedKey(master=master, blob=blob) async for key_id, master, blob in rows}


def _lost() -> KeyUnavailable:
    return KeyUnavailable("The database has lost the keys of this tenant.", hint="Restore it from a backup.")


def _context(tenant: TenantId, key_id: uuid.UUID) -> bytes:
    """Binds a wrapped key to its row: copied to another tenant it opens nothing."""
    return f"visavis:data-key:{tenant}:{key_id}".encode()

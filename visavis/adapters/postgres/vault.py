"""Payloads of jobs, staged templates, secrets of webhooks and access keys, and kept answers as ciphertext.

Sealed under the tenant's data key for the vault, which rotations change as they change that of templates. A row
that names no key is older: its key is derived from the tenant's photo key (HKDF with SHA-512, RFC 5869), and the
next rotation seals it anew. AES-256-GCM with a random 96-bit nonce; the additional data name tenant, table and
row, so a ciphertext that was moved does not open.
"""

import uuid
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import DataKey, Envelope, Purpose
from visavis.adapters.postgres.sealing import encrypt
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId

_TRIES = 3


class Sealed(NamedTuple):
    """Three columns of a row; `data_key_id` is `None` in rows that are older than the key of the vault."""

    data_key_id: uuid.UUID | None
    nonce: bytes
    ciphertext: bytes


class Vault:
    """Seals and opens within one transaction of a tenant."""

    def __init__(self, connection: Connection, tenant: TenantId, envelope: Envelope) -> None:
        self._connection = connection
        self._tenant = tenant
        self._envelope = envelope
        self._current: DataKey | None = None
        self._derived: AESGCM | None = None

    async def seal(self, plain: bytes, table: str, *row: uuid.UUID | int | str) -> Sealed:
        """The key is share-locked until the transaction ends, so no rotation deletes it before the row is there."""
        if self._current is None:
            self._current = await self._envelope.current(self._connection, self._tenant, Purpose.VAULT)
        return Sealed(self._current.id, *encrypt(plain, self._binding(table, row), self._current.cipher))

    async def read(
        self, look: Callable[[], Awaitable[Sealed | None]], table: str, *row: uuid.UUID | int | str
    ) -> bytes | None:
        """Opens what `look` finds, and looks again if a rotation deleted the key between row and key."""
        for _ in range(_TRIES):
            sealed = await look()
            if sealed is None:
                return None
            if await self.has_key_of(sealed):
                return await self.open(sealed, table, *row)
        raise _lost()

    async def has_key_of(self, sealed: Sealed) -> bool:
        """Whether it can be opened; if not, it was sealed anew since it was read."""
        key_id = sealed.data_key_id
        if key_id is None:
            return True
        return key_id in await self._envelope.ciphers(self._connection, self._tenant, [key_id])

    async def open(self, sealed: Sealed, table: str, *row: uuid.UUID | int | str) -> bytes:
        """Raises `KeyUnavailable` if it does not belong where it was found, or its key is gone: then it was sealed
        anew since the row was read."""
        cipher = await self._cipher(sealed.data_key_id)
        try:
            return cipher.decrypt(sealed.nonce, sealed.ciphertext, self._binding(table, row))
        except InvalidTag as error:
            raise KeyUnavailable(
                "Something stored was altered, moved, or encrypted with another key.",
                hint="Find out who changed the database, and restore it from a backup.",
            ) from error

    async def _cipher(self, key_id: uuid.UUID | None) -> AESGCM:
        if key_id is None:
            return await self._old()
        ciphers = await self._envelope.ciphers(self._connection, self._tenant, [key_id])
        if key_id not in ciphers:
            raise _lost()
        return ciphers[key_id]

    async def _old(self) -> AESGCM:
        if self._derived is None:
            photo_key = await self._envelope.photo_key(self._connection, self._tenant)
            derived = HKDF(algorithm=SHA512(), length=32, salt=None, info=b"visavis:vault").derive(photo_key)
            self._derived = AESGCM(derived)
        return self._derived

    def _binding(self, table: str, row: tuple[uuid.UUID | int | str, ...]) -> bytes:
        return "\0".join(["visavis:vault", str(self._tenant), table, *map(str, row)]).encode()


def _lost() -> KeyUnavailable:
    return KeyUnavailable(
        "A data key is not in the database.",
        hint="Try again: keys may just have been rotated. Otherwise restore it from a backup.",
    )

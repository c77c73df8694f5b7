"""Payloads of jobs and secrets of webhooks as ciphertext.

The key is derived from the tenant's photo key (HKDF with SHA-512, RFC 5869; photo digests are HMAC with SHA-256,
so neither tells anything about the other). Payloads live for minutes, and a webhook's secret is changed by giving
it a new one, so this key is not rotated with that of templates. AES-256-GCM with a random 96-bit nonce; the
additional data name tenant, table and row, so a ciphertext that was moved does not open.
"""

import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sealing import encrypt
from visavis.domain.errors import KeyUnavailable
from visavis.domain.subject import TenantId


class Vault:
    """Seals and opens within one transaction of a tenant."""

    def __init__(self, connection: Connection, tenant: TenantId, envelope: Envelope) -> None:
        self._connection = connection
        self._tenant = tenant
        self._envelope = envelope
        self._cipher: AESGCM | None = None

    async def seal(self, plain: bytes, table: str, *row: uuid.UUID | int | str) -> tuple[bytes, bytes]:
        """Nonce and ciphertext."""
        return encrypt(plain, self._binding(table, row), await self._opened())

    async def open(self, nonce: bytes, ciphertext: bytes, table: str, *row: uuid.UUID | int | str) -> bytes:
        """Raises `KeyUnavailable` if it does not belong where it was found."""
        cipher = await self._opened()
        try:
            return cipher.decrypt(nonce, ciphertext, self._binding(table, row))
        except InvalidTag as error:
            raise KeyUnavailable(
                "Something stored was altered, moved, or encrypted with another key.",
                hint="Find out who changed the database, and restore it from a backup.",
            ) from error

    async def _opened(self) -> AESGCM:
        if self._cipher is None:
            photo_key = await self._envelope.photo_key(self._connection, self._tenant)
            derived = HKDF(algorithm=SHA512(), length=32, salt=None, info=b"visavis:vault").derive(photo_key)
            self._cipher = AESGCM(derived)
        return self._cipher

    def _binding(self, table: str, row: tuple[uuid.UUID | int | str, ...]) -> bytes:
        return "\0".join(["visavis:vault", str(self._tenant), table, *map(str, row)]).encode()

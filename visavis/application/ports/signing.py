"""Signatures that prove, without access to this installation, what it said."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Ed25519 (RFC 8032): 64 bytes over a message, and the 32 bytes of the public key that they belong to."""

    value: bytes
    public_key: bytes


class SigningKeys(Protocol):
    """The signing key of one tenant, as a unit of work sees it; kept encrypted under the master key."""

    async def seed(self) -> bytes:
        """Its 32 secret bytes; made at the first use. Raises `KeyUnavailable`."""
        ...


class Signer(Protocol):
    async def sign(self, keys: SigningKeys, message: bytes) -> Signature:
        """Signs with the tenant's key. Raises `KeyUnavailable`."""
        ...

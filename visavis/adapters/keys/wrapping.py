"""How a master key wraps a data key, whatever place the master key comes from."""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis.application.ports.keys import WrappedKey
from visavis.domain.errors import KeyUnavailable, ValueInvalid

KEY_BYTES = 32
_NONCE_BYTES = 12


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def key_name(key: bytes) -> str:
    """Sixteen hexadecimal digits of the key's SHA-256: the same key has the same name wherever it is kept."""
    return hashlib.sha256(b"visavis:master-key:" + key).hexdigest()[:16]


def wrap(master: bytes, name: str, key: bytes, context: bytes) -> WrappedKey:
    """AES-256-GCM with a random nonce in front; `context` is authenticated, not stored."""
    if len(key) != KEY_BYTES:
        raise ValueInvalid(f"A data key has {KEY_BYTES} bytes.")
    nonce = os.urandom(_NONCE_BYTES)
    return WrappedKey(master=name, blob=nonce + AESGCM(master).encrypt(nonce, key, context))


def unwrap(master: bytes, wrapped: WrappedKey, context: bytes) -> bytes:
    """The data key; raises `KeyUnavailable` if key, context or blob are not those of `wrap`."""
    nonce, sealed = wrapped.blob[:_NONCE_BYTES], wrapped.blob[_NONCE_BYTES:]
    try:
        return AESGCM(master).decrypt(nonce, sealed, context)
    except (InvalidTag, ValueError) as error:
        raise KeyUnavailable(
            f"The master key {wrapped.master} does not open this data key: it was altered or moved.",
            hint="Restore the database from a backup; the master key itself is there.",
        ) from error


def derive(master: bytes, context: bytes) -> bytes:
    """HKDF with SHA-256 (RFC 5869), without salt, since the master key is uniformly random already."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"visavis:derived:" + context).derive(
        master
    )

"""Boxes that only one device can open.

A key of X25519 (RFC 7748) is made for each box and thrown away; the secret that it shares with the recipient's key
gives, by HKDF-SHA256 (RFC 5869) over both public halves, the key of AES-256-GCM (NIST SP 800-38D). Each key encrypts
one message, so that the nonce may be zero. The box says nothing of who made it: a signature does that.

    32 bytes  public half of the key of this box
     n + 16   ciphertext with its tag; the binding is authenticated with it
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from visavis.domain.errors import KeyUnavailable, ValueInvalid

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ONCE: Final = bytes(_NONCE_BYTES)
_PURPOSE: Final = b"visavis:box"


class X25519Boxes:
    """Implements `Sealer`, and opens what it sealed."""

    def seal(self, plain: bytes, recipient: bytes, binding: bytes) -> bytes:
        try:
            theirs = X25519PublicKey.from_public_bytes(recipient)
            own = X25519PrivateKey.generate()
            shared = own.exchange(theirs)
        except ValueError as error:
            raise ValueInvalid("This is no public key of X25519.") from error
        public = own.public_key().public_bytes_raw()
        return public + _cipher(shared, public, recipient).encrypt(_ONCE, plain, binding)

    def open(self, box: bytes, secret: bytes, binding: bytes) -> bytes:
        """Raises `KeyUnavailable` for a box that is damaged, for somebody else, or about something else."""
        own = X25519PrivateKey.from_private_bytes(secret)
        public = own.public_key().public_bytes_raw()
        try:
            shared = own.exchange(X25519PublicKey.from_public_bytes(box[:_KEY_BYTES]))
            return _cipher(shared, box[:_KEY_BYTES], public).decrypt(_ONCE, box[_KEY_BYTES:], binding)
        except (ValueError, InvalidTag) as error:
            raise KeyUnavailable("What was sent is not for this device, or it was altered.") from error


def new_pair() -> tuple[bytes, bytes]:
    """Secret and public half, 32 bytes each."""
    own = X25519PrivateKey.generate()
    return own.private_bytes_raw(), own.public_key().public_bytes_raw()


def encrypted(plain: bytes, key: bytes, binding: bytes) -> bytes:
    """For the disk of this device: a random nonce, then AES-256-GCM under `key`, 32 bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, binding)


def decrypted(content: bytes, key: bytes, binding: bytes) -> bytes:
    """The inverse. Raises `KeyUnavailable` for what was altered, moved, or written with another key."""
    try:
        return AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], binding)
    except (ValueError, InvalidTag) as error:
        raise KeyUnavailable("A file of this device was altered, or written with another key.") from error


def _cipher(shared: bytes, public: bytes, recipient: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE + public + recipient).derive(
        shared
    )
    return AESGCM(derived)

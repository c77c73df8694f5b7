"""A key file encrypted under a passphrase, so that it can lie beside a backup."""

import base64
import binascii
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from visavis.domain.errors import KeyUnavailable, ValueInvalid

SHORTEST = 12
_COST, _BLOCK, _PARALLEL = 2**17, 8, 1  #: 128 MiB and about half a second for each guess (RFC 7914)
_CONTEXT = b"visavis:sealed-keys:1"


def seal_keys(plain: bytes, passphrase: str) -> bytes:
    """JSON with salt, nonce and AES-256-GCM ciphertext. Raises `ValueInvalid` for a short passphrase."""
    if len(passphrase) < SHORTEST:
        raise ValueInvalid(f"A passphrase has at least {SHORTEST} characters.")
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _CONTEXT)
    content = {"kdf": "scrypt", "n": _COST, "r": _BLOCK, "p": _PARALLEL, "cipher": "AES-256-GCM"}
    binary = {"salt": salt, "nonce": nonce, "sealed": sealed}
    encoded = {name: base64.b64encode(value).decode("ascii") for name, value in binary.items()}
    return json.dumps(content | encoded, indent=2).encode("ascii")


def unseal_keys(sealed: bytes, passphrase: str) -> bytes:
    """What was sealed. Raises `KeyUnavailable` for a wrong passphrase or damaged content."""
    try:
        content = json.loads(sealed)
        salt, nonce, text = (
            base64.b64decode(content[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        return AESGCM(_key(passphrase, salt)).decrypt(nonce, text, _CONTEXT)
    except InvalidTag:
        raise KeyUnavailable("The passphrase does not open the keys of this backup.") from None
    except (ValueError, KeyError, TypeError, binascii.Error) as error:
        raise KeyUnavailable("The keys in this backup are damaged.") from error


def _key(passphrase: str, salt: bytes) -> bytes:
    """The cost is fixed, not read, so that nobody can make it cheap or endless."""
    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PARALLEL).derive(passphrase.encode())

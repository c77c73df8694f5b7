"""What the console gives out and gets back, readable and changeable by no one in between."""

import base64
import binascii
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from visavis.domain.errors import NotAuthenticated

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """AES-256-GCM under the console's secret (NIST SP 800-38D); `purpose` keeps what is meant for one thing from being
    used for another."""

    secret: bytes = field(repr=False)

    def close(self, purpose: str, text: str) -> str:
        """Letters that fit into a cookie and into an address."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.secret).encrypt(nonce, text.encode(), purpose.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def open(self, purpose: str, letters: str) -> str:
        """Raises `NotAuthenticated` for what was not sealed here, or for something else."""
        try:
            raw = base64.b64decode(letters + "=" * (-len(letters) % 4), altchars=b"-_", validate=True)
            return (
                AESGCM(self.secret).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()
            )
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise NotAuthenticated("This is not from here, or it is too old.") from error

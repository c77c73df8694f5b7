"""The random values that let somebody in. They are shown once; only their digests are kept.

They need no salt and no slow hash: nobody guesses 122 random bits and more.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
import string
import uuid
from typing import Final

_ALPHANUMERIC: Final = (
    string.ascii_uppercase + "234567"
)  # base 32: nothing that is mistaken for something else
_SECRET_ALPHABET: Final = string.ascii_letters + string.digits + "+/"
_CSRF: Final = b"visavis:csrf"


def digest(token: str) -> bytes:
    """SHA-256, which is what is stored and looked up."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def new_session_token() -> str:
    return f"vs_{secrets.token_urlsafe(32)}"


def new_link_token() -> str:
    return f"vl_{secrets.token_urlsafe(32)}"


def new_native_key() -> tuple[str, str]:
    """Label and the whole key, `vv_<16 characters>_<52 characters>`: 256 bits in the second part."""
    label = f"vv_{_random(16).lower()}"
    return label, f"{label}_{_random(52).lower()}"


def new_uuid_key() -> tuple[str, str]:
    """Label (its first eight digits) and the whole key."""
    key = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    return key[:8], key


def new_access_key() -> tuple[str, str]:
    """Access key id (`AKIA` and 16 characters) and secret (40 characters, 240 bits)."""
    return f"AKIA{_random(16)}", "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(40))


def csrf_token(session_token: str) -> str:
    """What a page of this session sends with every change; another site cannot know it.

    Derived, so it needs no storage: HMAC-SHA256 under the session's own token.
    """
    return _text(hmac.digest(session_token.encode(), _CSRF, "sha256"))


def is_csrf_token(session_token: str, given: str) -> bool:
    return hmac.compare_digest(csrf_token(session_token).encode(), given.encode("utf-8", "replace"))


def derived(secret: str, purpose: str) -> str:
    """Another secret from this one, 43 characters."""
    return _text(hmac.digest(secret.encode(), f"visavis:{purpose}".encode(), "sha256"))


def account_tries(login: str) -> bytes:
    """What tries to sign in are counted against, whether there is such a user or not."""
    return digest(f"login:{login}")


def address_tries(address: str) -> bytes:
    """The same for where they come from."""
    return digest(f"address:{address_key(address)}")


def address_key(address: str) -> str:
    """What counts as one sender: an IPv4 address, or the /64 network of an IPv6 address, which is one customer."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

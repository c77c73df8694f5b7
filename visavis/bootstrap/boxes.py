"""What a device needs of cryptography: a key pair, boxes that only it opens, files that only it reads, signatures."""

from importlib.util import find_spec

from visavis.application.ports.signing import Signature
from visavis.domain.errors import DependencyMissing


def new_pair() -> tuple[bytes, bytes]:
    """Secret and public half of an X25519 key, 32 bytes each. Raises `DependencyMissing`."""
    _require()
    from visavis.adapters.boxes.sealed import new_pair

    return new_pair()


def opened(box: bytes, secret: bytes, binding: bytes) -> bytes:
    """What the server sealed for this device. Raises `KeyUnavailable`, `DependencyMissing`."""
    _require()
    from visavis.adapters.boxes.sealed import X25519Boxes

    return X25519Boxes().open(box, secret, binding)


def encrypted(plain: bytes, key: bytes, binding: bytes) -> bytes:
    """AES-256-GCM, for the disk of this device. Raises `DependencyMissing`."""
    _require()
    from visavis.adapters.boxes.sealed import encrypted

    return encrypted(plain, key, binding)


def decrypted(content: bytes, key: bytes, binding: bytes) -> bytes:
    """The inverse. Raises `KeyUnavailable`, `DependencyMissing`."""
    _require()
    from visavis.adapters.boxes.sealed import decrypted

    return decrypted(content, key, binding)


def is_signed(message: bytes, signature: bytes, public_key: bytes) -> bool:
    """Whether this Ed25519 key signed this message. Raises `DependencyMissing`."""
    _require()
    from visavis.adapters.signing.ed25519 import verified

    return verified(message, Signature(value=signature, public_key=public_key))


def _require() -> None:
    if find_spec("cryptography") is None:
        raise DependencyMissing(
            "A managed agent needs the package cryptography.", hint="pip install 'visavis[edge]'"
        )

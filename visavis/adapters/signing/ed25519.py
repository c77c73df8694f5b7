"""Signs with Ed25519 (RFC 8032)."""

from visavis.application.ports.signing import Signature, SigningKeys


class Ed25519Signer:
    async def sign(self, keys: SigningKeys, message: bytes) -> Signature:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(await keys.seed())
        return Signature(value=private.sign(message), public_key=private.public_key().public_bytes_raw())


def verified(message: bytes, signature: Signature) -> bool:
    """Whether this key signed this message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(signature.public_key).verify(signature.value, message)
    except (InvalidSignature, ValueError):
        return False
    return True

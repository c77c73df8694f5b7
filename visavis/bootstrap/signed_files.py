"""Signed documents as files, which `verify_signed` reads."""

from typing import TypeVar

from visavis.application.receipts import fingerprint
from visavis.application.sign_bias_audit import SignedText
from visavis.wire.bias import SignedBiasDocument
from visavis.wire.recordings import SignedSearchDocument

F = TypeVar("F", SignedBiasDocument, SignedSearchDocument)


def signed_file(kind: type[F], signed: SignedText) -> F:
    """The text as it was signed, with all that is needed to verify it."""
    return kind(
        document=signed.text,
        sha256=signed.sha256,
        signature=signed.signature.value.hex(),
        public_key=signed.signature.public_key.hex(),
        fingerprint=fingerprint(signed.signature.public_key),
    )

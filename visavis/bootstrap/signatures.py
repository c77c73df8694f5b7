"""Verifies signed files: receipts and audits. Needs no database and no key of this installation."""

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path

from visavis.adapters.signing.ed25519 import verified
from visavis.application.ports.signing import Signature
from visavis.application.receipts import fingerprint
from visavis.domain.errors import DependencyMissing, FileUnreadable
from visavis.wire.signatures import SignatureDocument


def verify_signed(file: Path, expected: str | None = None) -> SignatureDocument:
    """`expected` is the fingerprint that the key must have. Raises `FileUnreadable`, `DependencyMissing`."""
    if find_spec("cryptography") is None:
        raise DependencyMissing("Verifying needs the extra visavis[store].")
    text, signature, stated = _read(file)
    found = fingerprint(signature.public_key)
    problem = _problem(text, signature, found, stated, expected)
    return SignatureDocument(
        valid=not problem,
        problem=problem,
        signed=_schema(text),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        fingerprint=found,
    )


def _problem(text: str, signature: Signature, found: str, stated: str, expected: str | None) -> str:
    if not verified(text.encode(), signature):
        return "the signature does not belong to this document"
    if expected is not None and expected.strip().lower() != found:
        return "it was signed with another key"
    if stated and stated != found:
        return "it names another key than the one it was signed with"
    return ""


def _read(file: Path) -> tuple[str, Signature, str]:
    """The text that was signed, the signature, and the fingerprint that the file states."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        text = str(content["document"])
        signature = Signature(
            value=bytes.fromhex(content["signature"]), public_key=bytes.fromhex(content["public_key"])
        )
        return text, signature, str(content.get("fingerprint", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileUnreadable(
            f"{file} is not a signed receipt or audit.",
            hint="Such a file is written by --receipt, by --signed, and by: visavis receipts show ID --json",
        ) from error


def _schema(text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return ""
    return str(content.get("schema", "")) if isinstance(content, dict) else ""

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
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise _not_signed(str(file)) from error
    return verify_text(content, expected, name=str(file))


def verify_text(content: str, expected: str | None = None, *, name: str = "This file") -> SignatureDocument:
    """The same for the content of a file. Raises `FileUnreadable`, `DependencyMissing`."""
    if find_spec("cryptography") is None:
        raise DependencyMissing("Verifying needs the extra visavis[store].")
    text, signature, stated = read_signed(content, name=name)
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


def read_signed(content: str, *, name: str = "This file") -> tuple[str, Signature, str]:
    """The text that was signed, the signature, and the fingerprint that the file states. Raises `FileUnreadable`."""
    try:
        found = json.loads(content)
        signature = Signature(
            value=bytes.fromhex(found["signature"]), public_key=bytes.fromhex(found["public_key"])
        )
        return str(found["document"]), signature, str(found.get("fingerprint", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_signed(name) from error


def _not_signed(name: str) -> FileUnreadable:
    return FileUnreadable(
        f"{name} is not a signed receipt or audit.",
        hint="Such a file is written by --receipt, by --signed, and by: visavis receipts show ID --json",
    )


def _schema(text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return ""
    return str(content.get("schema", "")) if isinstance(content, dict) else ""

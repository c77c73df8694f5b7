"""Signed files are verified without a database, and nothing else passes."""

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from visavis.bootstrap.signatures import verify_signed
from visavis.domain.errors import FileUnreadable


def signed(file: Path, **changes: str) -> str:
    key = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    public = key.public_key().public_bytes_raw()
    text = '{"schema":"visavis.receipt/1"}'
    content = {
        "document": text,
        "signature": key.sign(text.encode()).hex(),
        "public_key": public.hex(),
        "fingerprint": hashlib.sha256(public).hexdigest(),
    }
    file.write_text(json.dumps(content | changes))
    return content["fingerprint"]


def test_a_valid_one(tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    found = verify_signed(file, signed(file))
    assert (found.valid, found.problem, found.signed) == (True, "", "visavis.receipt/1")
    assert found.sha256 == hashlib.sha256(b'{"schema":"visavis.receipt/1"}').hexdigest()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"document": '{"schema":"visavis.receipt/2"}'}, "does not belong"),
        ({"signature": "00" * 64}, "does not belong"),
        ({"public_key": "11" * 32}, "does not belong"),
        ({"public_key": "11"}, "does not belong"),
        ({"fingerprint": "22" * 32}, "names another key"),
    ],
)
def test_what_was_changed(tmp_path: Path, changes: dict[str, str], problem: str) -> None:
    file = tmp_path / "receipt.json"
    signed(file, **changes)
    found = verify_signed(file)
    assert not found.valid
    assert problem in found.problem


def test_the_key_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    signed(file)
    found = verify_signed(file, "33" * 32)
    assert (found.valid, found.problem) == (False, "it was signed with another key")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"document": 1}', '{"document":"","signature":"x"}'])
def test_what_is_no_signed_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(text)
    with pytest.raises(FileUnreadable, match="not a signed receipt"):
        verify_signed(file)

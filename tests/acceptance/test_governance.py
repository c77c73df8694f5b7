"""Consent, proof, retention and backups, as a compliance officer uses them: with commands, files and two scripts."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.acceptance.conftest import Machine
from tests.api.test_verifiers import ran, script

pytestmark = [pytest.mark.postgres, pytest.mark.models]

Photos = dict[str, Path]


def test_from_consent_to_a_receipt_that_anybody_can_verify(machine: Machine, photos: Photos) -> None:
    machine.visavis("galleries", "create", "staff", "--consent", "access", "--keep", "sample")
    refused = machine.visavis("enrol", "zoe", photos["collins"], "-g", "staff", code=3)
    assert "consents grant" in refused.err
    machine.visavis("consents", "grant", "zoe", "-g", "staff", "--text", "2026-1", "--evidence", "form 7")
    machine.visavis("enrol", "zoe", photos["collins"], "-g", "staff")
    machine.visavis("identify", photos["collins_again"], "-g", "staff")
    machine.visavis("verify", "--subject", "zoe", photos["collins_again"], "-g", "staff")
    exported = machine.visavis("subjects", "export", "zoe").document
    counts = {part: len(exported[part]) for part in ("consents", "references", "events")}  # type: ignore[arg-type]
    assert counts == {"consents": 1, "references": 1, "events": 2}
    assert "template" not in [key for one in exported["references"] for key, value in one.items() if value]  # type: ignore[attr-defined]

    receipt = machine.home / "receipt.json"
    machine.visavis("consents", "revoke", "zoe", "--purpose", "access", "--yes", "--receipt", receipt)
    machine.visavis("identify", photos["collins_again"], "-g", "staff", code=1)
    machine.visavis("verify", "--subject", "zoe", photos["collins_again"], "-g", "staff", code=5)
    key = json.loads(receipt.read_text())["fingerprint"]
    code, out = ran(script("verify-a-receipt.md", machine.home), receipt, key)
    assert (code, "images_removed: 1" in out, "events_anonymised: 2" in out) == (0, True, True), out

    log = machine.home / "audit.ndjson"
    machine.visavis("audit", "export", log)
    code, out = ran(script("audit.md", machine.home), log, key)
    assert (code, out[:6]) == (0, "INTACT"), out
    spoken = ("zoe", "staff", "form 7")  # none of them can stand in a digest
    assert not any(word in log.read_text() for word in spoken)
    machine.visavis("audit", "verify", "--export", log)


def test_a_backup_brings_everything_to_another_machine(machine: Machine, photos: Photos) -> None:
    machine.visavis("enrol", "ada", photos["collins"])
    expected = machine.visavis("identify", photos["collins_again"], "--json").document["results"]
    backup = machine.home / "backup.tar"
    told = machine.visavis("backup", backup)
    assert "not in this backup" in told.err
    machine.visavis("backup", "verify", backup)

    there = Path(machine.environment["VISAVIS_DATA_DIR"]).with_name("there")
    other = replace(machine, environment=machine.environment | {"VISAVIS_DATA_DIR": str(there)})
    try:
        lost = other.visavis("restore", backup, code=9)
        assert str(there / "keys.json") in lost.err
        keys = there / "keys.json"
        keys.write_bytes((there.parent / "data" / "keys.json").read_bytes())
        keys.chmod(0o600)
        other.visavis("restore", backup)
        assert other.visavis("identify", photos["collins_again"], "--json").document["results"] == expected
        other.visavis("audit", "verify")
        other.visavis("restore", backup, code=6)
    finally:
        other.visavis("down", code=None)

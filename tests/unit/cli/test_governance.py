"""What the commands of governance say, and the words that they repeat from the domain."""

import tarfile
from pathlib import Path

import pytest

from visavis.cli.governed import KeepName, Rules, UnknownsName
from visavis.cli.main import run
from visavis.domain.policy import Keep, Policy, Unknowns


def test_names_are_those_of_the_domain() -> None:
    assert [name.value for name in KeepName] == [keep.value for keep in Keep]
    assert [name.value for name in UnknownsName] == [unknowns.value for unknowns in Unknowns]


def test_rules_change_only_what_was_said() -> None:
    policy = Policy(consent="access", event_days=7)
    assert Rules().on(policy) == policy
    changed = Rules(consent="", keep=KeepName.PHOTO, reference_days=30).on(policy)
    assert (changed.consent, changed.keep, changed.reference_days, changed.event_days) == (
        "",
        Keep.PHOTO,
        30,
        7,
    )


@pytest.mark.parametrize("command", [["backup", "verify"], ["restore"]])
def test_what_is_no_backup_is_refused(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VISAVIS_DATA_DIR", str(tmp_path / "data"))
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.addfile(tarfile.TarInfo("manifest.json"))
    for file in (other, tmp_path / "missing.tar"):
        assert run([*command, str(file)]) == 2
    assert "not a whole backup" in capsys.readouterr().err


def test_a_backup_needs_no_word_but_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VISAVIS_DATA_DIR", str(tmp_path / "data"))
    existing = tmp_path / "there.tar"
    existing.write_bytes(b"")
    for command in (["backup"], ["backup", "make"]):
        assert run([*command, str(existing)]) == 6
    assert "never" not in capsys.readouterr().out


def test_keys_need_a_passphrase_that_somebody_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VISAVIS_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VISAVIS_BACKUP_PASSPHRASE", raising=False)
    assert run(["backup", "make", str(tmp_path / "x.tar"), "--with-keys"]) == 2
    assert "VISAVIS_BACKUP_PASSPHRASE" in capsys.readouterr().err

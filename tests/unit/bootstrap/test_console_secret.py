"""The secret of a console that nobody was told of."""

import stat
from pathlib import Path

import pytest

from visavis.bootstrap.console import console_config, kept_secret
from visavis.domain.errors import KeyUnavailable, SettingsInvalid
from visavis.settings import Settings, load_settings


def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **more: str) -> Settings:
    monkeypatch.setenv("VISAVIS_DATA_DIR", str(tmp_path / "data"))
    for name, value in more.items():
        monkeypatch.setenv(f"VISAVIS_CONSOLE__{name}", value)
    return load_settings()


def test_it_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "data" / "console.key"
    secret = kept_secret(file)
    assert len(secret) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_secret(file) == secret, "kiosks go on after a restart"
    assert [one.name for one in file.parent.iterdir()] == ["console.key"]
    assert kept_secret(tmp_path / "other.key") != secret


def test_a_damaged_one_is_said(tmp_path: Path) -> None:
    file = tmp_path / "console.key"
    file.write_bytes(b"short")
    with pytest.raises(KeyUnavailable, match="damaged"):
        kept_secret(file)


def test_where_nothing_can_be_written_it_lasts_as_long_as_the_process(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    assert len(kept_secret(blocked / "console.key")) == 32


def test_consoles_that_are_told_the_same_share_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configured(
        tmp_path,
        monkeypatch,
        SECRET="a sentence that two consoles share",  # noqa: S106
        WIDGET_ORIGINS="https://a.example.org, http://127.0.0.1:9000",
    )
    one, two = console_config(settings), console_config(settings)
    assert one.secret == two.secret
    assert one.widget_origins == ("https://a.example.org", "http://127.0.0.1:9000")
    assert not (tmp_path / "data" / "console.key").exists()
    assert "sentence" not in repr(one)


@pytest.mark.parametrize(
    "wrong", ["*", "shop.example.org", "https://a.example.org/x", "https://a.example.org; script-src *"]
)
def test_origins_are_origins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    with pytest.raises(SettingsInvalid):
        configured(tmp_path, monkeypatch, WIDGET_ORIGINS=wrong)

"""Settings in the documentation are ones that the program takes, and so is what a service of the system starts."""

import shlex
import tomllib
from pathlib import Path

import pytest

from tests.api.test_docs import ROOT, WRITTEN, blocks, name, require_known
from visavis.settings import load_settings


@pytest.mark.parametrize("page", WRITTEN, ids=name)
def test_every_settings_file_can_be_read(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line, content in blocks(page, "toml"):
        if "schema" in tomllib.loads(content) or not _is_settings(content):
            continue
        (tmp_path / "visavis.toml").write_text(content, encoding="utf-8")
        try:
            load_settings()
        except Exception as error:  # noqa: BLE001  # whatever the parser says, it belongs to this line
            pytest.fail(f"{name(page)}:{line}: {error}")


def _is_settings(content: str) -> bool:
    """Other files are TOML, too, such as the manifests of model packs."""
    from visavis.settings import Settings

    return bool(set(tomllib.loads(content)) & set(Settings.model_fields))


def test_a_service_of_the_system_starts_what_there_is() -> None:
    page = ROOT / "docs" / "howto" / "run-the-server.md"
    units = [content for _, content in blocks(page, "ini")]
    starts = [
        row.partition("=")[2] for unit in units for row in unit.splitlines() if row.startswith("ExecStart=")
    ]
    assert starts
    for start in starts:
        program, *words = shlex.split(start)
        assert Path(program).name == "visavis"
        require_known(words)


def test_the_guide_to_the_server_has_settings() -> None:
    page = ROOT / "docs" / "howto" / "run-the-server.md"
    assert sum(_is_settings(content) for _, content in blocks(page, "toml")) >= 3

"""The guard answers pip with the name and version that stand in the archive."""

from pathlib import Path

import pytest

from visavis.adapters.onnx.sources import sdist_guard


def test_metadata_come_from_pkg_info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "PKG-INFO").write_text(
        "Metadata-Version: 1.1\nName: some-models\nVersion: 0.3\nSummary: Name: x\n"
    )
    monkeypatch.chdir(tmp_path)
    assert sdist_guard.get_requires_for_build_wheel() == []
    name = sdist_guard.prepare_metadata_for_build_wheel(str(tmp_path / "out"))
    assert name == "some_models-0.3.dist-info"
    text = (tmp_path / "out" / name / "METADATA").read_text()
    assert text == "Metadata-Version: 2.1\nName: some-models\nVersion: 0.3\n"

"""Agents at the command line: the file that is sent, and what is shown."""

from pathlib import Path

import pytest

from visavis.cli.agents_shown import workload_from
from visavis.domain.errors import FileUnreadable, SettingsInvalid
from visavis.wire.edge import Split

WHOLE = """
gallery = "staff"
split = "match"
managed = true
[server]
url = "https://faces.example.org"
[[hooks]]
command = ["/bin/true"]
[[cameras]]
id = "door"
reader = "rtsp"
address = "rtsp://user:geheim@192.0.2.1/a"
"""


def written(folder: Path, text: str, name: str = "camera.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_what_only_the_device_decides_is_left_out(tmp_path: Path) -> None:
    found = workload_from(written(tmp_path, WHOLE))
    assert (found.gallery, found.split, [one.id for one in found.cameras]) == ("staff", Split.MATCH, ["door"])
    assert not hasattr(found, "hooks")


def test_json_is_read_too(tmp_path: Path) -> None:
    assert workload_from(written(tmp_path, '{"pack": "light"}', "camera.json")).pack == "light"


def test_a_slip_is_named_and_no_password_repeated(tmp_path: Path) -> None:
    wrong = WHOLE.replace('reader = "rtsp"', 'reader = "rstp"\nrats = 5')
    with pytest.raises(SettingsInvalid) as caught:
        workload_from(written(tmp_path, wrong))
    told = str(caught.value) + " ".join(caught.value.reasons)
    assert "cameras.0.reader" in told
    assert "cameras.0.rats" in told
    assert "geheim" not in told


def test_what_is_no_configuration_is_refused(tmp_path: Path) -> None:
    for text in ("[", "x = "):
        with pytest.raises(FileUnreadable):
            workload_from(written(tmp_path, text))
    with pytest.raises(FileUnreadable):
        workload_from(tmp_path / "none.toml")
    with pytest.raises(SettingsInvalid):
        workload_from(written(tmp_path, "[]", "camera.json"))

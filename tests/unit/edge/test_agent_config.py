"""A configuration says what is wrong with it, and nothing of what is secret in it."""

import json
from pathlib import Path

import pytest

from visavis.domain.errors import FileUnreadable, NotAuthenticated, SettingsInvalid
from visavis.edge.config import EXAMPLE, load_config, parsed, sources_of
from visavis.edge.state import api_key, occupied, state_folder
from visavis.wire.edge import AgentConfig, CopyConfig, SpoolConfig, TrackingConfig

LEAST = '[server]\nurl = "https://faces.example.org"\n'


def test_the_example_is_valid_and_shows_the_defaults() -> None:
    found = parsed(EXAMPLE, as_json=False)
    (camera,) = found.cameras
    assert found.tracking == TrackingConfig()
    assert found.spool == SpoolConfig()
    assert found.copy_ == CopyConfig()
    assert camera.motion == type(camera.motion)()
    assert (camera.rate, camera.min_face_px, camera.max_side_px) == (5.0, 32, 1280)


def test_the_example_names_every_option() -> None:
    for model in (AgentConfig, type(parsed(EXAMPLE, as_json=False).cameras[0]), TrackingConfig, SpoolConfig):
        for name, field in model.model_fields.items():
            assert f"{field.alias or name}" in EXAMPLE, name


def test_what_is_commented_out_in_the_example_is_valid_too() -> None:
    lines = [line.removeprefix("# ") for line in EXAMPLE.splitlines()]
    options = [line for line in lines if " = " in line or line.startswith("[")]
    everything = "\n".join(line for line in options if not line.startswith("visavis"))
    found = parsed(everything, as_json=False)
    assert len(found.cameras) == 2
    assert len(found.hooks) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("gallery = 1", ["gallery: ", "server: is missing"]),
        (LEAST + "splt = 1", ["server.splt: there is no such option"]),
        ('split = "cloud"\n' + LEAST, ["split: ", "'crops', 'templates' or 'match'"]),
        (
            LEAST + '[[cameras]]\nid = "a"\nreader = "file"\naddress = "x"\nrate = 99',
            ["cameras.1.rate: ", "less than or equal to 60"],
        ),
        (
            LEAST + '[[cameras]]\nid = "a b"\nreader = "rtp"\naddress = "rtsp://ada:s3cret@x"\nrtae = 2',
            [
                "cameras.1.id: ",
                "letters, digits",
                "cameras.1.reader: ",
                "'usb', 'rtsp'",
                "cameras.1.rtae: there is no",
            ],
        ),
        (
            LEAST + '[[cameras]]\nid="a"\nreader="usb"\naddress="0"\nregion=[[[0,0],[1,1]]]',
            ["a polygon has three points or more"],
        ),
        (LEAST + '[[hooks]]\nurl = "http://x"\ncommand = ["y"]', ["hooks.1: ", "a url or a command"]),
        ('[server]\nurl = "faces.example.org"', ["server.url: ", "http:// or https://"]),
        ("x = [", ["no TOML"]),
        (LEAST + '[[cameras]]\nid="a"\nreader="usb"\naddress="0"\n' * 2, ["two cameras have the same id"]),
    ],
)
def test_a_slip_is_named(content: str, said: list[str]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        parsed(content, as_json=False)
    for part in said:
        assert part in caught.value.message
    assert "s3cret" not in caught.value.message
    assert "--example" in caught.value.advice


def test_json_says_the_same_as_toml(tmp_path: Path) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({"server": {"url": "http://127.0.0.1:1"}, "copy": {"every_s": 5}}))
    assert load_config(path).copy_.every_s == 5
    path.write_text("[]")
    with pytest.raises(SettingsInvalid, match="no table"):
        load_config(path)
    with pytest.raises(FileUnreadable, match="cannot be read"):
        load_config(tmp_path / "none.toml")


def test_paths_are_those_beside_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    path.write_text(
        'state = "state"\n[server]\nurl = "https://x"\nca = "ca.pem"\n'
        '[[cameras]]\nid = "f"\nreader = "file"\naddress = "a.mp4"\n'
        '[[cameras]]\nid = "r"\nreader = "rtsp"\naddress = "rtsp://ada:s3cret@x/y"\n'
    )
    found = load_config(path)
    assert found.cameras[0].address == str(tmp_path / "a.mp4")
    assert found.cameras[1].address == "rtsp://ada:s3cret@x/y"
    assert (found.state, found.server.ca) == (str(tmp_path / "state"), str(tmp_path / "ca.pem"))
    assert list(sources_of(found.cameras)) == ["f (file)", "r (rtsp)"]


def test_one_agent_for_each_state_directory(tmp_path: Path) -> None:
    folder = state_folder(parsed(f'state = "{tmp_path}/s"\n{LEAST}', as_json=False))
    assert folder.stat().st_mode & 0o077 == 0
    with occupied(folder), pytest.raises(SettingsInvalid, match="Another agent"), occupied(folder):
        pass
    with occupied(folder):
        pass


def test_the_key_comes_from_the_environment_or_a_file_of_its_owner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISAVIS_API_KEY", raising=False)
    with pytest.raises(NotAuthenticated, match="no API key"):
        api_key(tmp_path)
    (tmp_path / "api-key").write_text("vv_from-file\n")
    (tmp_path / "api-key").chmod(0o644)
    with pytest.raises(NotAuthenticated, match="Others may read"):
        api_key(tmp_path)
    (tmp_path / "api-key").chmod(0o600)
    assert api_key(tmp_path) == "vv_from-file"
    monkeypatch.setenv("VISAVIS_API_KEY", "vv_from-environment")
    assert api_key(tmp_path) == "vv_from-environment"

"""Which server a command is sent to, and when it is not."""

from pathlib import Path

import pytest

from visavis.cli.invocation import Invocation
from visavis.cli.servers import address, connected, require_here
from visavis.domain.errors import SettingsInvalid, ValueInvalid
from visavis.settings import load_settings

URL = "https://faces.example.org"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("VISAVIS_URL", "VISAVIS_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_server_the_database_is_meant() -> None:
    assert address(Invocation()) is None
    with connected(Invocation(), None) as client:
        assert client is None
    require_here(Invocation())


def test_a_server_is_named_by_flag_environment_or_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "visavis.toml").write_text('[client]\nurl = "https://file.example.org"\n')
    assert address(Invocation()) == "https://file.example.org"
    monkeypatch.setenv("VISAVIS_URL", URL)
    assert address(Invocation()) == URL
    assert address(Invocation(), "https://flag.example.org") == "https://flag.example.org"


def test_a_data_directory_means_the_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_URL", URL)
    assert address(Invocation(data_dir=tmp_path)) is None
    with pytest.raises(ValueInvalid):
        address(Invocation(data_dir=tmp_path), URL)


def test_what_works_on_the_database_refuses_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueInvalid):
        require_here(Invocation(server=URL))
    monkeypatch.setenv("VISAVIS_URL", URL)
    with pytest.raises(ValueInvalid):
        require_here(Invocation())


def test_the_key_is_a_secret_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VISAVIS_KEY", "vv_secret")
    found = load_settings().client.key
    assert found is not None
    assert found.get_secret_value() == "vv_secret"
    assert "vv_secret" not in repr(load_settings())
    (tmp_path / "key").write_text("vv_file\n")
    monkeypatch.delenv("VISAVIS_KEY")
    monkeypatch.setenv("VISAVIS_KEY_FILE", str(tmp_path / "key"))
    found = load_settings().client.key
    assert found is not None
    assert found.get_secret_value() == "vv_file"


def test_half_a_certificate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAVIS_URL", URL)
    monkeypatch.setenv("VISAVIS_CLIENT__CERTIFICATE", "client.pem")
    with pytest.raises(SettingsInvalid), connected(Invocation(), None):
        pass

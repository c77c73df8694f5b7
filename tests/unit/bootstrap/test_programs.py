"""What `visavis up` runs, and where."""

from pathlib import Path

import pytest

from visavis.bootstrap.console import browsers_url, console_config, runs_beside, url_at
from visavis.bootstrap.programs import programs
from visavis.domain.errors import SettingsInvalid
from visavis.settings import ConsoleSettings, ServerSettings, load_settings


def test_the_console_runs_beside_the_api_which_believes_it() -> None:
    settings = load_settings(server=ServerSettings(processes=2, trusted_proxies="10.0.0.7"))
    kept = programs(settings, 5, {"HOME": "/home/ada"}, console=6)
    assert [one.name for one in kept] == ["api 1", "api 2", "worker", "console"]
    assert kept[-1].command[-2:] == ("--listen-on", "6")
    assert kept[-1].descriptors == (6,)
    assert kept[0].environment["VISAVIS_SERVER__TRUSTED_PROXIES"] == "10.0.0.7,127.0.0.1"
    alone = programs(settings, 5, {"HOME": "/home/ada"})
    assert [one.name for one in alone] == ["api 1", "api 2", "worker"]
    assert "VISAVIS_SERVER__TRUSTED_PROXIES" not in alone[0].environment


def test_a_console_would_let_browsers_without_a_certificate_in(tmp_path: Path) -> None:
    assert runs_beside(load_settings())
    assert not runs_beside(load_settings(console=ConsoleSettings(enabled=False)))
    pem = tmp_path / "ca.pem"
    mutual = ServerSettings(tls_certificate=pem, tls_key=pem, tls_client_ca=pem)
    assert not runs_beside(load_settings(server=mutual))


def test_users_come_back_from_the_identity_provider_to_the_console() -> None:
    public, console = ServerSettings(public_url="https://api.example/"), ConsoleSettings(port=81)
    named = ConsoleSettings(public_url="https://faces.example/")
    assert browsers_url(load_settings(console=console)) == "http://127.0.0.1:81"
    assert browsers_url(load_settings(console=console, server=public)) == "https://api.example"
    assert browsers_url(load_settings(console=named, server=public)) == "https://faces.example"
    for other in (ConsoleSettings(enabled=False), ConsoleSettings(port=0)):
        assert browsers_url(load_settings(console=other)) == load_settings().server.url


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:81"),
        ("0.0.0.0", "http://127.0.0.1:81"),  # noqa: S104
        ("::", "http://[::1]:81"),
        ("faces.example.org", "http://faces.example.org:81"),
    ],
)
def test_where_the_console_is(host: str, url: str) -> None:
    assert url_at(load_settings(console=ConsoleSettings(host=host)), 81) == url


def test_beside_an_api_with_tls_its_certificate_serves_both(tmp_path: Path) -> None:
    pem = tmp_path / "certificate.pem"
    server = ServerSettings(tls_certificate=pem, tls_key=pem)
    assert url_at(load_settings(server=server), 81).startswith("https://")
    elsewhere = ConsoleSettings(api_url="https://faces.example.org")
    assert url_at(load_settings(server=server, console=elsewhere), 81).startswith("http://")
    with pytest.raises(SettingsInvalid, match="certificate of the API"):
        console_config(load_settings(server=server, data_dir=tmp_path))

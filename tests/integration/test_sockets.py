"""A port that is taken is said before anything starts."""

import pytest

from visavis.bootstrap.sockets import console_listening, listening, require_free
from visavis.domain.errors import SettingsInvalid
from visavis.settings import ConsoleSettings, ServerSettings, load_settings

pytestmark = pytest.mark.enable_socket


def test_who_else_has_the_port_is_told_with_a_way_out() -> None:
    free = load_settings(server=ServerSettings(port=0), console=ConsoleSettings(port=0))
    with listening(free) as api, console_listening(free) as console:
        ours, theirs = api.getsockname()[1], console.getsockname()[1]
        with pytest.raises(SettingsInvalid, match="The API cannot listen") as refused:
            require_free(load_settings(server=ServerSettings(port=ours)), console=True)
        assert "VISAVIS_SERVER__PORT" in refused.value.advice
        taken = load_settings(server=ServerSettings(port=0), console=ConsoleSettings(port=theirs))
        with pytest.raises(SettingsInvalid, match="The console cannot listen") as refused:
            require_free(taken, console=True)
        assert "VISAVIS_CONSOLE__ENABLED=false" in refused.value.advice
        require_free(taken, console=False)

"""Sockets that a keeper opens for its processes: who asks for a port that is taken is told at once."""

import socket
from contextlib import closing

from visavis.domain.errors import SettingsInvalid
from visavis.settings import Settings


def listening(settings: Settings) -> socket.socket:
    """The socket that all API processes accept from. Raises `SettingsInvalid` if the port is taken."""
    server = settings.server
    return _bound(server.host, server.port, "The API", "VISAVIS_SERVER__PORT=8430 visavis up")


def console_listening(settings: Settings) -> socket.socket:
    """The socket of the console. Raises `SettingsInvalid` if the port is taken."""
    console = settings.console
    other = (
        "VISAVIS_CONSOLE__PORT=8432 visavis up, or leave it out: VISAVIS_CONSOLE__ENABLED=false visavis up"
    )
    return _bound(console.host, console.port, "The console", other)


def require_free(settings: Settings, *, console: bool) -> None:
    """Raises `SettingsInvalid` if a port that is needed is taken."""
    with closing(listening(settings)):
        if console:
            console_listening(settings).close()


def _bound(host: str, port: int, who: str, otherwise: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise SettingsInvalid(
            f"{who} cannot listen on {host}:{port}: {error.strerror}.",
            hint=f"Choose another port: {otherwise}",
        ) from error
    made.listen(1024)
    made.set_inheritable(True)
    return made

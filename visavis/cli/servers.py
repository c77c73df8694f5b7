"""The server that a command is sent to, where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.domain.errors import DependencyMissing, SettingsInvalid, ValueInvalid

if TYPE_CHECKING:
    from visavis.client.synchronous import Client
    from visavis.settings import ClientSettings

ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Ask this server instead of the database of this machine; VISAVIS_URL names one, too.",
        show_default=False,
    ),
]


@contextmanager
def connected(invocation: Invocation, server: str | None) -> "Iterator[Client | None]":
    """A client of the server that `--server` or VISAVIS_URL names; `None`: the database of this machine is meant.

    `--data-dir` means the database in any case. The key is VISAVIS_KEY or the setting client.key.
    """
    url = address(invocation, server)
    if url is None:
        yield None
        return
    try:
        from visavis.client.synchronous import Client
    except ModuleNotFoundError as error:
        raise DependencyMissing(
            "Talking to a server needs the extra visavis[client].", hint="pip install 'visavis[client]'"
        ) from error
    chosen = invocation.settings().client
    with Client(
        url,
        chosen.key.get_secret_value() if chosen.key else "",
        verify=chosen.ca or True,
        certificate=_certificate(chosen),
        timeout=60.0,
        user_agent="visavis-cli",
    ) as client:
        yield client


def address(invocation: Invocation, server: str | None = None) -> str | None:
    """Raises `ValueInvalid` if both a server and a database are named."""
    named = server or invocation.server
    if invocation.data_dir is not None:
        if named:
            raise ValueInvalid("--server asks a server, --data-dir a database: leave out one of them.")
        return None
    return named or invocation.settings().client.url


def require_here(invocation: Invocation) -> None:
    """Raises `ValueInvalid` where a server is named for a command that works on the database itself."""
    if address(invocation) is not None:
        raise ValueInvalid(
            "This command works on the database itself and cannot be sent to a server.",
            hint="Run it where the database is: name that with --data-dir, or leave out --server and VISAVIS_URL.",
        )


def _certificate(chosen: "ClientSettings") -> "tuple[str, str] | None":
    if chosen.certificate is None and chosen.certificate_key is None:
        return None
    if chosen.certificate is None or chosen.certificate_key is None:
        raise SettingsInvalid("client.certificate and client.certificate_key belong together.")
    return str(chosen.certificate), str(chosen.certificate_key)

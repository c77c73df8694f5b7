"""What the console is told: where the server is, and where it listens itself."""

import hashlib
import os
import secrets
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from visavis.bootstrap.extras import has_console
from visavis.domain.errors import KeyUnavailable, SettingsInvalid
from visavis.settings import Settings

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleConfig:
    """`api_url` is how this process reaches the API; browsers only know the console.

    `secret` (32 bytes) seals what kiosks and widgets are given; consoles that do not share it do not know each other's.
    `widget_origins` are the sites that may show the capture widget.
    """

    api_url: str
    host: str = "127.0.0.1"
    port: int = 8422
    trust: ssl.SSLContext | bool = field(default=True, repr=False)
    certificate: str | None = None
    key: str | None = None
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_SECRET_BYTES), repr=False)
    widget_origins: tuple[str, ...] = ()


def runs_beside(settings: Settings) -> bool:
    """Whether `visavis up` starts a console, too. Where the API asks every client for a certificate it does not: the
    console would let browsers without one in."""
    return settings.console.enabled and settings.server.tls_client_ca is None and has_console()


def url_at(settings: Settings, port: int) -> str:
    """Where this machine reaches a console that listens on this port."""
    host = settings.console.host
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    scheme = "https" if _own_tls(settings)[0] else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def browsers_url(settings: Settings) -> str:
    """Where users sign in: at the console, or else at the API, which has a page for it, too. Without a slash at its
    end."""
    if settings.console.public_url:
        return settings.console.public_url.rstrip("/")
    if settings.server.public_url or not settings.console.port or not runs_beside(settings):
        return settings.server.url
    return url_at(settings, settings.console.port)


def _own_tls(settings: Settings) -> tuple[Path | None, Path | None]:
    """Certificate and key: its own, or those of the API beside it."""
    server, console = settings.server, settings.console
    if console.tls_certificate is None and not console.api_url:
        return server.tls_certificate, server.tls_key
    return console.tls_certificate, console.tls_key


def _trust(settings: Settings) -> ssl.SSLContext | bool:
    """The API beside it is known by its very certificate, whatever name that is for.

    Raises `SettingsInvalid` for a certificate that cannot be read.
    """
    if settings.console.api_url or settings.server.tls_certificate is None:
        return True
    try:
        context = ssl.create_default_context(cafile=str(settings.server.tls_certificate))
    except OSError as error:
        raise SettingsInvalid(
            f"The certificate of the API cannot be read: {error.strerror or type(error).__name__}.",
            hint="Check server.tls_certificate.",
        ) from error
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def console_config(settings: Settings) -> ConsoleConfig:
    """Raises `KeyUnavailable` if there is a secret that cannot be read."""
    server, console = settings.server, settings.console
    certificate, private = _own_tls(settings)
    given = console.secret.get_secret_value() if console.secret else None
    return ConsoleConfig(
        api_url=(console.api_url or server.local_url).rstrip("/"),
        host=console.host,
        port=console.port,
        trust=_trust(settings),
        certificate=str(certificate) if certificate else None,
        key=str(private) if private else None,
        secret=hashlib.sha256(given.encode()).digest()
        if given
        else kept_secret(settings.data_dir / "console.key"),
        widget_origins=tuple(one.strip() for one in console.widget_origins.split(",") if one.strip()),
    )


def kept_secret(file: Path) -> bytes:
    """The secret in this file, which is made for its owner alone if it is not there; whoever comes first makes it.

    Where nothing can be written it lasts as long as the process, and so do kiosks. Raises `KeyUnavailable`.
    """
    made = secrets.token_bytes(_SECRET_BYTES)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            target.write(made)
        with suppress(FileExistsError):
            os.link(draft, file)  # unlike a rename, this never replaces what another process has made
        draft.unlink()
    except OSError:
        if not file.exists():
            return made
    try:
        found = file.read_bytes()
    except OSError as error:
        raise KeyUnavailable(f"{file} cannot be read.") from error
    if len(found) != _SECRET_BYTES:
        raise KeyUnavailable(f"{file} is damaged.", hint="Remove it; kiosks have to be set up again.")
    return found

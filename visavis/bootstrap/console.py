"""What the console is told: where the server is, and where it listens itself."""

import ssl
from dataclasses import dataclass, field

from visavis.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleConfig:
    """`api_url` is how this process reaches the API; browsers only know the console."""

    api_url: str
    host: str = "127.0.0.1"
    port: int = 8422
    trust: ssl.SSLContext | bool = field(default=True, repr=False)
    certificate: str | None = None
    key: str | None = None


def console_config(settings: Settings) -> ConsoleConfig:
    server, console = settings.server, settings.console
    return ConsoleConfig(
        api_url=(console.api_url or server.local_url).rstrip("/"),
        host=console.host,
        port=console.port,
        certificate=str(console.tls_certificate) if console.tls_certificate else None,
        key=str(console.tls_key) if console.tls_key else None,
    )

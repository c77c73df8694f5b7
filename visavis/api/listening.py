"""How uvicorn listens: TLS as it should be today, and no patience with those who only keep a connection open."""

import asyncio
import logging
import ssl

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from visavis.domain.errors import SettingsInvalid
from visavis.settings import ServerSettings

log = logging.getLogger("visavis.api")

_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  #: of TLS 1.2; those of 1.3 are all good


class Prompt(H11Protocol):
    """The head of every request arrives within `head_s` seconds, or the connection is closed.

    uvicorn itself waits for ever for the first request, and for the rest of a head that has begun.
    """

    head_s = 10.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_s, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._waits:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.head_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    @property
    def _waits(self) -> bool:
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]  # until the first

    def _give_up(self) -> None:
        self._timer = None
        if self._waits:
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _behind_a_proxy(server: ServerSettings) -> bool:
    """A proxy elsewhere than on this machine, where the console is one."""
    return any(one.strip() not in _LOCAL for one in server.trusted_proxies.split(",") if one.strip())


def configuration(server: ServerSettings, app: object) -> uvicorn.Config:
    """TLS as the settings say, no log of its own, no banner, no web sockets.

    Raises `SettingsInvalid` for a certificate, key or authority that cannot be used.
    """
    if not server.secure and server.host not in _LOCAL and not _behind_a_proxy(server):
        log.warning("the API is open to the network without TLS: keys and faces can be read on their way")
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=server.host,
        port=server.port,
        http=type("PromptAsConfigured", (Prompt,), {"head_s": server.header_timeout_s}),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=server.trusted_proxies or None,
        limit_concurrency=server.max_connections,
        timeout_graceful_shutdown=server.drain_s,
        timeout_keep_alive=30,
        lifespan="off",
        ssl_certfile=str(server.tls_certificate) if server.tls_certificate else None,
        ssl_keyfile=str(server.tls_key) if server.tls_key else None,
        ssl_ca_certs=str(server.tls_client_ca) if server.tls_client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if server.tls_client_ca else ssl.CERT_NONE,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise SettingsInvalid(
            f"A TLS file cannot be used: {error.strerror or type(error).__name__}.",
            hint="Check server.tls_certificate, server.tls_key and server.tls_client_ca.",
        ) from error
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
        config.ssl.set_ciphers(_CIPHERS)
        config.ssl.options |= ssl.OP_NO_RENEGOTIATION
    return config

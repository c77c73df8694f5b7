"""A connection to the models of another server."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar
from urllib.parse import urlsplit

import grpc
from google.protobuf.message import Message
from grpc import aio

from visavis.adapters.remote.errors import told
from visavis.domain.errors import SettingsInvalid

Answer = TypeVar("Answer", bound=Message)

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # a name with several addresses is several servers
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteAddress:
    """Where the other server is, and what this one shows of itself. The texts are PEM.

    `url` is http://host:port or https://host:port; `key` an API key with the permission inference. `authority` are
    the certificates that are trusted (those of the system, if it is missing).
    """

    url: str
    key: str = field(repr=False)
    timeout_s: float = 10.0
    authority: bytes | None = None
    certificate: bytes | None = None
    certificate_key: bytes | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        return urlsplit(self.url).scheme == "https"

    @property
    def target(self) -> str:
        """As gRPC wants it. Raises `SettingsInvalid`."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsInvalid(
                "The address of an inference service is http://host:port or https://host:port."
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        return f"dns:///{host}:{parts.port or 8421}"


class RemoteServer:
    """One channel, opened by the first call, inside the event loop that all calls come from."""

    def __init__(self, address: RemoteAddress) -> None:
        """Raises `SettingsInvalid`."""
        self._address = address
        self._target = address.target
        self._channel: aio.Channel | None = None

    async def call(self, method: str, request: Message, answer: Callable[[bytes], Answer]) -> Answer:
        """Raises what the other server raised, `Overloaded`, or `ModelDown` if it cannot be asked."""
        channel = self._opened()
        ask = channel.unary_unary(
            f"/visavis.v1.Inference/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer,
        )
        metadata = (("authorization", f"Bearer {self._address.key}"),)
        try:
            made: Answer = await ask(request, timeout=self._address.timeout_s, metadata=metadata)
        except aio.AioRpcError as error:
            raise told(error) from error
        return made

    async def aclose(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close(None)

    def _opened(self) -> aio.Channel:
        if self._channel is None:
            address = self._address
            if address.secure:
                credentials = grpc.ssl_channel_credentials(
                    root_certificates=address.authority,
                    private_key=address.certificate_key,
                    certificate_chain=address.certificate,
                )
                self._channel = aio.secure_channel(self._target, credentials, options=_OPTIONS)
            else:
                self._channel = aio.insecure_channel(self._target, options=_OPTIONS)
        return self._channel

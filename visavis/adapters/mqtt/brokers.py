"""Brokers over MQTT 3.1.1 (OASIS), through aiomqtt and paho."""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import aiomqtt

from visavis.application.ports.channels import Addresses, Publication
from visavis.application.ports.webhooks import Answer
from visavis.domain.alert import ChannelId
from visavis.domain.channel import MqttTarget
from visavis.domain.errors import ValueInvalid

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
_QOS: Final = 1
_KEEPALIVE_S: Final = 20
_FAULTS = (aiomqtt.MqttError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Line:
    """A connection that stays."""

    client: aiomqtt.Client
    target: MqttTarget
    status: str

    def sign(self, state: bytes) -> Publication:
        return Publication(topic=self.status, payload=state, retain=True)


class MqttBrokers:
    """Implements `visavis.application.ports.channels.Brokers`. Belongs to one event loop; one caller at a time for each
    channel. The name of a host is checked and its address is connected to, so that a name that changes in between
    changes nothing; the certificate is checked against the name."""

    def __init__(self, allowed: Addresses, *, timeout_s: float = 10.0) -> None:
        self._allowed = allowed
        self._timeout_s = timeout_s
        self._lines: dict[ChannelId, _Line] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for channel_id in list(self._lines):
            await self.leave(channel_id)

    async def check(self, target: MqttTarget) -> None:
        if target.authority:
            _context(target)
        with suppress(OSError):  # a name that does not resolve now may do so later
            await self._allowed(target.host, target.port)

    async def publish(
        self, channel_id: ChannelId, target: MqttTarget, messages: Sequence[Publication], *, status: str
    ) -> Answer:
        try:
            line = self._lines.get(channel_id)
            if line is None or line.target != target or line.status != status:
                await self.leave(channel_id)
                line = await self._opened(channel_id, target, status)
            await _said(line.client, messages or [line.sign(ONLINE)])  # which tells whether it is there
        except ValueInvalid as error:
            return Answer(status=None, error=error.message)
        except _FAULTS as error:
            await self.leave(channel_id)
            return Answer(status=None, error=_why(error))
        return Answer(status=200)

    async def once(self, target: MqttTarget, messages: Sequence[Publication]) -> Answer:
        try:
            async with await self._client(target, name=None, will=None) as client:
                await _said(client, messages)
        except ValueInvalid as error:
            return Answer(status=None, error=error.message)
        except _FAULTS as error:
            return Answer(status=None, error=_why(error))
        return Answer(status=200)

    async def leave(self, channel_id: ChannelId) -> None:
        line = self._lines.pop(channel_id, None)
        if line is None:
            return
        with suppress(*_FAULTS):
            await _said(line.client, [line.sign(OFFLINE)])
        with suppress(*_FAULTS):
            await line.client.__aexit__(None, None, None)

    async def _opened(self, channel_id: ChannelId, target: MqttTarget, status: str) -> _Line:
        client = await self._client(
            target,
            name=f"visavis-{channel_id.hex[:12]}",
            will=aiomqtt.Will(status, OFFLINE, _QOS, retain=True),
        )
        await client.__aenter__()
        line = self._lines[channel_id] = _Line(client, target, status)
        await _said(client, [line.sign(ONLINE)])
        return line

    async def _client(
        self, target: MqttTarget, *, name: str | None, will: aiomqtt.Will | None
    ) -> aiomqtt.Client:
        """Raises `ValueInvalid`, `OSError`."""
        address = (await self._allowed(target.host, target.port))[0]
        return aiomqtt.Client(
            address,
            target.port,
            username=target.user or None,
            password=target.password or None,
            identifier=name,
            will=will,
            keepalive=_KEEPALIVE_S,
            timeout=self._timeout_s,
            tls_context=await asyncio.to_thread(_context, target) if target.tls else None,
        )


class _Named(ssl.SSLContext):
    """Checks the certificate against the name, although the address is what was connected to; and closes what it does
    not trust, which paho leaves open."""

    visavis_name: str

    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:  # noqa: ANN401  # the library's own signature
        made = super().wrap_socket(*args, **(options | {"server_hostname": self.visavis_name}))
        try:
            made.do_handshake()
        except OSError:
            made.close()
            raise
        return made


def _context(target: MqttTarget) -> ssl.SSLContext:
    """Raises `ValueInvalid` for an authority that is not one."""
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.visavis_name = target.host
    try:
        if target.authority:
            context.load_verify_locations(cadata=target.authority)
        else:
            context.load_default_certs()
    except (ssl.SSLError, ValueError, TypeError) as error:  # TypeError: not ASCII
        raise ValueInvalid("The authority of a broker is a certificate in PEM form.") from error
    return context


async def _said(client: aiomqtt.Client, messages: Sequence[Publication]) -> None:
    """Each waits for its acknowledgement, so that they arrive in order."""
    for one in messages:
        await client.publish(one.topic, one.payload, qos=_QOS, retain=one.retain)


def _why(error: BaseException) -> str:
    """Without anything that was sent."""
    text = str(error) or type(error).__name__
    return f"the broker does not take it: {text}"[:300]

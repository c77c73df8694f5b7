"""Channels and what is sent through them, of one tenant, as a unit of work sees them; and what sends it."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from visavis.application.ports.webhooks import Answer
from visavis.domain.alert import AlertId, ChannelId, RuleId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import AppriseTarget, Channel, Dispatch, DispatchId, MqttTarget, PublishedCamera

Addresses: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host and port that something may be sent to. Raises `ValueInvalid` if one of them may not be sent
to, `OSError` if there are none."""


class Channels(Protocol):
    async def add(self, channel: Channel) -> None:
        """What it leads to is kept encrypted. Raises `AlreadyExists` if the tenant has a channel of this name."""
        ...

    async def get(self, channel_id: ChannelId) -> Channel:
        """Raises `ChannelNotFound`."""
        ...

    async def all(self) -> list[Channel]:
        """By name."""
        ...

    async def replace(self, channel: Channel) -> None:
        """Everything but its cursor. Raises `ChannelNotFound`, `AlreadyExists`."""
        ...

    async def remove(self, channel_id: ChannelId) -> None:
        """With its messages. Raises `ChannelNotFound`."""
        ...

    async def hold(self, channel_id: ChannelId, holder: uuid.UUID, *, now: datetime, until: datetime) -> bool:
        """Whether this holder alone may speak to the broker until then: nobody else holds it at this moment."""
        ...

    async def advance(self, channel_id: ChannelId, cursor: int, cameras: Sequence[PublishedCamera]) -> None:
        """How far the log was published, and what was told about cameras, together."""
        ...

    async def cameras(self, channel_id: ChannelId) -> list[PublishedCamera]: ...

    async def forget_cameras(self, channel_id: ChannelId, cameras: Sequence[PublishedCamera]) -> None:
        """They were taken back."""
        ...

    async def put(self, dispatches: Sequence[Dispatch]) -> None:
        """New or changed ones. Those of channels that are gone are left out."""
        ...

    async def dispatch(self, dispatch_id: DispatchId) -> Dispatch:
        """Raises `DeliveryNotFound`."""
        ...

    async def due(
        self,
        state: DispatchState,
        now: datetime,
        *,
        channel_id: ChannelId | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        """Those in this state whose time has come, of enabled channels, the oldest first."""
        ...

    async def dispatches(
        self,
        *,
        alert_id: AlertId | None = None,
        channel_id: ChannelId | None = None,
        summary_id: DispatchId | None = None,
        state: DispatchState | None = None,
        limit: int = 100,
    ) -> list[Dispatch]:
        """The latest first."""
        ...

    async def sent(self, rule_id: RuleId, since: datetime) -> int:
        """How many alerts of a rule got messages of their own since then, whatever became of them."""
        ...

    async def purge(self, finished_before: datetime) -> int:
        """Removes messages that ended before this time; how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An encoded picture."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a messenger shows. `level` is a severity."""

    title: str
    text: str
    level: str
    picture: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A message to a broker. An empty retained one takes back what was retained in the topic."""

    topic: str
    payload: bytes
    retain: bool = False


class Messengers(Protocol):
    async def check(self, target: AppriseTarget) -> None:
        """Raises `ValueInvalid` for an address that nothing may be sent to, or that is not understood."""
        ...

    async def send(self, target: AppriseTarget, note: Note) -> Answer:
        """Once. Whatever goes wrong is told in the answer, without secrets; `status` is 200 for success."""
        ...


class Brokers(Protocol):
    async def check(self, target: MqttTarget) -> None:
        """Raises `ValueInvalid` for a host that nothing may be sent to."""
        ...

    async def publish(
        self, channel_id: ChannelId, target: MqttTarget, messages: Sequence[Publication], *, status: str
    ) -> Answer:
        """All of them, in order, each acknowledged (QoS 1); `status` is 200 for success. The connection stays, and
        while it does the retained topic `status` says "online"; when it breaks, the broker says "offline" there."""
        ...

    async def once(self, target: MqttTarget, messages: Sequence[Publication]) -> Answer:
        """Over a connection of its own, which ends."""
        ...

    async def leave(self, channel_id: ChannelId) -> None:
        """Ends the connection of a channel, if there is one."""
        ...

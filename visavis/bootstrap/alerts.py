"""The use cases of one caller that concern alerts: rules, channels, and what they told."""

import base64
from collections.abc import Sequence
from importlib.util import find_spec

from visavis.adapters.system.clock import SystemClock
from visavis.application.alerts.board import AlertBoard
from visavis.application.alerts.bulletin import Bulletin
from visavis.application.alerts.channels import AlertChannels
from visavis.application.alerts.deliver import Outlets
from visavis.application.alerts.rules import AlertRules
from visavis.application.alerts.words import note
from visavis.application.ports.channels import Brokers, Messengers, Note, Publication
from visavis.application.ports.webhooks import Answer
from visavis.bootstrap.caller import Caller
from visavis.bootstrap.desk import sender
from visavis.domain.alert import ChannelId
from visavis.domain.channel import AppriseTarget, MqttTarget
from visavis.domain.errors import DependencyMissing
from visavis.settings import Settings
from visavis.wire.alert_notes import AlertNote
from visavis.wire.alerts import AlertMessage, PictureNote


class Alerting(Caller):
    """What `Platform` inherits."""

    __slots__ = ()

    @property
    def alert_board(self) -> AlertBoard:
        return AlertBoard(store=self.store, tenant=self.tenant, ledger=self.ledger, clock=SystemClock())

    @property
    def alert_rules(self) -> AlertRules:
        return AlertRules(
            store=self.store,
            tenant=self.tenant,
            clock=SystemClock(),
            identifiers=self.identifiers,
            ledger=self.ledger,
        )

    @property
    def alert_channels(self) -> AlertChannels:
        return AlertChannels(
            store=self.store,
            tenant=self.tenant,
            outlets=outlets(self.settings),
            brokers=brokers(self.settings) if has_brokers() else NoBrokers(),
            clock=SystemClock(),
            identifiers=self.identifiers,
            ledger=self.ledger,
        )


class AppriseOnDemand:
    """The library is large, so it is loaded when something is first sent. Implements `Messengers`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def check(self, target: AppriseTarget) -> None:
        await self._loaded().check(target)

    async def send(self, target: AppriseTarget, note: Note) -> Answer:
        try:
            return await self._loaded().send(target, note)
        except DependencyMissing as error:
            return Answer(status=None, error=error.message)

    def _loaded(self) -> Messengers:
        """Raises `DependencyMissing`."""
        _require("apprise")
        from visavis.adapters.apprise.messengers import AppriseMessengers

        return AppriseMessengers(Reach(self._settings), timeout_s=self._settings.webhooks.timeout_s)


class NoBrokers:
    """Implements `Brokers` where the library for them is not installed: says so."""

    async def check(self, target: MqttTarget) -> None:  # noqa: ARG002
        _require("aiomqtt")

    async def publish(
        self,
        channel_id: ChannelId,  # noqa: ARG002
        target: MqttTarget,
        messages: Sequence[Publication],
        *,
        status: str,  # noqa: ARG002
    ) -> Answer:
        return await self.once(target, messages)

    async def once(self, target: MqttTarget, messages: Sequence[Publication]) -> Answer:  # noqa: ARG002
        return Answer(status=None, error="what brokers need is not installed")

    async def leave(self, channel_id: ChannelId) -> None:
        """There is no connection."""


class Reach:
    """Where messages may go: anywhere on the internet, and to the private hosts that the settings name. Implements
    `visavis.application.ports.channels.Addresses`."""

    def __init__(self, settings: Settings) -> None:
        self._private = settings.webhooks.hosts

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        from visavis.adapters.webhooks.addresses import allowed

        return await allowed(host, port, private=self._private)


def outlets(settings: Settings) -> Outlets:
    return Outlets(
        messengers=AppriseOnDemand(settings),
        sender=sender(settings),
        clock=SystemClock(),
        render=alert_body,
    )


def brokers(settings: Settings) -> Brokers:
    """Raises `DependencyMissing`."""
    _require("aiomqtt")
    from visavis.adapters.mqtt.brokers import MqttBrokers

    return MqttBrokers(Reach(settings), timeout_s=settings.webhooks.timeout_s)


def has_brokers() -> bool:
    return find_spec("aiomqtt") is not None


def alert_body(bulletin: Bulletin) -> bytes:
    """What a channel sends about an alert, to endpoints and brokers."""
    shown = note(bulletin)
    picture = bulletin.picture
    named = zip(bulletin.alerts, bulletin.subjects, strict=True)
    message = AlertMessage(
        id=str(bulletin.id),
        event_type=shown.level,
        about="test" if bulletin.is_test else "summary" if bulletin.summary else "alert",
        subject_line=shown.title,
        text=shown.text,
        alerts=tuple(AlertNote.of(alert, name) for alert, name in named),
        count=bulletin.count,
        event_ids=tuple(str(event) for event in bulletin.events),
        picture=PictureNote(media_type=picture.media_type, base64=base64.b64encode(picture.content).decode())
        if picture
        else None,
    )
    return message.line().encode()


def _require(package: str) -> None:
    """Raises `DependencyMissing`."""
    if find_spec(package) is None:
        raise DependencyMissing(
            f"The package {package}, which this kind of channel needs, is not installed.",
            hint="Run: pip install 'visavis[alerts]'",
        )

"""Channels of alerts, and what became of messages."""

from datetime import datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field

from visavis.domain.alert_kinds import DispatchState
from visavis.domain.channel import (
    AppriseTarget,
    Channel,
    ChannelKind,
    Dispatch,
    MqttTarget,
    Target,
    WebhookTarget,
)
from visavis.wire.model import Identifier, Model
from visavis.wire.v1.values import PLAIN, Name, closed

_ADDRESS = r"^[A-Za-z][A-Za-z0-9+.-]*://[!-~]*$"
_TOPIC = r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"


class AppriseWanted(Model):
    """A messenger, e-mail or push service."""

    model_config = closed(kind="apprise", address="ntfys://our-alerts")

    kind: Literal["apprise"]
    address: Annotated[
        str,
        Field(
            min_length=4,
            max_length=2000,
            pattern=_ADDRESS,
            description="As the Apprise library understands it. It is kept encrypted and never shown again.",
        ),
    ]


class WebhookWanted(Model):
    """An endpoint that gets signed messages. The secret is made here and shown once."""

    model_config = closed(kind="webhook", url="https://hooks.example.org/alerts")

    kind: Literal["webhook"]
    url: Annotated[str, Field(min_length=8, max_length=2000, pattern=r"^https?://[!-~]+$")]


class MqttWanted(Model):
    """A broker."""

    model_config = closed(
        kind="mqtt",
        host="broker.example.org",
        user="visavis",
        publish=True,
        discovery="homeassistant",
    )

    kind: Literal["mqtt"]
    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]*$")]
    port: Annotated[int, Field(ge=1, le=65_535)] = 8883
    tls: bool = True
    user: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    password: Annotated[str, Field(max_length=1000, pattern=PLAIN, description="Kept encrypted.")] = ""
    authority: Annotated[
        str, Field(max_length=100_000, description="Certificate in PEM form; empty: those the system trusts.")
    ] = ""
    prefix: Annotated[str, Field(min_length=1, max_length=100, pattern=_TOPIC)] = "visavis"
    publish: Annotated[bool, Field(description="Whether the detection log goes there, too.")] = False
    discovery: Annotated[
        str,
        Field(
            max_length=100,
            pattern=r"^([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$",
            description="Where Home Assistant looks for entities, usually homeassistant; empty: it is told nothing.",
        ),
    ] = ""
    double_take: Annotated[bool, Field(description="Also in the topics of Double Take.")] = False
    off_delay_s: Annotated[int, Field(ge=1, le=3600, description="After which sensors go off.")] = 30


TargetWanted: TypeAlias = Annotated[AppriseWanted | WebhookWanted | MqttWanted, Field(discriminator="kind")]


def target_of(wanted: AppriseWanted | WebhookWanted | MqttWanted, secret: str) -> Target:
    """`secret` signs what an endpoint is sent. Raises `ValueInvalid`."""
    match wanted:
        case AppriseWanted():
            return AppriseTarget(address=wanted.address)
        case WebhookWanted():
            return WebhookTarget(url=wanted.url, secret=secret.encode())
        case MqttWanted():
            return MqttTarget(**wanted.model_dump(exclude={"kind"}))


class ChannelCreate(Model):
    """A new channel."""

    model_config = closed(name="on call", target={"kind": "apprise", "address": "ntfys://our-alerts"})

    name: Name
    target: TargetWanted
    names: Annotated[
        bool,
        Field(description="Whether messages may carry names of subjects, and identifiers that lead to them."),
    ] = False
    pictures: Annotated[bool, Field(description="Whether messages may carry a picture.")] = False
    enabled: bool = True


class ChannelEdit(Model):
    """What to change of a channel; what is left out stays as it is."""

    model_config = closed(enabled=False)

    name: Name | None = None
    target: Annotated[
        TargetWanted | None, Field(description="Where it leads from now on, whole, with its secrets.")
    ] = None
    names: bool | None = None
    pictures: bool | None = None
    enabled: bool | None = None


class ChannelNote(Model):
    """A channel without its secrets."""

    id: Identifier
    name: str
    kind: ChannelKind
    leads_to: str = Field(description="Shortened, so that it tells no secrets.")
    enabled: bool
    names: bool
    pictures: bool
    publishes: bool = Field(description="Whether the detection log goes there, too.")
    created_at: datetime

    @classmethod
    def of(cls, channel: Channel) -> Self:
        return cls(
            id=str(channel.id),
            name=channel.name,
            kind=channel.kind,
            leads_to=channel.target.masked,
            enabled=channel.enabled,
            names=channel.names,
            pictures=channel.pictures,
            publishes=isinstance(channel.target, MqttTarget) and channel.target.publish,
            created_at=channel.created_at,
        )


class ChannelSecret(Model):
    """The only time the secret of a webhook is shown: its UTF-8 bytes are the key of the signatures."""

    channel: ChannelNote
    secret: str | None


class ChannelList(Model):
    channels: tuple[ChannelNote, ...]


class ChannelTest(Model):
    """How a test went."""

    accepted: bool
    status: int | None = Field(description="Of the answer; 200 where there are none.")
    error: str


class DispatchNote(Model):
    """A message about an alert, or a summary of several, on its way through a channel."""

    id: Identifier = Field(description="Sent along with every try: leave out what you got before.")
    channel_id: Identifier
    rule_id: Identifier
    alert_id: Identifier | None = Field(description="Null for a summary.")
    state: DispatchState
    attempts: int
    created_at: datetime
    next_at: datetime
    finished_at: datetime | None
    status: int | None = Field(description="Of the last answer.")
    error: str = Field(description="Why it was not accepted.")
    summary_id: Identifier | None = Field(description="The summary that told of it.")

    @classmethod
    def of(cls, one: Dispatch) -> Self:
        return cls(
            id=str(one.id),
            channel_id=str(one.channel_id),
            rule_id=str(one.rule_id),
            alert_id=str(one.alert_id) if one.alert_id else None,
            state=one.state,
            attempts=one.attempts,
            created_at=one.created_at,
            next_at=one.next_at,
            finished_at=one.finished_at,
            status=one.status,
            error=one.error,
            summary_id=str(one.summary_id) if one.summary_id else None,
        )


class DispatchList(Model):
    deliveries: tuple[DispatchNote, ...]

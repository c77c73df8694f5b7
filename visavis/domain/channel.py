"""How alerts reach people and machines, and what became of each message."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, TypeAlias

from visavis.domain.alert import AlertId, ChannelId, RuleId
from visavis.domain.alert_kinds import DispatchState
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import checked_name

DispatchId = NewType("DispatchId", uuid.UUID)

MOST_ATTEMPTS: Final = 10
"""After so many failed tries, over about three quarters of an hour, a message is given up."""
_TOPIC = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252})")


class ChannelKind(StrEnum):
    APPRISE = "apprise"  #: messengers, e-mail, push: an address as the Apprise library understands it
    WEBHOOK = "webhook"  #: a signed message to an HTTP endpoint
    MQTT = "mqtt"  #: messages to a broker, and Home Assistant


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseTarget:
    """An address such as ntfys://… or mailtos://…; it has passwords and keys in it, so all of it is secret."""

    address: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 4 <= len(self.address) <= 2000 or "://" not in self.address or not self.address.isprintable():
            raise ValueInvalid("The address of a messenger looks like ntfys://topic.")

    @property
    def masked(self) -> str:
        return f"{self.address.partition('://')[0]}://…"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTarget:
    """An endpoint; what it is sent is signed with the secret, as that of webhooks is."""

    url: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")) or len(self.url) > 2000:
            raise ValueInvalid("The address of an endpoint begins with https://.")
        if not self.url.isprintable() or " " in self.url or "@" in self.url.split("/", 3)[2]:
            raise ValueInvalid("The address of an endpoint holds no user name, blanks or control characters.")
        if len(self.secret) < 16:
            raise ValueInvalid("A secret has 16 bytes or more.")

    @property
    def masked(self) -> str:
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}/…"


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttTarget:
    """A broker (MQTT 3.1.1). `publish`: the detection log goes there, too, below `prefix`; `discovery` is the prefix
    under which Home Assistant looks for entities (empty: it is told nothing). `double_take`: also in the topics of
    Double Take. `off_delay_s`: after so many seconds without a face a camera's sensors go off."""

    host: str
    port: int = 8883
    tls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    authority: str = ""  #: PEM; empty: those that the system trusts
    prefix: str = "visavis"
    publish: bool = False
    discovery: str = ""
    double_take: bool = False
    off_delay_s: int = 30

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host) or not 0 < self.port < 2**16:
            raise ValueInvalid("A broker has a host and a port.")
        topics = [self.prefix, *([self.discovery] if self.discovery else [])]
        if any(len(topic) > 100 or not _TOPIC.fullmatch(topic) for topic in topics):
            raise ValueInvalid("A prefix of topics has letters, digits, dashes and slashes between them.")
        if len(self.user) > 200 or len(self.password) > 1000 or len(self.authority) > 100_000:
            raise ValueInvalid("User, password or authority are too long.")
        if not 1 <= self.off_delay_s <= 3600:
            raise ValueInvalid("Sensors go off after 1 to 3,600 seconds.")

    @property
    def masked(self) -> str:
        return f"mqtt{'s' if self.tls else ''}://{self.host}:{self.port}/{self.prefix}"


Target: TypeAlias = AppriseTarget | WebhookTarget | MqttTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where messages go. Without `names` messages say nothing that leads to a subject, but for the identifier in those
    to signed endpoints; without `pictures` they have no picture.

    `cursor` is the sequence of the last event of the detection log that was published there.
    """

    id: ChannelId
    name: str
    target: Target
    created_at: datetime
    enabled: bool = True
    names: bool = False
    pictures: bool = False
    cursor: int = 0

    def __post_init__(self) -> None:
        checked_name(self.name, what="name of a channel")
        if self.created_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    @property
    def kind(self) -> ChannelKind:
        match self.target:
            case AppriseTarget():
                return ChannelKind.APPRISE
            case WebhookTarget():
                return ChannelKind.WEBHOOK
            case MqttTarget():
                return ChannelKind.MQTT


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """One message on its way through one channel: about an alert, or (without one) a summary of those that were held.

    `status` is the last answer (HTTP), `error` what went wrong, without secrets. `summary_id` is the summary that told
    of it. Its identifier goes with every try: whoever gets it twice leaves the second out.
    """

    id: DispatchId
    channel_id: ChannelId
    rule_id: RuleId
    alert_id: AlertId | None
    created_at: datetime
    next_at: datetime
    state: DispatchState = DispatchState.PENDING
    attempts: int = 0
    status: int | None = None
    error: str = ""
    finished_at: datetime | None = None
    summary_id: DispatchId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCamera:
    """What a broker was told about a camera, or (with an empty `source`) about the alerts: its retained topics, to be
    taken back one day, and how many faces were counted there."""

    site: str
    source: str
    topics: tuple[str, ...]
    faces: int = 0

"""What channels send, and alerts at the command line."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self

from pydantic import Field

from visavis.wire.alert_notes import AlertNote
from visavis.wire.model import Document, Model
from visavis.wire.v1.alert_rules import AlertRuleNote
from visavis.wire.v1.channels import ChannelNote, DispatchNote


class PictureNote(Model):
    media_type: str
    base64: str


class AlertMessage(Document):
    """What a channel sends: an alert, a summary of several, or a test."""

    title: ClassVar[str] = "the body of a message about an alert"
    kind: Literal["visavis.alert/1"] = Field(default="visavis.alert/1", alias="schema")
    id: str = Field(description="Of the message, the same for every try: leave out what you got before.")
    event_type: str = Field(description="info, warning or critical")
    about: Literal["alert", "summary", "test"]
    subject_line: str = Field(description="In a few words.")
    text: str = Field(description="In a sentence or more.")
    alerts: tuple[AlertNote, ...] = Field(description="One, those of a summary (at most 20), or none.")
    count: int = Field(description="How often it happened, or how many alerts a summary tells of.")
    event_ids: tuple[str, ...] = Field(description="Of an alert, in the detection log; the latest first.")
    picture: PictureNote | None


class AlertsDocument(Document):
    """Alerts, those that changed last first."""

    title: ClassVar[str] = "alerts list, alerts show, alerts acknowledge, alerts resolve"
    kind: Literal["visavis.alerts/1"] = Field(default="visavis.alerts/1", alias="schema")
    alerts: tuple[AlertNote, ...]

    @classmethod
    def of(cls, notes: Sequence[AlertNote]) -> Self:
        return cls(alerts=tuple(notes))


class AlertRulesDocument(Document):
    """Rules of alerts, by name: all, or the one that was made or changed."""

    title: ClassVar[str] = "alerts rules"
    kind: Literal["visavis.alert-rules/1"] = Field(default="visavis.alert-rules/1", alias="schema")
    rules: tuple[AlertRuleNote, ...]


class AlertRuleRemovedDocument(Document):
    """A rule is gone; its alerts stay."""

    title: ClassVar[str] = "alerts rules remove"
    kind: Literal["visavis.alert-rule-removed/1"] = Field(
        default="visavis.alert-rule-removed/1", alias="schema"
    )
    rule: str


class ChannelsDocument(Document):
    """Channels, by name: all, or the one that was made or changed. `secret` is shown when a webhook is made."""

    title: ClassVar[str] = "alerts channels"
    kind: Literal["visavis.channels/1"] = Field(default="visavis.channels/1", alias="schema")
    channels: tuple[ChannelNote, ...]
    secret: str | None = None


class ChannelRemovedDocument(Document):
    """A channel is gone, with its messages."""

    title: ClassVar[str] = "alerts channels remove"
    kind: Literal["visavis.channel-removed/1"] = Field(default="visavis.channel-removed/1", alias="schema")
    channel: str


class ChannelTestDocument(Document):
    """How a test went."""

    title: ClassVar[str] = "alerts channels test"
    kind: Literal["visavis.channel-test/1"] = Field(default="visavis.channel-test/1", alias="schema")
    channel: str
    at: datetime
    accepted: bool
    status: int | None
    error: str


class DispatchesDocument(Document):
    """Messages of a channel or about an alert, the latest first."""

    title: ClassVar[str] = "alerts channels deliveries"
    kind: Literal["visavis.dispatches/1"] = Field(default="visavis.dispatches/1", alias="schema")
    deliveries: tuple[DispatchNote, ...]

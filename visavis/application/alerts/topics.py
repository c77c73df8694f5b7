"""What a broker is told about events and alerts, and where.

Below the channel's prefix: `status` ("online" or "offline", retained), `alerts` and `alerts/open` (a number, retained),
and for each camera `<site>/<camera>/` with `event` (the line of the log), `last` (who was there last), `known` and
`unknown` ("ON" for a moment), `faces` (how many so far, retained).
"""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from visavis.application.ports.channels import Publication
from visavis.domain.channel import Channel, MqttTarget
from visavis.domain.decision import Outcome
from visavis.domain.event import Event

_UNFIT = re.compile(r"[^A-Za-z0-9_-]")
_FRESH: Final = timedelta(minutes=1)
"""Whoever was seen longer ago is not there now, so that presence is not told."""
_STATES: Final = {
    Outcome.MATCH: "known",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.NON_MATCH: "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraTopics:
    """The topics of one camera of a channel."""

    base: str
    node: str  #: fit for discovery: letters, digits, underscores and dashes

    @classmethod
    def of(cls, prefix: str, site: str, source: str) -> "CameraTopics":
        place, camera = level(site or "site"), level(source or "none")
        return cls(base=f"{prefix}/{place}/{camera}", node=f"{level(prefix)}_{place}_{camera}")

    @property
    def event(self) -> str:
        return f"{self.base}/event"

    @property
    def last(self) -> str:
        return f"{self.base}/last"

    @property
    def known(self) -> str:
        return f"{self.base}/known"

    @property
    def unknown(self) -> str:
        return f"{self.base}/unknown"

    @property
    def faces(self) -> str:
        return f"{self.base}/faces"


def status_topic(target: MqttTarget) -> str:
    return f"{target.prefix}/status"


def alerts_topic(target: MqttTarget) -> str:
    return f"{target.prefix}/alerts"


def open_topic(target: MqttTarget) -> str:
    return f"{target.prefix}/alerts/open"


def level(text: str) -> str:
    """A level of a topic. What had to be changed ends with a digest, so that different texts stay different."""
    fit = _UNFIT.sub("-", text)
    return fit if fit == text else f"{fit[:60]}-{sha256(text.encode()).hexdigest()[:8]}"


def masked(channel: Channel, event: Event) -> Event:
    """Without what leads to a subject, unless the channel may say it."""
    return event if channel.names else replace(event, subject_id=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An event on its way to a broker: as the document that webhooks get, its subject's name if that may be said, and
    the faces counted at its camera."""

    event: Event
    document: bytes
    name: str | None
    faces: int


def sighting(channel: Channel, target: MqttTarget, one: Sighting, now: datetime) -> list[Publication]:
    """What `last` says is not retained if it leads to a subject: nobody could take it back when that is erased."""
    event = one.event
    topics = CameraTopics.of(target.prefix, event.site, event.source)
    messages = [Publication(topic=topics.event, payload=one.document)]
    if event.outcome is None:
        return messages
    messages += [
        Publication(topic=topics.last, payload=_last(one), retain=not channel.names),
        Publication(topic=topics.faces, payload=str(one.faces).encode(), retain=True),
    ]
    if now - event.ended_at <= _FRESH and event.outcome is not Outcome.INCONCLUSIVE:
        topic = topics.known if event.outcome is Outcome.MATCH else topics.unknown
        messages.append(Publication(topic=topic, payload=b"ON"))
    return messages


def _last(one: Sighting) -> bytes:
    event = one.event
    state = one.name or (_STATES[event.outcome] if event.outcome else "rejected")
    fields: dict[str, str | float | None] = {
        "state": state,
        "outcome": event.outcome.value if event.outcome else None,
        "gallery": event.gallery,
        "zone": event.zone,
        "first_seen": event.captured_at.isoformat(),
        "last_seen": event.ended_at.isoformat(),
        "score": None if event.score is None else round(event.score, 4),
    }
    if one.name is not None:
        fields["subject"] = one.name
    return json.dumps(fields).encode()

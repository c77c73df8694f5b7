"""Where events are sent to, and what became of each."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventKind

WebhookId = NewType("WebhookId", uuid.UUID)
DeliveryId = NewType("DeliveryId", uuid.UUID)

PATIENCE: Final = timedelta(hours=24)
"""How long a delivery is tried again before it is given up."""
REPLAY_WINDOW_S: Final = 300
"""Receivers refuse signatures older than this many seconds."""
_FIRST_RETRY_S: Final = 5.0
_LONGEST_RETRY_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFilter:
    """Which events are sent; an empty set means any. `galleries` are names."""

    kinds: frozenset[EventKind] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    galleries: frozenset[str] = frozenset()

    def takes(self, event: Event) -> bool:
        return (
            (not self.kinds or event.kind in self.kinds)
            and (not self.outcomes or event.outcome in self.outcomes)
            and (not self.galleries or event.gallery in self.galleries)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An endpoint. `cursor` is the sequence of the last event that was looked at for it.

    The secret signs what is sent; it is shown when the webhook is made, and never again.
    """

    id: WebhookId
    url: str
    secret: bytes = field(repr=False)
    wanted: WebhookFilter
    created_at: datetime
    active: bool = True
    description: str = ""
    cursor: int = 0

    def __post_init__(self) -> None:
        if not self.url.startswith(("https://", "http://")) or len(self.url) > 2000:
            raise ValueInvalid("A webhook has an https:// address of at most 2,000 characters.")
        if not self.url.isprintable() or " " in self.url or "@" in self.url.split("/", 3)[2]:
            raise ValueInvalid("The address of a webhook holds no user name, blanks or control characters.")
        if len(self.secret) < 16 or len(self.description) > 500 or self.created_at.tzinfo is None:
            raise ValueInvalid("A webhook has a secret of 16 bytes or more and a short description.")


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  #: given up; can be sent again by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook. `status` is the last answer (HTTP), `error` why there was none."""

    id: DeliveryId
    webhook_id: WebhookId
    event_id: uuid.UUID
    event_sequence: int
    created_at: datetime
    next_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    status: int | None = None
    error: str = ""
    finished_at: datetime | None = None


def signature(secret: bytes, body: bytes, at: datetime) -> str:
    """The header `Visavis-Signature`: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "t.body">.

    The time is signed, too, so that an old message cannot be sent again with a new time.
    """
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def signature_holds(secret: bytes, body: bytes, header: str, now: datetime) -> bool:
    """What a receiver checks: the signature is ours, and not older than the replay window."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    stamp = fields.get("t", "")
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > REPLAY_WINDOW_S:
        return False
    expected = hmac.new(secret, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, fields.get("v1", ""))


def retry_after_s(attempts: int, chance: float) -> float:
    """Seconds until the next attempt after `attempts` failed ones: doubling from 5 s to an hour.

    `chance` 0..1 spreads the retries of many deliveries over half to all of that time (equal jitter).
    """
    longest = min(_FIRST_RETRY_S * 2.0 ** (attempts - 1), _LONGEST_RETRY_S)
    return float(longest * (0.5 + 0.5 * chance))

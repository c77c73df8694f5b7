"""Agents that are managed from here: invited, enrolled, configured, heard of, revoked."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NewType

from visavis.domain.access import Actor, Permission
from visavis.domain.account import ApiKeyId
from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import checked_name

AgentId = NewType("AgentId", uuid.UUID)
InvitationId = NewType("InvitationId", uuid.UUID)

AGENT_PERMISSIONS: Final = frozenset({Permission.TRACKS_REPORT, Permission.GALLERIES_READ})
"""What the key of an agent may do: say what its cameras saw, and ask what its galleries are like."""

MISSED: Final = 3  #: so many reports in a row must be missing before an agent is called silent

_SEALING_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an agent is let in with, once. The token itself is known to nobody here.

    `galleries` are the names of those that it may use; `None` for all that `invited_by` may.
    """

    id: InvitationId
    name: str
    galleries: frozenset[str] | None
    invited_by: Actor
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_agent_name(self.name)
        if self.galleries is not None and not self.galleries:
            raise ValueInvalid("An agent that is limited to galleries may use at least one.")
        if self.created_at.tzinfo is None or self.expires_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A device that reports what its cameras see.

    `sealing_key` is the public half of an X25519 key that the device made when it enrolled; copies of galleries
    are encrypted for it. Of its configurations, `desired` is the version that it ought to have, `applied` the one
    that it says it has, `failed` the one that it could not apply, and `failure` says why; 0 is none. `health` is
    the JSON text that it sent last, at `reported_at` by the clock of this server.
    """

    id: AgentId
    name: str
    key_id: ApiKeyId
    galleries: frozenset[str] | None
    invited_by: Actor
    enrolled_at: datetime
    sealing_key: bytes = field(repr=False)
    desired: int = 0
    applied: int = 0
    failed: int = 0
    failure: str = ""
    health: str = ""
    reported_at: datetime | None = None

    def __post_init__(self) -> None:
        checked_agent_name(self.name)
        if len(self.sealing_key) != _SEALING_KEY_BYTES:
            raise ValueInvalid("A sealing key is an X25519 public key of 32 bytes.")
        if min(self.desired, self.applied, self.failed) < 0:
            raise ValueInvalid("Versions of a configuration count up from 1.")
        if len(self.failure) > 500:
            raise ValueInvalid("Why a configuration failed is told in 500 characters.")
        if self.enrolled_at.tzinfo is None:
            raise ValueInvalid("A time needs a time zone.")

    def is_silent(self, now: datetime, interval_s: float) -> bool:
        """Whether nothing was heard for more than three intervals; of a new agent, since it enrolled."""
        last = self.reported_at or self.enrolled_at
        return now - last > timedelta(seconds=MISSED * interval_s)

    def may_use(self, gallery: str) -> bool:
        return self.galleries is None or gallery in self.galleries


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationSummary:
    """One version without its content. `copy_of` is the version whose content it brings back, 0 for none."""

    version: int
    created_at: datetime
    created_by: Actor
    copy_of: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.copy_of < self.version:
            raise ValueInvalid("A version of a configuration can only bring back an earlier one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an agent is to do. A version is never changed; `workload` is JSON text and may hold passwords."""

    agent_id: AgentId
    summary: ConfigurationSummary
    workload: str = field(repr=False)


def checked_agent_name(name: str) -> str:
    """Raises `ValueInvalid`."""
    return checked_name(name, what="agent name")

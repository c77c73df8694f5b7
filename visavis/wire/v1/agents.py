"""Agents that are managed from the server: enrolment, configuration, health, model packs, copies of galleries."""

import base64
import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_serializer

from visavis.domain.agent import Agent, ConfigurationSummary, Invitation
from visavis.domain.errors import ValueInvalid
from visavis.wire.edge import Workload
from visavis.wire.edge_health import AgentHealth
from visavis.wire.masking import masked
from visavis.wire.model import Document, Identifier, Model
from visavis.wire.v1.pages import Page
from visavis.wire.v1.values import PLAIN, Moment, Name, closed

Version = Annotated[int, Field(ge=0, le=2_147_483_647)]
Base64Key = Annotated[str, Field(min_length=44, max_length=44, pattern=r"^[A-Za-z0-9+/]{43}=$")]


class InvitationCreate(Model):
    """Whom to expect."""

    model_config = closed(name="gate-north", galleries=["staff"], hours=24)

    name: Name = Field(description="The agent's, unique.")
    galleries: Annotated[tuple[Name, ...] | None, Field(min_length=1, max_length=100)] = Field(
        default=None, description="Those it may use; null: all that the caller may."
    )
    hours: float = Field(default=24.0, gt=0.0, le=720.0, description="How long the token can be used.")


class InvitationIssued(Model):
    """The token is shown this once, and lets one device in."""

    id: Identifier
    name: str
    galleries: tuple[str, ...] | None
    expires_at: datetime
    token: str = Field(description="For `visavis edge --enrol TOKEN --server URL` on the device.")

    @classmethod
    def of(cls, invitation: Invitation, token: str) -> Self:
        return cls(
            id=str(invitation.id),
            name=invitation.name,
            galleries=_sorted(invitation.galleries),
            expires_at=invitation.expires_at,
            token=token,
        )


class EnrolRequest(Model):
    """What a device sends, once."""

    model_config = closed(
        token="va_the-token-that-an-administrator-made",  # noqa: S106 (an example)
        sealing_key="hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=",
    )

    token: SecretStr = Field(min_length=1, max_length=200)
    sealing_key: Base64Key = Field(
        description="Public half of the device's X25519 key, base64: copies of galleries are encrypted for it."
    )

    @field_serializer("token", when_used="json")
    def _sent(self, token: SecretStr) -> str:
        """In a request it is told; whoever prints the model sees it masked."""
        return token.get_secret_value()

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of it."""
        return base64.b64decode(self.sealing_key)


class AgentEnrolled(Model):
    """What a device keeps. Its key is shown this once."""

    agent_id: Identifier
    name: str
    galleries: tuple[str, ...] | None = Field(description="Those it may use; null: all.")
    key: str = Field(description="API key of the agent.")
    signing_key: str = Field(
        description="Ed25519 public key of the server, base64: the device trusts only what is signed with it."
    )


class SignedNote(Model):
    """A text and who vouches for it."""

    text: str = Field(description="JSON, exactly as it was signed.")
    signature: str = Field(description="Ed25519 over the UTF-8 bytes of the text, base64.")


class Instructions(Document):
    """The text of a signed configuration."""

    title: ClassVar[str] = "The configuration of an agent, as it is signed"
    kind: Literal["visavis.agent-configuration/1"] = Field(
        default="visavis.agent-configuration/1", alias="schema"
    )
    agent: Identifier
    version: Version
    issued_at: Moment
    workload: Workload


class AgentInstructions(Model):
    """`configuration` is null where nothing is newer than what the agent has."""

    configuration: SignedNote | None
    poll_s: float = Field(description="So often the agent asks and reports.")


class CopyState(Model):
    """A copy of a gallery on a device."""

    gallery: Name
    version: int = Field(ge=0, le=2**63 - 1, description="The change of the gallery that it contained last.")
    as_of: Moment
    subjects: int = Field(ge=0, le=100_000_000)


class AgentReport(Model):
    """What an agent says of itself, every `poll_s` seconds."""

    model_config = closed(
        applied=3,
        failed=0,
        failure="",
        health={
            "schema": "visavis.edge-health/1",
            "version": "0.1.0",
            "started_at": "2026-03-02T08:00:00Z",
            "at": "2026-03-02T08:15:31Z",
            "split": "templates",
            "gallery": "staff",
            "pack": "standard",
            "detector": "yunet",
        },
    )

    applied: Version = Field(default=0, description="The version of its configuration that it runs; 0: none.")
    failed: Version = Field(default=0, description="The version that it could not apply; 0: none.")
    failure: str = Field(default="", max_length=500, pattern=PLAIN, description="Why it could not.")
    health: AgentHealth
    copies: tuple[CopyState, ...] = Field(default=(), max_length=100)
    temperature_c: float | None = Field(default=None, ge=-100, le=200, description="Of the processor.")
    clock_ahead_s: float | None = Field(
        default=None, ge=-1e9, le=1e9, description="Of the device's clock before the server's."
    )


class ReportReceived(Model):
    """What the server says to that."""

    server_time: datetime
    desired: int = Field(description="The version that the agent ought to have.")
    poll_s: float


class AgentState(StrEnum):
    UP = "up"
    SILENT = "silent"  #: nothing was heard for more than three intervals


class AgentEntry(Model):
    """An agent, what it ought to run and what it runs, and how it is."""

    id: Identifier
    name: str
    state: AgentState
    galleries: tuple[str, ...] | None = Field(description="Those it may use; null: all.")
    enrolled_at: datetime
    desired: int = Field(description="Version of the configuration that it ought to have; 0: none was made.")
    applied: int = Field(description="The one that it runs; 0: none.")
    failed: int = Field(description="The one that it could not apply; 0: none.")
    failure: str = Field(description="Why it could not.")
    reported_at: datetime | None
    report: AgentReport | None = Field(description="What it said then.")

    @classmethod
    def of(cls, agent: Agent, now: datetime, interval_s: float) -> Self:
        return cls(
            id=str(agent.id),
            name=agent.name,
            state=AgentState.SILENT if agent.is_silent(now, interval_s) else AgentState.UP,
            galleries=_sorted(agent.galleries),
            enrolled_at=agent.enrolled_at,
            desired=agent.desired,
            applied=agent.applied,
            failed=agent.failed,
            failure=agent.failure,
            reported_at=agent.reported_at,
            report=report_of(agent),
        )


class AgentList(Page):
    agents: tuple[AgentEntry, ...]


class VersionNote(Model):
    """A version of an agent's configuration."""

    version: int
    created_at: datetime
    created_by: str = Field(description="Kind and identifier of whoever made it.")
    copy_of: int = Field(description="The earlier version that it brings back; 0: none.")

    @classmethod
    def of(cls, summary: ConfigurationSummary) -> Self:
        return cls(
            version=summary.version,
            created_at=summary.created_at,
            created_by=str(summary.created_by),
            copy_of=summary.copy_of,
        )


class AgentDetail(AgentEntry):
    """With what it ought to do; passwords in addresses are masked."""

    workload: Workload | None
    versions: tuple[VersionNote, ...] = Field(description="The latest first.")

    @classmethod
    def with_versions(
        cls, entry: AgentEntry, workload: Workload | None, versions: tuple[VersionNote, ...]
    ) -> Self:
        fields = {name: getattr(entry, name) for name in AgentEntry.model_fields}
        return cls(**fields, workload=masked(workload) if workload else None, versions=versions)


class RollbackRequest(Model):
    """Which version to bring back."""

    model_config = closed(version=2)

    version: Version = Field(default=0, description="0: the one before the desired one.")


def workload_of(text: str) -> Workload:
    """Raises `ValueInvalid` for one that this version does not understand."""
    try:
        return Workload.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        raise ValueInvalid("This configuration is of another version of Visavis.") from error


def report_of(agent: Agent) -> AgentReport | None:
    """What it said last, as far as this version understands it."""
    if not agent.health:
        return None
    try:
        return AgentReport.model_validate_json(agent.health)
    except ValidationError:
        return None


def _sorted(galleries: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if galleries is None else tuple(sorted(galleries))

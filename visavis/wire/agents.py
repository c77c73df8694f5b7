"""Agents at the command line."""

from typing import ClassVar, Literal

from pydantic import Field

from visavis.wire.model import Document, Identifier
from visavis.wire.v1.agents import AgentDetail, AgentEntry, InvitationIssued


class AgentInvitedDocument(Document):
    """The token is shown this once."""

    title: ClassVar[str] = "agents invite"
    kind: Literal["visavis.agent-invited/1"] = Field(default="visavis.agent-invited/1", alias="schema")
    invitation: InvitationIssued


class AgentsDocument(Document):
    """Agents by name, with what they said of themselves last."""

    title: ClassVar[str] = "agents list"
    kind: Literal["visavis.agents/1"] = Field(default="visavis.agents/1", alias="schema")
    agents: tuple[AgentEntry, ...]


class AgentDocument(Document):
    """An agent with its configuration; passwords of cameras are masked."""

    title: ClassVar[str] = "agents show, agents configure, agents rollback"
    kind: Literal["visavis.agent/1"] = Field(default="visavis.agent/1", alias="schema")
    agent: AgentDetail


class AgentRevokedDocument(Document):
    """Its key is refused from now on."""

    title: ClassVar[str] = "agents revoke"
    kind: Literal["visavis.agent-revoked/1"] = Field(default="visavis.agent-revoked/1", alias="schema")
    agent: str = Field(description="Its name.")
    id: Identifier

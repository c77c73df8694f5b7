"""Agents, their invitations and their configurations, of one tenant, as a unit of work sees them."""

from datetime import datetime
from typing import Protocol

from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId, Configuration, ConfigurationSummary, Invitation, InvitationId


class Agents(Protocol):
    async def invite(self, invitation: Invitation, digest: bytes) -> None:
        """`digest` is that of the token (SHA-256)."""
        ...

    async def use(self, invitation_id: InvitationId, at: datetime) -> bool:
        """Uses an invitation up; whether it could be used: it is there, was not used and has not expired."""
        ...

    async def forget_invitations(self, expired_before: datetime) -> int:
        """Used ones, too; how many there were."""
        ...

    async def add(self, agent: Agent) -> None:
        """Raises `AlreadyExists` if an agent has this name."""
        ...

    async def get(self, agent_id: AgentId) -> Agent:
        """Raises `AgentNotFound`."""
        ...

    async def by_name(self, name: str) -> Agent:
        """Raises `AgentNotFound`."""
        ...

    async def of_key(self, key_id: ApiKeyId) -> Agent:
        """Raises `AgentNotFound`."""
        ...

    async def page(self, *, after: str = "", limit: int = 100) -> list[Agent]:
        """By name, after the name `after`."""
        ...

    async def report(self, agent: Agent) -> None:
        """What it applied, what failed, its health, and when it said so; nothing else changes. Does nothing for an
        agent that is gone."""
        ...

    async def remove(self, agent_id: AgentId) -> None:
        """With its configurations. Raises `AgentNotFound`."""
        ...

    async def configure(self, configuration: Configuration) -> None:
        """Adds a version, encrypted, which becomes the desired one.

        Raises `AgentNotFound`, or `PreconditionFailed` unless its number follows that of the desired version.
        """
        ...

    async def configuration(self, agent_id: AgentId, version: int) -> Configuration:
        """Raises `ConfigurationNotFound`."""
        ...

    async def versions(self, agent_id: AgentId, *, limit: int = 50) -> list[ConfigurationSummary]:
        """The latest first."""
        ...

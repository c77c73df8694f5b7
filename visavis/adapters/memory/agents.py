"""Agents in memory."""

from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId, Configuration, ConfigurationSummary, Invitation, InvitationId
from visavis.domain.errors import AgentNotFound, AlreadyExists, ConfigurationNotFound, PreconditionFailed


class MemoryAgents:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def invite(self, invitation: Invitation, digest: bytes) -> None:
        (await self._work.write()).agents.invitations[digest] = invitation

    async def use(self, invitation_id: InvitationId, at: datetime) -> bool:
        tables = (await self._work.write()).agents
        for digest, one in tables.invitations.items():
            if one.id == invitation_id and one.used_at is None and at < one.expires_at:
                tables.invitations[digest] = replace(one, used_at=at)
                return True
        return False

    async def forget_invitations(self, expired_before: datetime) -> int:
        tables = (await self._work.write()).agents
        old = [digest for digest, one in tables.invitations.items() if one.expires_at < expired_before]
        for digest in old:
            del tables.invitations[digest]
        return len(old)

    async def add(self, agent: Agent) -> None:
        tables = (await self._work.write()).agents
        if any(one.name == agent.name for one in tables.agents.values()):
            raise AlreadyExists(f"There is an agent {agent.name!r} already.")
        tables.agents[agent.id] = agent

    async def get(self, agent_id: AgentId) -> Agent:
        agents = self._work.read().agents.agents
        if agent_id not in agents:
            raise AgentNotFound
        return agents[agent_id]

    async def by_name(self, name: str) -> Agent:
        found = next((one for one in self._all() if one.name == name), None)
        if found is None:
            raise AgentNotFound(f"There is no agent {name!r}.")
        return found

    async def of_key(self, key_id: ApiKeyId) -> Agent:
        found = next((one for one in self._all() if one.key_id == key_id), None)
        if found is None:
            raise AgentNotFound
        return found

    async def page(self, *, after: str = "", limit: int = 100) -> list[Agent]:
        return [one for one in sorted(self._all(), key=lambda one: one.name) if one.name > after][:limit]

    async def report(self, agent: Agent) -> None:
        tables = (await self._work.write()).agents
        before = tables.agents.get(agent.id)
        if before is not None:
            tables.agents[agent.id] = replace(
                before,
                applied=agent.applied,
                failed=agent.failed,
                failure=agent.failure,
                health=agent.health,
                reported_at=agent.reported_at,
            )

    async def remove(self, agent_id: AgentId) -> None:
        tables = (await self._work.write()).agents
        await self.get(agent_id)
        del tables.agents[agent_id]
        tables.configurations.pop(agent_id, None)

    async def configure(self, configuration: Configuration) -> None:
        tables = (await self._work.write()).agents
        before = await self.get(configuration.agent_id)
        version = configuration.summary.version
        if version != before.desired + 1:
            raise PreconditionFailed
        tables.agents[before.id] = replace(before, desired=version)
        tables.configurations[before.id] = (*tables.configurations.get(before.id, ()), configuration)

    async def configuration(self, agent_id: AgentId, version: int) -> Configuration:
        known = self._work.read().agents.configurations.get(agent_id, ())
        found = next((one for one in known if one.summary.version == version), None)
        if found is None:
            raise ConfigurationNotFound
        return found

    async def versions(self, agent_id: AgentId, *, limit: int = 50) -> list[ConfigurationSummary]:
        known = self._work.read().agents.configurations.get(agent_id, ())
        return [one.summary for one in reversed(known)][:limit]

    def _all(self) -> list[Agent]:
        return list(self._work.read().agents.agents.values())

"""What one tenant keeps of its agents, in dictionaries."""

from dataclasses import dataclass, field

from visavis.domain.agent import Agent, AgentId, Configuration, Invitation


@dataclass(slots=True, kw_only=True)
class AgentTables:
    """Invitations by the digest of their token; configurations in the order of their versions."""

    invitations: dict[bytes, Invitation] = field(default_factory=dict)
    agents: dict[AgentId, Agent] = field(default_factory=dict)
    configurations: dict[AgentId, tuple[Configuration, ...]] = field(default_factory=dict)

    def copy(self) -> "AgentTables":
        return AgentTables(
            invitations=dict(self.invitations),
            agents=dict(self.agents),
            configurations=dict(self.configurations),
        )

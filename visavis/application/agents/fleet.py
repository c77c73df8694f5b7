"""The agents of a tenant: looked at, configured, heard of, revoked."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from visavis.application.access.api_keys import revoke_made_by
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.signing import Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.access import Principal
from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId, Configuration, ConfigurationSummary
from visavis.domain.audit import Action, canonical_time
from visavis.domain.errors import (
    AccountNotFound,
    AgentNotFound,
    KeyUnavailable,
    NotPermitted,
    PreconditionFailed,
    ValueInvalid,
)

CONFIGURATION_SCHEMA: Final = "visavis.agent-configuration/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an agent is to do, as JSON text, and the galleries that it names."""

    workload: str
    galleries: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an agent says of itself: versions of its configuration, and its health as JSON text."""

    applied: int
    failed: int
    failure: str
    health: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedText:
    """A text and the tenant's Ed25519 signature over its UTF-8 bytes."""

    text: str
    signature: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The agents of one tenant that `by` may see: those that are limited to its own galleries."""

    store: Store
    by: Principal
    ledger: Ledger
    clock: Clock
    signer: Signer | None

    async def page(self, *, after: str = "", limit: int = 100) -> list[Agent]:
        """By name."""
        found: list[Agent] = []
        async with self.store.transaction(self.by.tenant) as work:
            while len(found) < limit:
                part = await work.agents.page(after=after, limit=limit)
                found += [one for one in part if self._is_visible(one)]
                if len(part) < limit:
                    break
                after = part[-1].name
        return found[:limit]

    async def get(self, agent_id: AgentId) -> Agent:
        """Raises `AgentNotFound`."""
        async with self.store.transaction(self.by.tenant) as work:
            return await self._visible(work, agent_id)

    async def by_name(self, name: str) -> Agent:
        """Raises `AgentNotFound`."""
        async with self.store.transaction(self.by.tenant) as work:
            return await self._visible(work, (await work.agents.by_name(name)).id)

    async def versions(self, agent_id: AgentId) -> Sequence[ConfigurationSummary]:
        """The latest first."""
        async with self.store.transaction(self.by.tenant) as work:
            await self._visible(work, agent_id)
            return await work.agents.versions(agent_id)

    async def configuration(self, agent_id: AgentId, version: int = 0) -> Configuration:
        """With its passwords: whoever shows it masks them. 0 is the desired one. Raises `ConfigurationNotFound`."""
        async with self.store.transaction(self.by.tenant) as work:
            agent = await self._visible(work, agent_id)
            return await work.agents.configuration(agent_id, version or agent.desired)

    async def configure(self, agent_id: AgentId, content: Content, *, expected: int | None = None) -> Agent:
        """A new version, which the agent fetches within its interval; `expected` is the one that it follows.

        Raises `AgentNotFound`, `NotPermitted` for a gallery that it may not use, `PreconditionFailed` if somebody
        else was faster.
        """
        async with self.store.transaction(self.by.tenant) as work:
            agent = await self._unchanged(work, agent_id, expected)
            beyond = sorted(one for one in content.galleries if not agent.may_use(one))
            if beyond:
                raise NotPermitted("The agent may not use this gallery.", reasons=tuple(beyond))
            return await self._added(work, agent, content.workload)

    async def roll_back(self, agent_id: AgentId, version: int = 0, *, expected: int | None = None) -> Agent:
        """A new version with the content of an earlier one; 0 is the one before.

        Raises `AgentNotFound`, `ConfigurationNotFound`, `ValueInvalid` if that is the desired one, and
        `PreconditionFailed` if somebody else was faster.
        """
        async with self.store.transaction(self.by.tenant) as work:
            agent = await self._unchanged(work, agent_id, expected)
            wanted = version or agent.desired - 1
            if wanted == agent.desired and wanted > 0:
                raise ValueInvalid("This is the version that the agent is to have already.")
            old = await work.agents.configuration(agent_id, wanted)
            return await self._added(work, agent, old.workload, copy_of=wanted)

    async def revoke(self, agent_id: AgentId) -> None:
        """Its key is refused from now on, and its configurations are forgotten. Raises `AgentNotFound`."""
        async with self.store.transaction(self.by.tenant) as work:
            agent = await self._visible(work, agent_id)
            with suppress(AccountNotFound):
                await self._revoke_key(work, agent.key_id)
            await work.agents.remove(agent_id)
            await self.ledger.note(work, Action.AGENT_REVOKED, f"agent:{agent_id}")

    async def report(self, key_id: ApiKeyId, said: Report) -> Agent:
        """Raises `AgentNotFound` for a key that is no agent's."""
        async with self.store.transaction(self.by.tenant) as work:
            agent = await work.agents.of_key(key_id)
            new = replace(
                agent,
                applied=said.applied,
                failed=said.failed,
                failure=said.failure,
                health=said.health,
                reported_at=self.clock.now(),
            )
            await work.agents.report(new)
        return new

    async def own(self, key_id: ApiKeyId) -> Agent:
        """Raises `AgentNotFound` for a key that is no agent's."""
        async with self.store.transaction(self.by.tenant) as work:
            return await work.agents.of_key(key_id)

    async def instructions(self, key_id: ApiKeyId, *, after: int) -> SignedText | None:
        """The desired configuration of this agent if it is later than `after`. Raises `AgentNotFound`."""
        async with self.store.transaction(self.by.tenant) as work:
            agent = await work.agents.of_key(key_id)
            if agent.desired <= after:
                return None
            wanted = await work.agents.configuration(agent.id, agent.desired)
            document = {
                "schema": CONFIGURATION_SCHEMA,
                "agent": str(agent.id),
                "version": wanted.summary.version,
                "issued_at": canonical_time(self.clock.now()),
                "workload": json.loads(wanted.workload),
            }
            return await signed(
                work, self.signer, json.dumps(document, sort_keys=True, separators=(",", ":"))
            )

    async def _added(self, work: UnitOfWork, agent: Agent, workload: str, *, copy_of: int = 0) -> Agent:
        summary = ConfigurationSummary(
            version=agent.desired + 1,
            created_at=self.clock.now(),
            created_by=self.by.actor,
            copy_of=copy_of,
        )
        await work.agents.configure(Configuration(agent_id=agent.id, summary=summary, workload=workload))
        target = f"agent:{agent.id}"
        await self.ledger.note(
            work, Action.AGENT_CONFIGURED, target, version=summary.version, copy_of=copy_of or None
        )
        return replace(agent, desired=summary.version)

    async def _revoke_key(self, work: UnitOfWork, key_id: ApiKeyId) -> None:
        """Raises `AccountNotFound`."""
        now = self.clock.now()
        if await work.accounts.keys.revoke(key_id, now):
            await self.ledger.note(work, Action.KEY_REVOKED, f"key:{key_id}")
        key = await work.accounts.keys.get(key_id)
        await revoke_made_by(work, key.actor, now, self.ledger)

    async def _visible(self, work: UnitOfWork, agent_id: AgentId) -> Agent:
        agent = await work.agents.get(agent_id)
        if not self._is_visible(agent):
            raise AgentNotFound
        return agent

    async def _unchanged(self, work: UnitOfWork, agent_id: AgentId, expected: int | None) -> Agent:
        agent = await self._visible(work, agent_id)
        if expected is not None and agent.desired != expected:
            raise changed_since(agent.desired)
        return agent

    def _is_visible(self, agent: Agent) -> bool:
        mine = self.by.galleries
        return mine is None or (agent.galleries is not None and agent.galleries <= mine)


def changed_since(version: int) -> PreconditionFailed:
    """Whoever wants to change the configuration has not seen this version of it."""
    return PreconditionFailed(f"Version {version} of the configuration was made in the meantime.")


async def signed(work: UnitOfWork, signer: Signer | None, text: str) -> SignedText:
    """Raises `KeyUnavailable`."""
    if signer is None:
        raise KeyUnavailable("Agents need a server with a signing key.")
    signature = await signer.sign(work.signing, text.encode())
    return SignedText(text=text, signature=signature.value, public_key=signature.public_key)

"""What every store promises about agents, their invitations and their configurations."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT
from tests.contract.store_accounts import digest, with_tenants
from visavis.application.ports.directory import AccountStore
from visavis.application.ports.store import Store
from visavis.domain.access import Actor, ActorKind
from visavis.domain.account import ApiKeyId
from visavis.domain.agent import Agent, AgentId, Configuration, ConfigurationSummary, Invitation, InvitationId
from visavis.domain.errors import AgentNotFound, AlreadyExists, ConfigurationNotFound, PreconditionFailed

ADA = Actor(kind=ActorKind.USER, id=str(uuid.UUID(int=5)))


def an_invitation(name: str = "gate", *, galleries: frozenset[str] | None = None) -> Invitation:
    return Invitation(
        id=InvitationId(uuid.uuid4()),
        name=name,
        galleries=galleries,
        invited_by=ADA,
        created_at=START,
        expires_at=START + timedelta(hours=1),
    )


def an_agent(name: str = "gate", *, galleries: frozenset[str] | None = None) -> Agent:
    return Agent(
        id=AgentId(uuid.uuid4()),
        name=name,
        key_id=ApiKeyId(uuid.uuid4()),
        galleries=galleries,
        invited_by=ADA,
        enrolled_at=START,
        sealing_key=uuid.uuid4().bytes * 2,
    )


def a_configuration(agent: Agent, version: int = 1, *, copy_of: int = 0) -> Configuration:
    return Configuration(
        agent_id=agent.id,
        summary=ConfigurationSummary(
            version=version, created_at=START + timedelta(minutes=version), created_by=ADA, copy_of=copy_of
        ),
        workload=f'{{"version": {version}, "note": "Tür"}}',
    )


class InvitationsContract:
    async def test_an_invitation_is_found_by_its_token_and_used_once(self, store: AccountStore) -> None:
        await with_tenants(store)
        invitation = an_invitation(galleries=frozenset({"staff", "Gäste"}))
        async with store.transaction(TENANT) as unit:
            await unit.agents.invite(invitation, digest(1))
        async with store.directory() as directory:
            found = await directory.invitation(digest(1))
            assert await directory.invitation(digest(2)) is None
        assert found is not None
        assert (found.tenant.id, found.invitation) == (TENANT, invitation)

        async def used() -> bool:
            async with store.transaction(TENANT) as unit:
                return await unit.agents.use(invitation.id, START)

        assert sorted(await asyncio.gather(used(), used(), used())) == [False, False, True]
        async with store.directory() as directory:
            found = await directory.invitation(digest(1))
        assert found is not None
        assert found.invitation.used_at == START

    async def test_an_expired_invitation_is_of_no_use_and_forgotten(self, store: Store) -> None:
        invitation = an_invitation()
        async with store.transaction(TENANT) as unit:
            await unit.agents.invite(invitation, digest(1))
            assert not await unit.agents.use(invitation.id, invitation.expires_at)
            assert await unit.agents.forget_invitations(invitation.expires_at) == 0
            assert await unit.agents.forget_invitations(invitation.expires_at + timedelta(seconds=1)) == 1
            assert not await unit.agents.use(invitation.id, START)


class AgentsContract:
    async def test_agents_come_back_as_they_went(self, store: Store) -> None:
        one, two = an_agent("b", galleries=frozenset({"staff"})), an_agent("a")
        async with store.transaction(TENANT) as unit:
            for agent in (one, two):
                await unit.agents.add(agent)
        async with store.transaction(TENANT) as unit:
            assert await unit.agents.get(one.id) == one
            assert await unit.agents.by_name("a") == two
            assert await unit.agents.of_key(one.key_id) == one
            assert await unit.agents.page() == [two, one]
            assert await unit.agents.page(after="a", limit=1) == [one]
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.agents.page() == []
            with pytest.raises(AgentNotFound):
                await unit.agents.get(one.id)

    async def test_a_name_is_an_agents_own(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.agents.add(an_agent())
            with pytest.raises(AlreadyExists):
                await unit.agents.add(an_agent())
            assert len(await unit.agents.page()) == 1

    async def test_a_report_changes_what_it_tells_and_nothing_else(self, store: Store) -> None:
        agent = an_agent()
        said = replace(
            agent,
            name="another",
            desired=9,
            applied=2,
            failed=3,
            failure="why",
            health='{"a": "\\u0000"}',
            reported_at=START + timedelta(hours=1),
        )
        async with store.transaction(TENANT) as unit:
            await unit.agents.add(agent)
            await unit.agents.report(said)
            assert await unit.agents.get(agent.id) == replace(said, name="gate", desired=0)
            await unit.agents.remove(agent.id)
            await unit.agents.report(said)
            assert await unit.agents.page() == []

    async def test_versions_follow_each_other_and_are_never_changed(self, store: Store) -> None:
        agent = an_agent()
        async with store.transaction(TENANT) as unit:
            await unit.agents.add(agent)
            for version in (1, 2):
                await unit.agents.configure(a_configuration(agent, version))
            await unit.agents.configure(a_configuration(agent, 3, copy_of=1))
        async with store.transaction(TENANT) as unit:
            for version in (3, 5):
                with pytest.raises(PreconditionFailed):
                    await unit.agents.configure(a_configuration(agent, version))
            assert (await unit.agents.get(agent.id)).desired == 3
            assert [one.version for one in await unit.agents.versions(agent.id, limit=2)] == [3, 2]
            assert await unit.agents.configuration(agent.id, 1) == a_configuration(agent, 1)
            assert (await unit.agents.configuration(agent.id, 3)).summary.copy_of == 1
            with pytest.raises(ConfigurationNotFound):
                await unit.agents.configuration(agent.id, 4)

    async def test_configurations_go_with_their_agent(self, store: Store) -> None:
        agent = an_agent()
        async with store.transaction(TENANT) as unit:
            await unit.agents.add(agent)
            await unit.agents.configure(a_configuration(agent))
            await unit.agents.remove(agent.id)
            assert await unit.agents.versions(agent.id) == []
            with pytest.raises(ConfigurationNotFound):
                await unit.agents.configuration(agent.id, 1)
            for act in (unit.agents.remove(agent.id), unit.agents.configure(a_configuration(agent))):
                with pytest.raises(AgentNotFound):
                    await act

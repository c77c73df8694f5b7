"""Agents over memory and PostgreSQL."""

import pytest

from tests.contract.making import TENANT
from tests.contract.store_agents import AgentsContract, InvitationsContract, a_configuration, an_agent
from tests.contract.stores import OverMemory, OverPostgres
from visavis.adapters.postgres.store import PostgresStore

pytestmark = pytest.mark.anyio


class AgentStoreContract(InvitationsContract, AgentsContract):
    pass


class TestMemory(OverMemory, AgentStoreContract):
    pass


class TestPostgres(OverPostgres, AgentStoreContract):
    async def test_configurations_are_sealed_and_survive_a_rotation(
        self, store: PostgresStore, migrated_database_url: str
    ) -> None:
        import psycopg

        agent = an_agent()
        async with store.transaction(TENANT) as unit:
            await unit.agents.add(agent)
            await unit.agents.configure(a_configuration(agent))

        async def kept() -> tuple[object, ...]:
            async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
                await connection.execute("SELECT set_config('visavis.tenant', %s, true)", (str(TENANT),))
                query = "SELECT data_key_id, ciphertext FROM agent_configurations"
                row = await (await connection.execute(query)).fetchone()
            assert row is not None
            return tuple(row)

        before = await kept()
        assert b"version" not in bytes(before[1])  # type: ignore[call-overload]
        await store.rotate(TENANT, progress=lambda done, total: None)
        assert (await kept())[0] != before[0]
        async with store.transaction(TENANT) as unit:
            assert await unit.agents.configuration(agent.id, 1) == a_configuration(agent)

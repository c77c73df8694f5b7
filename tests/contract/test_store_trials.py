"""Trials of model packs over memory and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.store_trials import TrialsContract
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.postgres.store import PostgresStore

pytestmark = pytest.mark.anyio


class TestMemory(TrialsContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.postgres
class TestPostgres(TrialsContract):
    @pytest.fixture
    async def store(self, migrated_database_url: str) -> AsyncIterator[PostgresStore]:
        async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
            yield store

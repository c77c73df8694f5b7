"""The stores that contracts run over."""

from collections.abc import AsyncIterator

import pytest

from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.postgres.store import PostgresStore


class OverMemory:
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.postgres
class OverPostgres:
    @pytest.fixture
    async def store(self, migrated_database_url: str) -> AsyncIterator[PostgresStore]:
        async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
            yield store

"""The contracts of accounts over memory and PostgreSQL."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.store_accounts import LockoutsContract, SessionsContract, TenantsContract, UsersContract
from tests.contract.store_keys import ApiKeysContract, RequestsContract
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.postgres.store import PostgresStore

pytestmark = pytest.mark.anyio


class AccountsContract(
    UsersContract, SessionsContract, TenantsContract, LockoutsContract, ApiKeysContract, RequestsContract
):
    """All that an `AccountStore` promises beyond a `Store`."""


class TestMemoryAccounts(AccountsContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


@pytest.mark.postgres
class TestPostgresAccounts(AccountsContract):
    @pytest.fixture
    async def store(self, migrated_database_url: str) -> AsyncIterator[PostgresStore]:
        async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
            yield store

"""The contracts of accounts over memory and PostgreSQL."""

import pytest

from tests.contract.store_accounts import LockoutsContract, SessionsContract, TenantsContract, UsersContract
from tests.contract.store_keys import ApiKeysContract, RequestsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class AccountsContract(
    UsersContract, SessionsContract, TenantsContract, LockoutsContract, ApiKeysContract, RequestsContract
):
    """All that an `AccountStore` promises beyond a `Store`."""


class TestMemoryAccounts(OverMemory, AccountsContract):
    pass


class TestPostgresAccounts(OverPostgres, AccountsContract):
    pass

"""Doors and attendance, in memory and in PostgreSQL."""

import pytest

from tests.contract.store_passages import PassagesContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemoryStore(OverMemory, PassagesContract):
    pass


class TestPostgresStore(OverPostgres, PassagesContract):
    pass

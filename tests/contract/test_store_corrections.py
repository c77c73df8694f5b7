"""The contract of corrections over memory and PostgreSQL."""

import pytest

from tests.contract.store_corrections import CorrectionsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemoryCorrections(OverMemory, CorrectionsContract):
    pass


class TestPostgresCorrections(OverPostgres, CorrectionsContract):
    pass

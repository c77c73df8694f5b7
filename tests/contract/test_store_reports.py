"""Reports over memory and PostgreSQL."""

import pytest

from tests.contract.store_reports import ReportsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemory(OverMemory, ReportsContract):
    pass


class TestPostgres(OverPostgres, ReportsContract):
    pass

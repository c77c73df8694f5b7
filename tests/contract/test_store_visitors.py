"""The log by visitor over memory and PostgreSQL."""

import pytest

from tests.contract.store_visitors import VisitorsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemory(OverMemory, VisitorsContract):
    pass


class TestPostgres(OverPostgres, VisitorsContract):
    pass

"""Trials of model packs over memory and PostgreSQL."""

import pytest

from tests.contract.store_trials import TrialsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemory(OverMemory, TrialsContract):
    pass


class TestPostgres(OverPostgres, TrialsContract):
    pass

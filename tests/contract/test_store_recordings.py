"""Indexed recordings over memory and PostgreSQL."""

import pytest

from tests.contract.store_recordings import RecordingsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemory(OverMemory, RecordingsContract):
    pass


class TestPostgres(OverPostgres, RecordingsContract):
    pass

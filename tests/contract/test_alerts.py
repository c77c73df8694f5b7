"""The contract of rules, alerts and channels over memory and PostgreSQL."""

import pytest

from tests.contract.store_alerts import AlertsContract, ChannelsContract
from tests.contract.stores import OverMemory, OverPostgres

pytestmark = pytest.mark.anyio


class TestMemoryAlerts(OverMemory, AlertsContract, ChannelsContract):
    pass


class TestPostgresAlerts(OverPostgres, AlertsContract, ChannelsContract):
    pass

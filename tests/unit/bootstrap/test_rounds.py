"""What one tenant, or one part of a round, breaks is not what the others get."""

import logging
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from visavis.bootstrap.worker import Workshop
from visavis.domain.access import Principal
from visavis.domain.errors import IndexDown, SchemaMismatch
from visavis.domain.subject import TenantId
from visavis.worker.tasks import rounds

pytestmark = pytest.mark.anyio
TENANTS = [TenantId(uuid.UUID(int=number)) for number in (1, 2, 3)]


class Watch:
    """The monitors of a tenant; those of the first cannot be read."""

    def __init__(self, tenant: TenantId, seen: list[TenantId]) -> None:
        self._tenant = tenant
        self._seen = seen

    async def __call__(self) -> int:
        if self._tenant == TENANTS[0]:
            raise SchemaMismatch("The monitor of Ada's gate is of another version.")
        self._seen.append(self._tenant)
        return 0

    async def tidy(self) -> int:
        return await self()


def workshop(seen: list[TenantId]) -> Workshop:
    async def tenants() -> list[TenantId]:
        return TENANTS

    def platform(principal: Principal) -> SimpleNamespace:
        return SimpleNamespace(watch_drift=Watch(principal.tenant, seen))

    parts = ("settings", "queue", "workers", "feed", "sender", "render", "alerts")
    given: dict[str, Any] = dict.fromkeys(parts)
    store = SimpleNamespace(backlog=lambda: SimpleNamespace(tenants=tenants))
    return Workshop(**given | {"store": store, "installation": SimpleNamespace(platform=platform)})


async def test_the_monitors_of_the_next_tenant_are_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[TenantId] = []
    shop = workshop(seen)
    with caplog.at_level(logging.WARNING, "visavis.worker"):
        await shop.watch_drift()
        await shop.tidy_monitors()
    assert seen == TENANTS[1:] * 2
    assert [record.getMessage() for record in caplog.records] == [
        "drift: schema_mismatch",
        "tidying monitors: schema_mismatch",
    ]


async def test_monitors_are_tidied_whatever_became_of_the_rest() -> None:
    done: list[str] = []

    async def tidy() -> None:
        raise IndexDown

    async def tidy_monitors() -> None:
        done.append("monitors")

    async def tidy_alerts() -> None:
        done.append("alerts")

    alerts = SimpleNamespace(tidy=tidy_alerts)
    shop: Any = SimpleNamespace(tidy=tidy, tidy_monitors=tidy_monitors, alerts=alerts)
    (round_,) = [one for one in rounds(shop) if one.name.endswith("tidy")]
    await round_.perform()
    assert done == ["monitors", "alerts"]

"""Anybody may ask whether the server is ready, as often as they like."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from visavis.adapters.memory.store import MemoryStore, MemoryUnit
from visavis.application.ports.inference import Inference
from visavis.bootstrap.platform import install
from visavis.bootstrap.server import Readiness
from visavis.domain.errors import StoreDown
from visavis.domain.pack import Pack
from visavis.domain.subject import TenantId
from visavis.settings import load_settings

pytestmark = pytest.mark.anyio


class CountingStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.down = False

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[MemoryUnit]:
        self.asked += 1
        if self.down:
            raise StoreDown('connection to server at "10.1.2.3" failed')
        async with super().transaction(tenant) as work:
            yield work


def no_models(_: Pack) -> Inference:
    raise AssertionError  # the pack is not what is asked about here


async def test_it_is_looked_at_once_a_second_and_says_little() -> None:
    store, time = CountingStore(), [0.0]
    installation = install(load_settings(), store, new_inference=no_models)
    pack = installation.models.pack()
    installation._inference[pack.name] = object()  # type: ignore[assignment]  # loaded already
    ready = Readiness(installation=installation, stopping=asyncio.Event(), now=lambda: time[0])
    time[0] = 5.0
    assert await asyncio.gather(*(ready() for _ in range(50))) == [{}] * 50
    assert store.asked == 1
    store.down = True
    time[0] = 6.1
    for _ in range(3):
        assert await ready() == {"store": "The database cannot be reached."}
    assert store.asked == 2

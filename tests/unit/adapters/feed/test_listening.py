"""Who hears of new events."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from visavis.adapters.feed.listening import ListeningFeed
from visavis.domain.subject import TenantId

ONE, OTHER = TenantId(UUID(int=1)), TenantId(UUID(int=2))


class Wire:
    """What the database says."""

    def __init__(self) -> None:
        self.heard: Callable[[str], None] | None = None
        self.ready = asyncio.Event()

    async def __call__(self, heard: Callable[[str], None]) -> None:
        self.heard = heard
        self.ready.set()
        await asyncio.Event().wait()


def test_everybody_hears_of_the_own_tenant() -> None:
    async def scene() -> list[bool]:
        wire = Wire()
        async with (
            ListeningFeed(wire) as feed,
            feed.subscribe(ONE) as one,
            feed.subscribe(OTHER) as other,
            feed.subscribe(None) as everybody,
        ):
            await wire.ready.wait()
            assert wire.heard is not None
            wire.heard(f"{ONE} 17")
            heard = [await ear.wait(0.01) for ear in (one, other, everybody)]
            return [*heard, await one.wait(0.01)]

    assert asyncio.run(scene()) == [True, False, True, False]

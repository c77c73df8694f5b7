"""Doors over PostgreSQL: decided as soon as the log has something, exactly once, however many workers look."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

import pytest

from tests.contract.making import a_gallery, a_subject, an_event
from visavis.adapters.feed.listening import ListeningFeed
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.passages.doors import DoorPlan
from visavis.application.ports.access_decisions import AccessFilter
from visavis.application.ports.events import EventFilter
from visavis.bootstrap.platform import Platform, install
from visavis.bootstrap.worker import Workshop
from visavis.domain.access import local_principal
from visavis.domain.admission import AccessDecision
from visavis.domain.door import DoorCamera
from visavis.domain.event import Event, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT, Subject
from visavis.settings import load_settings
from visavis.worker.doors import watch_doors

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


@dataclass
class Shop:
    """What `watch_doors` asks of a workshop."""

    platform: Platform
    feed: ListeningFeed

    async def decide_access(self) -> None:
        await self.platform.decide_access()

    async def watch_contacts(self) -> None:
        await self.platform.door_contact.overdue()


async def decisions(store: PostgresStore, count: int) -> list[AccessDecision]:
    """Waits until there are so many, or for long enough to be sure that there will not be."""
    for _ in range(600):
        async with store.transaction(DEFAULT_TENANT) as work:
            found = await work.access_decisions.page(AccessFilter(), after=0, limit=1000)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{len(found)} of {count} decisions")


async def test_two_workers_decide_each_event_once(migrated_database_url: str) -> None:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        platform = install(load_settings(), store).platform(local_principal("test"))
        gallery, ada = a_gallery("staff"), a_subject("Ada")
        async with store.transaction(DEFAULT_TENANT) as work:
            await work.galleries.add(gallery)
            await work.subjects.add(ada)
        await platform.doors.put("front", gallery, DoorPlan(cameras=(DoorCamera(name="in"),), late_s=3600))
        async with ListeningFeed(store.listen) as feed:
            shop = cast("Workshop", Shop(platform, feed))
            workers = [asyncio.create_task(watch_doors(shop)) for _ in range(2)]
            try:
                events = await asyncio.gather(*(logged(store, one) for one in _crowd(gallery, ada)))
                found = await decisions(store, len(events))
                async with store.transaction(DEFAULT_TENANT) as work:
                    await work.events.revise(
                        replace(events[1], outcome=events[0].outcome, subject_id=ada.id, revision=1)
                    )
                for _ in range(600):
                    turned = await decisions(store, len(events))
                    if turned[-1].revision:
                        break
                    await asyncio.sleep(0.1)
            finally:
                for one in workers:
                    one.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
        assert sorted(one.event_id for one in found) == sorted(event.id for event in events)  # type: ignore[type-var]
        assert Counter(one.outcome.value for one in found) == {"granted": 10, "denied": 10}
        assert (turned[-1].event_id, turned[-1].outcome.value) == (events[1].id, "granted")
        assert [one.sequence for one in turned] == [
            *(n for n in range(1, 22) if n != _place(found, events[1]))
        ]
        async with store.transaction(DEFAULT_TENANT) as work:
            log = await work.events.page(EventFilter(), after=0, limit=1000)
        told = Counter(one.kind for one in log)
        assert (told[EventKind.ACCESS_GRANTED], told[EventKind.ACCESS_DENIED]) == (11, 10)


def _place(found: list[AccessDecision], event: Event) -> int:
    return next(one.sequence for one in found if one.event_id == event.id)


def _crowd(gallery: Gallery, ada: Subject) -> list[Event]:
    now = datetime.now(UTC)
    made = [an_event(gallery, subject=None if number % 2 else ada, source="in") for number in range(20)]
    return [replace(one, captured_at=now, recorded_at=now) for one in made]


async def logged(store: PostgresStore, event: Event) -> Event:
    async with store.transaction(DEFAULT_TENANT) as work:
        (kept,) = await work.events.add([event])
    return kept

"""What every store promises about monitors of drift."""

import asyncio
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.contract.making import MODEL, OTHER_TENANT, START, TENANT, a_gallery, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.events import EventFilter
from visavis.application.ports.monitors import MonitorFilter
from visavis.application.ports.store import Store
from visavis.domain.drift import Finding, Monitor, MonitorId, Signal, SignalState, Sketch
from visavis.domain.errors import MonitorNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.observation import Observation

EVERYTHING = MonitorFilter()


def a_state(*, alarm: datetime | None = None) -> SignalState:
    return SignalState(
        signal=Signal.BRIGHTNESS,
        reference=Sketch.of(Signal.BRIGHTNESS, [100, 120, 500]),
        window=Sketch.of(Signal.BRIGHTNESS, [30]),
        last_window=Sketch.of(Signal.BRIGHTNESS, [40, 50]),
        finding=Finding(
            at=START,
            values=2,
            psi=0.1 + 0.2,
            distance=1.0,
            p_value=1e-300,
            reference_mean=157.5,
            mean=47.5,
            drifted=True,
        ),
        drifted=2,
        calm=0,
        alarm_since=alarm,
        block=Sketch.of(Signal.BRIGHTNESS, [1, 2]),
        usual=0.0625,
    )


def a_monitor(gallery: Gallery, source: str = "gate", *, alarm: datetime | None = None) -> Monitor:
    empty = Monitor.new(
        MonitorId(uuid.uuid4()), gallery_id=gallery.id, gallery=gallery.name, source=source, at=START
    )
    changed = replace(
        empty,
        model=MODEL.key,
        calibration="0123456789abcdef",
        captures=77,
        pinned=True,
        last_at=START + timedelta(days=1),
    )
    return changed.with_state(a_state(alarm=alarm))


async def kept(store: Store, *monitors: Monitor) -> None:
    async with store.transaction(TENANT) as unit:
        assert await unit.monitors.keep(monitors) == {monitor.id for monitor in monitors}


class MonitorsContract:
    async def test_a_monitor_comes_back_as_it_was(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        monitor = a_monitor(gallery, alarm=START)
        await kept(store, monitor)
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.get(monitor.id) == monitor
            assert await unit.monitors.of(gallery.id, "gate") == monitor
            assert await unit.monitors.of(gallery.id, "") is None
            assert await unit.monitors.count() == 1
        changed = replace(monitor.anew(START + timedelta(days=2)), captures=78, calibration="another")
        await kept(store, changed)
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.get(monitor.id) == changed
            assert await unit.monitors.count() == 1

    async def test_monitors_belong_to_their_tenant(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        monitor = a_monitor(gallery)
        await kept(store, monitor)
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(MonitorNotFound):
                await unit.monitors.get(monitor.id)
            assert await unit.monitors.page(EVERYTHING) == []
            assert await unit.monitors.count() == 0
            assert await unit.monitors.claim() == 0

    async def test_they_go_with_their_gallery_and_none_is_kept_for_one_that_is_gone(
        self, store: Store
    ) -> None:
        gallery, _ = await prepared(store)
        monitor = a_monitor(gallery)
        await kept(store, monitor)
        async with store.transaction(TENANT) as unit:
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.keep([a_monitor(gallery, "door")]) == frozenset()
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.page(EVERYTHING) == []
            assert await unit.monitors.count() == 0
            with pytest.raises(MonitorNotFound):
                await unit.monitors.get(monitor.id)

    async def test_pages_are_in_the_order_of_gallery_and_source(self, store: Store) -> None:
        doors, other = a_gallery("doors"), a_gallery("attic")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(doors)
            await unit.galleries.add(other)
        b, a = a_monitor(doors, "b", alarm=START), a_monitor(doors, "a")
        c = a_monitor(other, "c")
        await kept(store, b, a, c)

        async def page(wanted: MonitorFilter = EVERYTHING, after: Monitor | None = None) -> list[Monitor]:
            async with store.transaction(TENANT) as unit:
                return await unit.monitors.page(wanted, after=after.id if after else None)

        assert await page() == [c, a, b]
        assert await page(after=c) == [a, b]
        assert await page(after=a_monitor(doors)) == []
        assert await page(MonitorFilter(gallery_id=doors.id)) == [a, b]
        assert await page(MonitorFilter(galleries=frozenset({"attic"}))) == [c]
        assert await page(MonitorFilter(galleries=frozenset())) == []
        assert await page(MonitorFilter(source="a")) == [a]
        assert await page(MonitorFilter(alarming=True)) == [b]
        assert await page(MonitorFilter(alarming=False)) == [c, a]
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.page(EVERYTHING, limit=1) == [c]

    async def test_those_without_captures_are_purged(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        old, new = a_monitor(gallery, "old"), a_monitor(gallery, "new")
        await kept(store, old, replace(new, last_at=START + timedelta(days=9)))
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.purge(START + timedelta(days=5)) == 1
            assert [one.source for one in await unit.monitors.page(EVERYTHING)] == ["new"]

    async def test_the_position_is_claimed_by_one_at_a_time(self, store: Store) -> None:
        async def forward() -> None:
            async with store.transaction(TENANT) as unit:
                position = await unit.monitors.claim()
                await asyncio.sleep(0.01)
                await unit.monitors.advance(position + 1)

        await asyncio.gather(*(forward() for _ in range(4)))
        async with store.transaction(TENANT) as unit:
            assert await unit.monitors.claim() == 4

    async def test_an_event_keeps_what_was_observed(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        observed = Observation(
            detection=0.875,
            sharpness=61.5,
            dynamic_range=80.25,
            brightness=None,
            red_green=-0.125,
            blue_green=0.0,
            inter_eye_px=44.5,
        )
        async with store.transaction(TENANT) as unit:
            await unit.events.add([replace(an_event(gallery), observed=observed), an_event(gallery)])
            found = await unit.events.page(EventFilter(), after=0)
            assert [event.observed for event in found] == [observed, None]

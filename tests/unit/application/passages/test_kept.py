"""What is kept of passages goes with events and subjects, and is told to the subject."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import START, TENANT, a_subject
from tests.contract.store_passages import an_attendance_correction
from tests.unit.application.passages.test_decide import CAMERAS, House
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.erase import Erase
from visavis.application.export_subject import ExportSubject
from visavis.application.passages.doors import DoorPlan
from visavis.application.receipts import Receipts
from visavis.application.retain import Retain
from visavis.domain.door import AccessRule

pytestmark = pytest.mark.anyio


def receipts(house: House) -> Receipts:
    return Receipts(
        store=house.store,
        tenant=TENANT,
        signer=None,
        clock=house.clock,
        identifiers=RandomIdentifiers(),
        software="test",
    )


async def test_decisions_and_corrections_go_with_the_events() -> None:
    house = House()
    await house.build()
    await house.see(house.ada)
    await house.decide()
    async with house.store.transaction(TENANT) as work:
        await work.attendance.add(an_attendance_correction(house.gallery, house.ada))
    house.clock.forward(29 * 86_400)
    retain = Retain(
        store=house.store, tenant=TENANT, ledger=house.ledger, receipts=receipts(house), clock=house.clock
    )
    await retain()
    assert len(await house.decisions()) == 1
    house.clock.forward(2 * 86_400)
    await retain(dry_run=True)
    assert len(await house.decisions()) == 1
    await retain()
    assert await house.decisions() == []
    async with house.store.transaction(TENANT) as work:
        assert await work.attendance.corrections() == []


async def test_a_subject_is_told_everything_and_then_erased() -> None:
    house = House()
    listed = AccessRule(subjects=frozenset({house.ada.id, house.bob.id}))
    await house.build(DoorPlan(cameras=CAMERAS, rules=(listed,)))
    await house.see(house.ada)
    await house.see(house.bob)
    await house.decide()
    correction = an_attendance_correction(house.gallery, house.ada)
    async with house.store.transaction(TENANT) as work:
        await work.attendance.add(correction)
    export = ExportSubject(store=house.store, tenant=TENANT, ledger=house.ledger)
    told = await export(house.ada.id)
    assert [one.subject_id for one in told.passages] == [house.ada.id]
    assert told.attendance == (correction,)
    erase = Erase(store=house.store, tenant=TENANT, ledger=house.ledger, receipts=receipts(house))
    await erase(house.ada.id)
    assert [one.subject_id for one in await house.decisions()] == [None, house.bob.id]
    (view,) = await house.doors.all()
    assert view.door.rules == (replace(listed, subjects=frozenset({house.bob.id})),)
    async with house.store.transaction(TENANT) as work:
        assert await work.attendance.corrections() == []


async def test_what_a_gallery_does_not_log_is_decided_and_not_kept() -> None:
    house = House()
    door = await house.build()
    event = replace(await house.see(house.ada), sequence=0)
    async with house.store.transaction(TENANT) as work:
        await work.access_decisions.claim()
        decision, told = await house.decide.on(work, door, event)
    assert (decision.granted, decision.event_id, told) == (True, None, False)
    assert await house.decisions() == []


async def test_a_correction_needs_the_time_it_is_about() -> None:
    correction = an_attendance_correction(House().gallery, a_subject("Eve"))
    assert correction.holds
    assert not replace(correction, undone_at=START + timedelta(days=1)).holds

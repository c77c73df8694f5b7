"""Tracks over PostgreSQL: whoever reports at the same time, it is one line and one unknown."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.application.fakes import MODEL, WordInference, calibration, picture
from tests.unit.application.jobs.conftest import Crops
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.enrol import Enrol
from visavis.application.gather import Gather
from visavis.application.identify import Identify
from visavis.application.kit import Kit
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.ports.events import EventFilter
from visavis.application.record import Record
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.application.search import GallerySearch
from visavis.application.tracks.reported import RecordedTrack, ReportedShot, ReportedTrack
from visavis.domain.access import local_principal
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy, Unknowns
from visavis.domain.subject import DEFAULT_TENANT, GalleryId

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]
AT_ONCE = 12


@dataclass
class Process:
    """One of the processes of a server."""

    store: PostgresStore
    record_track: RecordTrack
    kit: Kit

    async def tell(self, gallery: Gallery, track: ReportedTrack) -> RecordedTrack:
        (found,) = await self.record_track(self.kit, gallery, [track])
        assert isinstance(found, RecordedTrack)
        return found


def a_process(store: PostgresStore) -> Process:
    clock, inference = SystemClock(), WordInference()
    ledger = Ledger(actor=local_principal("test").actor, clock=clock)
    maker = ReferenceMaker(clock=clock, identifiers=RandomIdentifiers())
    search = GallerySearch(store=store, tenant=DEFAULT_TENANT, indexes=ProcessIndexes(Float32Index))
    record = Record(
        store=store,
        tenant=DEFAULT_TENANT,
        ledger=ledger,
        clock=clock,
        identifiers=RandomIdentifiers(),
        software="test",
        gather=Gather(store=store, tenant=DEFAULT_TENANT),
    )
    enrol = Enrol(
        store=store,
        tenant=DEFAULT_TENANT,
        inference=inference,
        search=search,
        calibration=calibration(),
        ledger=ledger,
        maker=maker,
    )
    identify = Identify(inference=inference, search=search, calibration=calibration())
    return Process(
        store=store,
        record_track=RecordTrack(
            store=store,
            tenant=DEFAULT_TENANT,
            record=record,
            remember=Remember(maker=maker, ledger=ledger),
        ),
        kit=Kit(inference=inference, crops=Crops(), identify=identify, enrol=enrol),
    )


@pytest.fixture
async def processes(migrated_database_url: str) -> AsyncIterator[tuple[Process, Process]]:
    masters = MemoryMasterKeys()
    async with (
        PostgresStore(migrated_database_url, masters, max_connections=4) as one,
        PostgresStore(migrated_database_url, masters, max_connections=4) as other,
    ):
        yield a_process(one), a_process(other)


async def a_gallery(store: PostgresStore, policy: Policy) -> Gallery:
    gallery = Gallery(
        id=GalleryId(uuid.uuid4()),
        name="visits",
        purpose=Purpose.GENERAL,
        pack="words",
        model=MODEL,
        policy=policy,
        created_at=datetime.now(UTC),
    )
    async with store.transaction(DEFAULT_TENANT) as work:
        await work.galleries.add(gallery)
    return gallery


def a_track(name: str, seed: int = 0, **changes: object) -> ReportedTrack:
    now = datetime.now(UTC)
    track = ReportedTrack(
        track=uuid.uuid4(),
        camera="door",
        first_at=now,
        last_at=now + timedelta(seconds=seed),
        frames=seed + 1,
        ended=True,
        shots=(ReportedShot(at=now, crop=picture(name, seed=seed)),),
    )
    return replace(track, **changes)  # type: ignore[arg-type]


async def lines(store: PostgresStore) -> list[Event]:
    async with store.transaction(DEFAULT_TENANT) as work:
        return await work.events.page(EventFilter(), after=0)


async def test_reports_of_one_track_at_once_are_one_line(processes: tuple[Process, Process]) -> None:
    gallery, track = await a_gallery(processes[0].store, Policy()), uuid.uuid4()
    reports = [a_track("eve", number, track=track) for number in range(AT_ONCE)]
    told = await asyncio.gather(
        *(processes[number % 2].tell(gallery, one) for number, one in enumerate(reports))
    )
    (line,) = await lines(processes[0].store)
    assert {one.event_id for one in told} == {line.id}
    assert line.frames == AT_ONCE
    assert line.seen_until == max(one.last_at for one in reports)
    assert line.sequence == line.revision + 1


async def test_a_stranger_seen_by_many_cameras_at_once_is_one_unknown(
    processes: tuple[Process, Process],
) -> None:
    """More at once than there are connections: whoever remembers needs a second one."""
    gallery = await a_gallery(processes[0].store, Policy(unknowns=Unknowns.REMEMBER))
    told = await asyncio.gather(
        *(
            processes[number % 2].tell(gallery, a_track("eve", number, camera=f"camera-{number}"))
            for number in range(AT_ONCE)
        )
    )
    assert len({one.subject_id for one in told}) == 1
    assert sum(one.remembered for one in told) == 1
    assert len(await lines(processes[0].store)) == AT_ONCE

"""What every store promises about the log by visitor."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from tests.contract.making import OTHER_TENANT, START, TENANT, a_gallery, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.store import Store
from visavis.application.ports.visitors import Seen, SightingFilter
from visavis.domain.event import Event, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Subject
from visavis.domain.visit import Sighting

MINUTE = timedelta(minutes=1)


async def read(store: Store, wanted: SightingFilter, *, batch: int = 2) -> list[Seen]:
    async with store.transaction(TENANT) as unit:
        return [one async for some in unit.visitors.sightings(wanted, batch=batch) for one in some]


class VisitorsContract:
    async def test_sightings_come_by_subject_site_and_time(self, store: Store) -> None:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        other = a_gallery("gates")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(other)

        def at(minute: int, subject: Subject = ada, site: str = "shop", place: Gallery = gallery) -> Event:
            return replace(an_event(place, subject=subject, minute=minute), site=site)

        tracked = replace(at(2), zone="hall", seen_until=START + 5 * MINUTE)
        events = [
            at(9),
            tracked,
            at(1, subject=bob),
            at(3, site="yard"),
            at(4, place=other),
            an_event(gallery, minute=5),
            replace(an_event(gallery, minute=6, subject=bob), kind=EventKind.VERIFIED),
        ]
        async with store.transaction(TENANT) as unit:
            await unit.events.add(events)

        def seen(first: datetime, earliest: datetime, *, site: str = "shop", of: Subject = ada) -> Seen:
            sighting = Sighting(
                subject_id=of.id, site=site, zone="", source="gate", first_at=first, last_at=first
            )
            return Seen(sighting=sighting, earliest=earliest)

        first = START + 2 * MINUTE
        hall = Sighting(
            subject_id=ada.id,
            site="shop",
            zone="hall",
            source="gate",
            first_at=first,
            last_at=START + 5 * MINUTE,
        )
        mine = [
            Seen(sighting=hall, earliest=first),
            seen(START + 9 * MINUTE, first),
            seen(START + 3 * MINUTE, START + 3 * MINUTE, site="yard"),
        ]
        his = [seen(START + MINUTE, START + MINUTE, of=bob)]
        everything = mine + his if ada.id < bob.id else his + mine
        wanted = SightingFilter(gallery_id=gallery.id)
        assert await read(store, wanted) == everything
        assert await read(store, replace(wanted, subject_id=ada.id)) == mine
        assert await read(store, replace(wanted, site="yard")) == mine[2:]
        late = replace(wanted, since=START + 3 * MINUTE, until=START + 10 * MINUTE)
        assert await read(store, late) == mine[1:]  # and when each was first seen is known all the same
        assert await read(store, SightingFilter(gallery_id=GalleryId(uuid.uuid4()))) == []
        async with store.transaction(OTHER_TENANT) as unit:
            assert [one async for one in unit.visitors.sightings(wanted)] == []
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id)
        assert await read(store, wanted) == his

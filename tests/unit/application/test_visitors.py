"""Reports over a range of time: whole visits, who had been there before, pages, and what retention leaves."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, features
from visavis.application.visitors import Range, Visitors
from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery, Purpose, usual_policy
from visavis.domain.subject import (
    DEFAULT_TENANT,
    Reference,
    ReferenceId,
    Subject,
    SubjectId,
    SubjectKind,
)
from visavis.domain.template import Template
from visavis.domain.visit import By
from visavis.evaluation.visitors import Summary

NIGHT = datetime(2026, 1, 1, 23, 50, tzinfo=UTC)


@dataclass
class Shop:
    bench: Bench
    gallery: Gallery

    @property
    def visitors(self) -> Visitors:
        return Visitors(store=self.bench.store, tenant=DEFAULT_TENANT)

    def came(self, number: int, *minutes: float, zone: str = "hall") -> SubjectId:
        """An anonymous subject, seen for a minute each after midnight minus ten minutes."""
        subject_id = SubjectId(uuid.UUID(int=number))

        async def keep() -> None:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                if not await work.subjects.names([subject_id]):
                    await work.subjects.add(
                        Subject(
                            id=subject_id,
                            name=f"anonymous-{number}",
                            created_at=NIGHT,
                            kind=SubjectKind.ANONYMOUS,
                        )
                    )
                    await work.references.add([self._reference(subject_id, number)])
                await work.events.add([self._event(subject_id, after, zone) for after in minutes])

        self.bench.run(keep())
        return subject_id

    def _reference(self, subject_id: SubjectId, number: int) -> Reference:
        return Reference(
            id=ReferenceId(uuid.uuid4()),
            subject_id=subject_id,
            gallery_id=self.gallery.id,
            template=Template.of(features(f"face {number}", 0.0, 0), MODEL, quality=80.0),
            photo=b"",
            created_at=self.bench.clock.now(),
        )

    def _event(self, subject_id: SubjectId, after: float, zone: str) -> Event:
        first = NIGHT + timedelta(minutes=after)
        return Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=first,
            recorded_at=self.bench.clock.now(),
            gallery_id=self.gallery.id,
            gallery=self.gallery.name,
            source="cam",
            reference="",
            position=0,
            outcome=Outcome.MATCH,
            subject_id=subject_id,
            zone=zone,
            seen_until=first + timedelta(minutes=1),
        )

    def summary(self, **wanted: object) -> Summary:
        range_ = Range(**wanted)  # type: ignore[arg-type]
        asked = self.visitors.summary(self.gallery, range_, by=By.DAY, zone=UTC)
        found: Summary = self.bench.run(asked)
        return found


@pytest.fixture
def shop(bench: Bench) -> Shop:
    policy = usual_policy(Purpose.VISITORS)
    created = bench.galleries.create(
        "shop", purpose=Purpose.VISITORS, pack="words", model=MODEL, policy=policy
    )
    return Shop(bench, bench.run(created))


def test_a_visit_counts_where_it_begins_and_is_whole(shop: Shop) -> None:
    shop.came(1, 0, 15, 40)
    midnight = NIGHT + timedelta(minutes=10)
    before, after = shop.summary(until=midnight), shop.summary(since=midnight)
    assert (before.visits, after.visits) == (1, 0)
    assert before.dwell.percentiles_s[0] == 41 * 60
    assert [one.start for one in before.buckets] == [
        NIGHT.replace(hour=0, minute=0),
        midnight,
    ]


def test_who_came_before_the_range_returns(shop: Shop) -> None:
    shop.came(1, 0, 5 * 24 * 60)
    shop.came(2, 5 * 24 * 60)
    found = shop.summary(since=NIGHT + timedelta(days=4))
    assert (found.visitors, found.new, found.returning) == (2, 1, 1)


def test_a_zone_is_a_part_of_visits(shop: Shop) -> None:
    shop.came(1, 0, zone="door")
    shop.came(1, 10, 12, zone="till")
    shop.came(2, 0, zone="door")
    till = shop.summary(zone="till")
    assert (till.visitors, till.new, till.dwell.percentiles_s[0]) == (1, 1, 180)
    assert shop.summary(source="none").visits == 0
    assert shop.summary(gap=timedelta(minutes=1)).visits == 3


def test_pages_are_the_latest_visits_one_after_the_other(shop: Shop) -> None:
    for number in range(1, 4):
        shop.came(number, 0, 60, 120)
    seen, place = [], None
    while page := shop.bench.run(shop.visitors.page(shop.gallery, Range(), before=place, limit=2)):
        seen += [(one.visit.first_at, one.visit.subject_id) for one in page]
        place = page[-1].place
    assert len(seen) == 9
    assert seen == sorted(seen, reverse=True)


def test_nobody_is_known_for_longer_than_the_policy_says(shop: Shop) -> None:
    shop.came(1, 0)
    shop.bench.clock.turn(days=20)
    shop.came(2, 20 * 24 * 60)
    assert shop.summary().visitors == 2
    shop.bench.clock.turn(days=11)
    shop.bench.run(shop.bench.retain())
    assert shop.summary().visitors == 1

    async def known() -> list[str]:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            return [one.subject.name for one in await work.subjects.page(gallery_id=shop.gallery.id)]

    assert shop.bench.run(known()) == ["anonymous-2"]
    shop.bench.clock.turn(days=20)
    shop.bench.run(shop.bench.retain())
    assert shop.summary().visits == 0
    assert shop.bench.run(known()) == []


def test_gaps_have_limits() -> None:
    for gap in (timedelta(0), timedelta(days=2)):
        with pytest.raises(ValueInvalid):
            Range(gap=gap)

"""Two identifiers of one visitor become one, and two visitors never do."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, calibration, features
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.corrections.keeping import Keeping
from visavis.application.corrections.merge import MergeSubjects
from visavis.application.corrections.undo import UndoCorrection
from visavis.application.ledger import Ledger
from visavis.application.merge_visitors import NOTE, MergeVisitors, Positions
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.events import EventFilter
from visavis.domain.access import SYSTEM
from visavis.domain.correction import Correction
from visavis.domain.decision import Outcome
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


@dataclass
class Shop:
    """A gallery of visitors, and what was merged in it."""

    bench: Bench
    gallery: Gallery
    merged: list[tuple[SubjectId, SubjectId]] = field(default_factory=list)
    positions: Positions = field(default_factory=Positions)

    async def __call__(self, gone: SubjectId, into: SubjectId, *, note: str = "") -> None:
        """Implements `Merge`."""
        self.merged.append((gone, into))
        async with self.bench.store.transaction(DEFAULT_TENANT) as work:
            kept = await work.references.of_subjects(self.gallery.id, [gone])
            await work.references.move([one.id for one in kept[gone]], into)
            await work.subjects.erase(gone)

    def came(
        self,
        name: str,
        *looks: int,
        at: float | None = None,
        zone: str = "hall",
        source: str = "cam-1",
        kind: SubjectKind = SubjectKind.ANONYMOUS,
        noise: float = 0.3,
    ) -> SubjectId:
        """A new identifier with these looks at a human, perhaps with an event of a minute, at a minute."""
        self.bench.clock.turn(minutes=1)
        new = Subject(
            id=SubjectId(uuid.uuid4()),
            name=f"anonymous-{uuid.uuid4().hex[:8]}",
            created_at=self.bench.clock.now(),
            kind=kind,
        )

        async def kept() -> None:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                await work.subjects.add(new)
                await work.references.add([self._reference(new, name, look, noise) for look in looks])
                if at is not None:
                    await work.events.add([self._event(new, at, zone, source)])

        self.bench.run(kept())
        return new.id

    def _reference(self, subject: Subject, name: str, look: int, noise: float) -> Reference:
        return Reference(
            id=ReferenceId(uuid.uuid4()),
            subject_id=subject.id,
            gallery_id=self.gallery.id,
            template=Template.of(features(name, noise, look), MODEL, quality=80.0),
            photo=b"",
            created_at=self.bench.clock.now(),
        )

    def _event(self, subject: Subject, at: float, zone: str, source: str) -> Event:
        first = self.gallery.created_at + timedelta(minutes=at)
        return Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=first,
            recorded_at=first,
            gallery_id=self.gallery.id,
            gallery=self.gallery.name,
            source=source,
            reference="",
            position=0,
            outcome=Outcome.MATCH,
            subject_id=subject.id,
            site="shop",
            zone=zone,
            seen_until=first + timedelta(minutes=1),
        )

    def merging(self, most: int = 2000) -> MergeVisitors:
        return MergeVisitors(
            store=self.bench.store,
            tenant=DEFAULT_TENANT,
            search=self.bench.identify.search,
            merge=self,
            calibration_of=lambda gallery: calibration(),
            positions=self.positions,
            most=most,
        )

    def merge(self, most: int = 2000) -> int:
        count: int = self.bench.run(self.merging(most)())
        return count


@pytest.fixture
def shop(bench: Bench) -> Shop:
    gallery = bench.run(
        bench.galleries.create(
            "shop",
            purpose=Purpose.VISITORS,
            pack="words",
            model=MODEL,
            policy=usual_policy(Purpose.VISITORS),
        )
    )
    return Shop(bench=bench, gallery=gallery)


def test_identifiers_of_one_visitor_become_the_oldest(shop: Shop) -> None:
    ada, bob = shop.came("ada", 1, 2), shop.came("bob", 3)
    twins = {shop.came("ada", 4), shop.came("ada", 5)}
    assert shop.merge() == 2
    assert {gone for gone, _ in shop.merged} == twins
    assert {into for _, into in shop.merged} == {ada}
    assert shop.merge() == 0
    third = shop.came("bob", 6)
    assert shop.merge() == 1
    assert shop.merged[-1] == (third, bob)


def test_who_was_seen_at_the_same_time_stays_two(shop: Shop) -> None:
    shop.came("ada", 1, at=10)
    shop.came("ada", 2, at=10.5, zone="door", source="cam-2")
    assert shop.merge() == 0
    shop.came("eve", 1, at=10)
    shop.came("eve", 2, at=10.5, source="cam-2")  # two cameras of one zone
    assert shop.merge() == 1
    shop.came("cyd", 1, at=20)
    shop.came("cyd", 2, at=22)
    assert shop.merge() == 1


def test_names_other_galleries_and_strangers_are_left_alone(shop: Shop) -> None:
    shop.came("ada", 1, kind=SubjectKind.NAMED)
    shop.came("ada", 2)
    shop.came("bob", 1, noise=1.6)
    shop.came("bob", 2, noise=1.6)  # perhaps the same, not certainly
    for name in ("one", "two", "three", "four"):
        shop.came(name, 1)
    assert shop.merge() == 0


def test_a_person_has_the_last_word(shop: Shop) -> None:
    one, other = shop.came("ada", 1), shop.came("ada", 2)

    async def tell() -> None:
        async with shop.bench.store.transaction(DEFAULT_TENANT) as work:
            await work.corrections.keep_apart(one, other, shop.bench.clock.now())

    shop.bench.run(tell())
    assert shop.merge() == 0


def test_a_merge_can_be_undone_and_is_audited(shop: Shop) -> None:
    """With the use case that merges in earnest."""
    bench = shop.bench
    keeping = Keeping(
        store=bench.store,
        tenant=DEFAULT_TENANT,
        ledger=Ledger(actor=SYSTEM, clock=bench.clock),
        clock=bench.clock,
        identifiers=RandomIdentifiers(),
    )
    one, other = shop.came("ada", 1, at=10), shop.came("ada", 2, at=30)
    merging = replace(shop.merging(), merge=MergeSubjects(keeping=keeping))
    assert bench.run(merging()) == 1

    async def seen() -> tuple[set[SubjectId | None], list[Correction]]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            events = await work.events.page(EventFilter(gallery_id=shop.gallery.id))
            return {event.subject_id for event in events}, await work.corrections.page(CorrectionFilter())

    subjects, (correction,) = bench.run(seen())
    assert subjects == {one}
    assert correction.note == NOTE
    assert "subject.merged" in [entry.record.action.value for entry in bench.entries()]
    bench.run(UndoCorrection(keeping=keeping)(correction.id))
    assert bench.run(seen())[0] == {one, other}
    assert bench.run(merging()) == 0  # a person has said that these are two


def test_many_are_looked_at_a_few_at_a_time(shop: Shop) -> None:
    for name in ("ada", "bob", "cyd"):
        shop.came(name, 1)
        shop.came(name, 2)
    rounds = [shop.merge(most=2) for _ in range(8)]
    assert sum(rounds) == 3
    assert rounds[-1] == 0

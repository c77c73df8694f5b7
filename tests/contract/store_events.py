"""What every store promises about the detection log."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, a_gallery, a_subject, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import Store
from visavis.domain.decision import Outcome
from visavis.domain.errors import EventNotFound, SubjectNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.event_summary import EventCounts, EventSummary, Share, Step
from visavis.domain.subject import GalleryId, SubjectId

EVERYTHING = EventFilter()


async def added(store: Store, *events: Event) -> list[Event]:
    async with store.transaction(TENANT) as unit:
        return await unit.events.add(events)


async def page(
    store: Store,
    wanted: EventFilter = EVERYTHING,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 100,
) -> list[Event]:
    async with store.transaction(TENANT) as unit:
        return await unit.events.page(wanted, before=before, after=after, limit=limit)


class EventsContract:
    async def test_gives_back_what_was_added_with_sequences(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        full = an_event(gallery, subject=ada, reference="r1")
        bare = Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.REJECTED,
            captured_at=START,
            recorded_at=START,
            gallery_id=None,
            gallery="",
            source="",
            reference="",
            position=3,
            outcome=None,
        )
        assert await added(store) == []
        kept = await added(store, full, bare)
        assert kept == [replace(full, sequence=1), replace(bare, sequence=2)]
        async with store.transaction(TENANT) as unit:
            assert [await unit.events.get(one.id) for one in (full, bare)] == kept
            with pytest.raises(EventNotFound):
                await unit.events.get(EventId(uuid.uuid4()))
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.events.page(EVERYTHING) == []
            with pytest.raises(EventNotFound):
                await unit.events.get(full.id)
            assert [one.sequence for one in await unit.events.add([an_event()])] == [1]

    async def test_a_capture_sent_again_leaves_one_event(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        first = an_event(gallery, reference="r1")
        await added(store, first)
        again = [
            an_event(gallery, reference="r1"),
            an_event(gallery, reference="r1", position=1),
            an_event(gallery, reference="r1", position=1),
            an_event(gallery, reference="r1", source="door"),
            an_event(gallery, reference="r2"),
            an_event(reference="r1"),
            an_event(reference="r1"),
            an_event(gallery),
            an_event(gallery),
            first,
        ]
        new = await added(store, *again)
        assert [again.index(replace(one, sequence=0)) for one in new] == [1, 3, 4, 5, 7, 8]
        assert [one.sequence for one in new] == [2, 3, 4, 5, 6, 7]
        assert await added(store, *again) == []
        assert [one.sequence for one in await added(store, an_event())] == [8]

    async def test_pages_go_both_ways(self, store: Store) -> None:
        await added(store, *(an_event() for _ in range(7)))

        async def sequences(
            *, before: int | None = None, after: int | None = None, limit: int = 100
        ) -> list[int]:
            return [one.sequence for one in await page(store, before=before, after=after, limit=limit)]

        assert await sequences(limit=3) == [7, 6, 5]
        assert await sequences(before=5, limit=3) == [4, 3, 2]
        assert await sequences(after=0, limit=3) == [1, 2, 3]
        assert await sequences(after=5) == [6, 7]
        assert await sequences(after=2, before=5) == [3, 4]
        assert await sequences(after=7) == []

    async def test_pages_are_filtered(self, store: Store) -> None:
        doors, (ada,) = await prepared(store, "Ada")
        gates = a_gallery("gates")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gates)
        await added(
            store,
            an_event(doors, subject=ada, minute=1),
            an_event(gates, minute=2, source="door"),
            an_event(gates, minute=3, kind=EventKind.REJECTED),
            an_event(minute=4, kind=EventKind.VERIFIED, reference="x"),
        )
        minute = timedelta(minutes=1)
        for wanted, expected in (
            (EventFilter(gallery_id=gates.id), [3, 2]),
            (EventFilter(galleries=frozenset({"doors", "none"})), [1]),
            (EventFilter(galleries=frozenset()), []),
            (EventFilter(subject_id=ada.id), [1]),
            (EventFilter(source="door"), [2]),
            (EventFilter(reference="x"), [4]),
            (EventFilter(kind=EventKind.REJECTED), [3]),
            (EventFilter(outcome=Outcome.NON_MATCH), [4, 2]),
            (EventFilter(since=START + 2 * minute), [4, 3, 2]),
            (EventFilter(since=START + 2 * minute, until=START + 3 * minute), [2]),
            (EventFilter(gallery_id=gates.id, outcome=Outcome.NON_MATCH), [2]),
        ):
            assert [one.sequence for one in await page(store, wanted)] == expected

    async def test_they_are_counted_by_what_they_have_in_common(self, store: Store) -> None:
        doors, (ada, bob) = await prepared(store, "Ada", "Bob")
        gates = a_gallery("gates")
        async with store.transaction(TENANT) as unit:
            await unit.galleries.add(gates)
            empty = await unit.events.summary(EVERYTHING, Step.HOUR)
        assert empty == EventSummary(whole=EventCounts(), subjects=0)
        open_ = replace(an_event(gates, minute=70), outcome=Outcome.INCONCLUSIVE)
        await added(
            store,
            an_event(doors, subject=ada, minute=1),
            an_event(doors, subject=ada, minute=2),
            replace(an_event(doors, subject=bob, minute=3, source="door"), site="berlin"),
            an_event(gates, minute=65, kind=EventKind.REJECTED),
            open_,
            replace(open_, id=EventId(uuid.uuid4()), verdict=Outcome.NON_MATCH),
            an_event(minute=30 * 60, source=""),
        )
        async with store.transaction(TENANT) as unit:
            found = await unit.events.summary(EVERYTHING, Step.HOUR)
            by_day = await unit.events.summary(EventFilter(gallery_id=doors.id), Step.DAY)
            plain = await unit.events.summary(EventFilter(unknown=True))
        assert found.whole == EventCounts(
            events=7, match=3, non_match=1, inconclusive=2, refused=1, reviewed=1, waiting=1
        )
        assert found.subjects == 2
        hour = START.replace(minute=0, second=0, microsecond=0)
        later = hour + timedelta(hours=1)
        assert [(one.start, one.counts.events) for one in found.steps[:2]] == [(hour, 3), (later, 3)]
        assert [one.counts.events for one in found.steps] == [3, 3, 1]

        def named(shares: tuple[Share, ...]) -> list[tuple[str, int]]:
            return [(one.name, one.counts.events) for one in shares]

        assert named(found.kinds) == [("identified", 6), ("rejected", 1)]
        assert named(found.galleries) == [("doors", 3), ("gates", 3)]
        assert named(found.sources) == [("gate", 5), ("door", 1)]
        assert named(found.sites) == [("berlin", 1)]
        assert [(one.start, one.counts.match) for one in by_day.steps] == [(hour.replace(hour=0), 3)]
        assert (plain.whole.events, plain.steps) == (1, ())
        async with store.transaction(OTHER_TENANT) as unit:
            assert (await unit.events.summary(EVERYTHING)).whole == EventCounts()

    async def test_a_review_is_remembered(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        (event,) = await added(store, an_event(gallery))
        async with store.transaction(TENANT) as unit:
            reviewed = await unit.events.review(event.id, Outcome.MATCH, ada.id)
        assert reviewed == replace(event, verdict=Outcome.MATCH, subject_id=ada.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.events.get(event.id) == reviewed
            again = await unit.events.review(event.id, Outcome.NON_MATCH, None)
            assert again == replace(event, verdict=Outcome.NON_MATCH)
            with pytest.raises(EventNotFound):
                await unit.events.review(EventId(uuid.uuid4()), Outcome.MATCH, None)
            with pytest.raises(SubjectNotFound):
                await unit.events.review(event.id, Outcome.MATCH, SubjectId(uuid.uuid4()))
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(EventNotFound):
                await unit.events.review(event.id, Outcome.MATCH, None)

    async def test_old_ones_are_purged_gallery_by_gallery(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        gone = replace(an_event(gallery, minute=1), gallery_id=GalleryId(uuid.uuid4()), gallery="gone")
        await added(store, *(an_event(gallery, minute=minute) for minute in (3, 1, 2, 9)), gone, an_event())
        until = START + timedelta(minutes=5)
        async with store.transaction(TENANT) as unit:
            assert await unit.events.purge(gallery.id, until, limit=1) == 1
            assert [one.sequence for one in await unit.events.page(EVERYTHING)] == [6, 5, 4, 3, 1]
            assert await unit.events.purge(gallery.id, until) == 2
            assert await unit.events.purge(None, START) == 0
            assert await unit.events.purge(None, until, limit=1) == 1
            assert [one.sequence for one in await unit.events.page(EVERYTHING)] == [5, 4]
            assert await unit.events.purge(None, until) == 1
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.events.purge(None, START + timedelta(days=9)) == 0
        assert [one.sequence for one in await added(store, an_event())] == [7]

    async def test_whoever_is_erased_is_in_no_event(self, store: Store) -> None:
        gallery, (ada, bob, cyd, dan) = await prepared(store, "Ada", "Bob", "Cyd", "Dan")
        everybody = (ada, bob, cyd, dan)
        await added(store, *(an_event(gallery, subject=one) for one in everybody))
        async with store.transaction(TENANT) as unit:
            for one in (bob, cyd):
                await unit.subjects.join(gallery.id, one.id)
            assert await unit.events.forget(dan.id) == 1
            assert await unit.events.forget(dan.id) == 0
            await unit.subjects.erase(ada.id)
            await unit.subjects.leave(gallery.id, bob.id)
            named = [one.subject_id for one in await unit.events.page(EVERYTHING, after=0)]
            assert named == [None, None, cyd.id, None]
            await unit.galleries.remove(gallery.id)
        found = await page(store)
        assert [(one.subject_id, one.outcome) for one in found] == 4 * [(None, Outcome.MATCH)]
        (late,) = await added(store, an_event(gallery, subject=ada))
        assert late.subject_id is None
        assert (await page(store, limit=1)) == [late]

    async def test_what_is_rolled_back_leaves_no_gap(self, store: Store) -> None:
        async def fail() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.events.add([an_event()])
                raise SubjectNotFound

        with pytest.raises(SubjectNotFound):
            await fail()
        assert [one.sequence for one in await added(store, an_event())] == [1]

    async def test_sequences_are_gapless_and_in_order_of_commits(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")

        async def log(number: int) -> None:
            async with store.transaction(TENANT) as unit:
                await unit.events.add([an_event(gallery, subject=ada, reference=f"{number % 12}")])
                await asyncio.sleep(0.001 * (number % 5))

        async def follow() -> list[int]:
            seen: list[int] = []
            while len(seen) < 12:
                seen += [one.sequence for one in await page(store, after=seen[-1] if seen else 0)]
                await asyncio.sleep(0)
            return seen

        following = asyncio.create_task(follow())
        await asyncio.gather(*(log(number) for number in range(24)))
        assert await asyncio.wait_for(following, 30) == list(range(1, 13))

    async def test_another_subject_with_the_same_name_is_another(self, store: Store) -> None:
        gallery, (ada,) = await prepared(store, "Ada")
        await added(store, an_event(gallery, subject=ada))
        new = a_subject("Ada")
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(ada.id)
            await unit.subjects.add(new)
        assert await page(store, EventFilter(subject_id=new.id)) == []

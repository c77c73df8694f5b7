"""What every store promises about pictures of events, and what people decide."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.pictures import KeptPicture
from visavis.application.ports.reviews import ReviewFilter, ReviewPlace
from visavis.application.ports.store import Store
from visavis.domain.correction import EventMark
from visavis.domain.decision import Outcome
from visavis.domain.errors import ReviewConflict, ReviewNotFound
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, Doubt
from visavis.domain.review import Opinion, ReviewCase, ReviewKind, ReviewState
from visavis.domain.subject import Subject, SubjectId

OPEN = frozenset({ReviewState.OPEN})


def a_picture(event: Event, gallery: Gallery, *, content: bytes = b"a face", day: int = 7) -> KeptPicture:
    expires = START + timedelta(days=day)
    return KeptPicture(event_id=event.id, gallery_id=gallery.id, content=content, expires=expires)


def a_case(event: Event, gallery: Gallery, subject: Subject | None, *, needed: int = 2) -> ReviewCase:
    return ReviewCase(
        event_id=event.id,
        gallery_id=gallery.id,
        kind=ReviewKind.IDENTIFICATION,
        opened_at=event.recorded_at,
        candidate=subject.id if subject else None,
        needed=needed,
    )


def an_opinion(event: Event, by: str, *, verdict: Outcome = Outcome.NON_MATCH, minute: int = 0) -> Opinion:
    at = START + timedelta(minutes=minute)
    return Opinion(event_id=event.id, by=by, at=at, verdict=verdict, reason="another nose")


class EventPicturesContract:
    async def test_a_picture_comes_back_as_it_was(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        event = an_event(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.pictures.keep([a_picture(event, gallery)])
            assert await unit.pictures.of(event.id) is None
            await unit.events.add([event])
            await unit.pictures.keep([a_picture(event, gallery)])
            await unit.pictures.keep([a_picture(event, gallery, content=b"a better face")])
        async with store.transaction(TENANT) as unit:
            assert await unit.pictures.of(event.id) == b"a better face"
            assert await unit.pictures.kept([event.id, an_event().id]) == {event.id}
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.pictures.of(event.id) is None

    async def test_pictures_expire_and_go_with_events_and_galleries(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        events = [an_event(gallery, minute=60 * number) for number in range(3)]
        async with store.transaction(TENANT) as unit:
            await unit.events.add(events)
            await unit.pictures.keep([a_picture(one, gallery, day=day) for day, one in enumerate(events)])
        async with store.transaction(TENANT) as unit:
            assert await unit.pictures.purge(START) == 1
            assert await unit.events.purge(gallery.id, events[2].recorded_at) == 2
        async with store.transaction(TENANT) as unit:
            assert await unit.pictures.kept([one.id for one in events]) == {events[2].id}
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.pictures.of(events[2].id) is None

    @pytest.mark.parametrize("way", ["erase", "forget", "leave"])
    async def test_pictures_go_with_whom_they_show_or_may_show(self, store: Store, way: str) -> None:
        gallery, (subject, other) = await prepared(store, "Ada", "Eva")
        sure, perhaps = an_event(gallery, subject=subject), an_event(gallery)
        others = an_event(gallery, subject=other)
        events = (sure, perhaps, others)
        async with store.transaction(TENANT) as unit:
            for one in (subject, other):
                await unit.subjects.join(gallery.id, one.id)
            await unit.events.add(events)
            await unit.reviews.open([a_case(perhaps, gallery, subject)])
            await unit.pictures.keep([a_picture(one, gallery) for one in events])
        async with store.transaction(TENANT) as unit:
            if way == "erase":
                await unit.subjects.erase(subject.id)
            elif way == "leave":
                await unit.subjects.leave(gallery.id, subject.id)
            else:
                await unit.events.forget(subject.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.pictures.kept([one.id for one in events]) == {others.id}
            with pytest.raises(ReviewNotFound):
                await unit.reviews.get(perhaps.id)


class ReviewsContract:
    async def test_cases_wait_in_order(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        events = [an_event(gallery, minute=number) for number in range(3)]
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, subject.id)
            await unit.events.add(events)
            await unit.reviews.open([a_case(one, gallery, subject) for one in reversed(events)])
        async with store.transaction(TENANT) as unit:
            first = await unit.reviews.page(ReviewFilter(), limit=2)
            place = ReviewPlace(first[1].opened_at, first[1].event_id)
            rest = await unit.reviews.page(ReviewFilter(), after=place)
            assert [one.event_id for one in (*first, *rest)] == [one.id for one in events]
            latest = await unit.reviews.page(ReviewFilter(), latest=True, limit=1)
            assert latest[0].event_id == events[2].id
            none = (
                ReviewFilter(kind=ReviewKind.VERIFICATION),
                ReviewFilter(galleries=frozenset({"another"})),
                ReviewFilter(states=frozenset({ReviewState.DECIDED})),
            )
            assert [await unit.reviews.page(one) for one in none] == [[], [], []]
            mine = ReviewFilter(gallery_id=gallery.id, galleries=frozenset({gallery.name}), states=OPEN)
            assert len(await unit.reviews.page(mine)) == 3
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.reviews.page(ReviewFilter()) == []

    async def test_only_what_is_there_waits(self, store: Store) -> None:
        gallery, (subject, stranger) = await prepared(store, "Ada", "Eva")
        event, gone = an_event(gallery), an_event(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, subject.id)
            await unit.events.add([event])
            await unit.reviews.open([a_case(gone, gallery, subject)])
            nowhere = replace(stranger, id=SubjectId(uuid.uuid4()))
            await unit.reviews.open([a_case(event, gallery, nowhere)])
            assert await unit.reviews.page(ReviewFilter()) == []
            await unit.reviews.open([a_case(event, gallery, None)])
            await unit.reviews.open([a_case(event, gallery, subject)])
            assert (await unit.reviews.get(event.id, lock=True)).candidate == subject.id
            await unit.reviews.drop(event.id)
            with pytest.raises(ReviewNotFound):
                await unit.reviews.get(event.id)

    async def test_opinions_lead_somewhere_and_are_counted(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        event, other = an_event(gallery), an_event(gallery, minute=1)
        one = an_opinion(event, "user:1")
        two = an_opinion(event, "user:2", verdict=Outcome.INCONCLUSIVE, minute=1)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, subject.id)
            await unit.events.add([event, other])
            await unit.reviews.open([a_case(each, gallery, subject) for each in (event, other)])
            await unit.reviews.claim(event.id, "user:1", START + timedelta(minutes=5))
        async with store.transaction(TENANT) as unit:
            taken = ReviewFilter(left_to="user:2", now=START)
            assert [case.event_id for case in await unit.reviews.page(taken)] == [other.id]
            assert len(await unit.reviews.page(replace(taken, left_to="user:1"))) == 2
            assert len(await unit.reviews.page(replace(taken, now=START + timedelta(minutes=6)))) == 2
            await unit.reviews.add(one, ReviewState.WAITING, split=False)
            await unit.reviews.open([a_case(event, gallery, None)])
            with pytest.raises(ReviewConflict):
                await unit.reviews.add(one, ReviewState.WAITING, split=False)
        async with store.transaction(TENANT) as unit:
            waiting = await unit.reviews.get(event.id)
            assert (waiting.state, waiting.opinions, waiting.claimed_by) == (ReviewState.WAITING, (one,), "")
            assert waiting.candidate == subject.id
            assert len(await unit.reviews.page(replace(taken, left_to="user:1"))) == 1
            await unit.reviews.add(two, ReviewState.DISAGREED, split=True)
            counts = await unit.reviews.counts(ReviewFilter(states=OPEN))
            assert {state: count for state, _, count in counts.states} == {
                ReviewState.DISAGREED: 1,
                ReviewState.OPEN: 1,
            }
            assert (counts.compared, counts.split) == (1, 1)
            await unit.reviews.withdraw(event.id, "user:2", ReviewState.WAITING)
            again = await unit.reviews.get(event.id)
            assert (again.state, again.split, again.opinions) == (ReviewState.WAITING, False, (one,))

    async def test_a_doubt_of_liveness_keeps_what_was_found(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        event, other = an_event(gallery, subject=subject), an_event(gallery, minute=1)
        unnamed = AttackFinding(score=0.3, detector="pad-1: v2")
        doubts = [Doubt(finding=unnamed, threshold=0.5)]
        doubts.append(Doubt(finding=replace(unnamed, score=0.9, instrument="screen"), threshold=0.5))
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, subject.id)
            await unit.events.add([event, other])
            await unit.reviews.open([a_case(each, gallery, subject) for each in (event, other)])
        for doubt in doubts:
            case = replace(a_case(event, gallery, subject), kind=ReviewKind.LIVENESS, doubt=doubt)
            async with store.transaction(TENANT) as unit:
                await unit.reviews.open([case])
            async with store.transaction(TENANT) as unit:
                found = await unit.reviews.get(event.id)
                assert (found.kind, found.doubt) == (ReviewKind.LIVENESS, doubt)
        async with store.transaction(TENANT) as unit:
            assert await unit.reviews.page(ReviewFilter(kind=ReviewKind.LIVENESS)) == [found]
            counts = await unit.reviews.counts(ReviewFilter())
            assert sorted(kind for _, kind, _ in counts.states) == ["identification", "liveness"]
            await unit.reviews.open([a_case(event, gallery, subject)])
            again = await unit.reviews.get(event.id)
            assert (again.kind, again.doubt) == (ReviewKind.IDENTIFICATION, None)
            await unit.reviews.open([case])
        async with store.transaction(TENANT) as unit:
            await unit.subjects.erase(subject.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.reviews.page(ReviewFilter()) == []

    async def test_a_verdict_decides_wherever_it_comes_from(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        event = an_event(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.join(gallery.id, subject.id)
            await unit.events.add([event])
            await unit.reviews.open([a_case(event, gallery, subject)])
            await unit.events.review(event.id, Outcome.MATCH, subject.id)
        async with store.transaction(TENANT) as unit:
            found = await unit.reviews.get(event.id)
            assert found.state is ReviewState.DECIDED
            assert found.decided_at is not None
            await unit.lineage.restore(EventMark(event_id=event.id, verdict=None, subject_id=None))
        async with store.transaction(TENANT) as unit:
            opened = await unit.reviews.get(event.id)
            assert (opened.state, opened.decided_at) == (ReviewState.OPEN, None)
            await unit.events.review(event.id, None, None)
            assert (await unit.events.get(event.id)).verdict is None

    async def test_a_case_follows_its_candidate_into_a_merge(self, store: Store) -> None:
        gallery, (gone, into) = await prepared(store, "Ada", "Eva")
        event = an_event(gallery)
        async with store.transaction(TENANT) as unit:
            for one in (gone, into):
                await unit.subjects.join(gallery.id, one.id)
            await unit.events.add([event])
            await unit.reviews.open([a_case(event, gallery, gone)])
        async with store.transaction(TENANT) as unit:
            moved = await unit.lineage.absorb(gone.id, into.id)
            assert dict(moved)["reviews"] == (event.id,)
            assert (await unit.reviews.get(event.id)).candidate == into.id
            await unit.lineage.release(moved, into.id, gone.id)
            assert (await unit.reviews.get(event.id)).candidate == gone.id

"""What is kept beside lines of the log: faces to look at, and cases for people, by the gallery's policy."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import picture
from tests.unit.application.test_record_track import a_track, recorded
from visavis.application.ports.reviews import ReviewFilter
from visavis.application.removal import remove_wholly
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId
from visavis.domain.policy import EventPictures
from visavis.domain.review import ReviewCase, ReviewKind, ReviewState
from visavis.domain.subject import DEFAULT_TENANT

CLEAR, VAGUE = picture("ada", noise=0.1, seed=3), picture("ada", noise=1.0, seed=3)


@pytest.fixture
def ada(bench: Bench) -> Bench:
    """Somebody is known, and sure is only what is very sure."""
    bench.run(bench.enrol(bench.gallery, "ada", [("a", picture("ada"))]))
    bench.policy(
        fpir=1e-9, fmr=1e-9, band=1000, event_pictures=EventPictures.FACE, event_picture_days=3, reviewers=2
    )
    return bench


def identified(bench: Bench, what: bytes) -> Event:
    found = bench.run(bench.identify(bench.gallery, what))
    (event,) = bench.run(bench.record.identified(bench.gallery, found))
    kept: Event = event
    return kept


def cases(bench: Bench) -> list[ReviewCase]:
    async def page() -> list[ReviewCase]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            return await work.reviews.page(ReviewFilter())

    found: list[ReviewCase] = bench.run(page())
    return found


def pictured(bench: Bench, ids: Sequence[EventId]) -> frozenset[EventId]:
    async def kept() -> frozenset[EventId]:
        async with bench.store.transaction(DEFAULT_TENANT) as work:
            return await work.pictures.kept(ids)

    found: frozenset[EventId] = bench.run(kept())
    return found


def test_what_is_left_open_waits_for_people_with_its_candidate(ada: Bench) -> None:
    sure, unsure = identified(ada, CLEAR), identified(ada, VAGUE)
    assert (sure.outcome, unsure.outcome) == (Outcome.MATCH, Outcome.INCONCLUSIVE)
    (case,) = cases(ada)
    assert (case.event_id, case.kind, case.state) == (
        unsure.id,
        ReviewKind.IDENTIFICATION,
        ReviewState.OPEN,
    )
    assert (case.candidate, case.needed) == (sure.subject_id, 2)
    assert case.reference_id is not None


def test_a_claim_that_is_left_open_waits_too(ada: Bench) -> None:
    claim = ada.run(ada.verify_subject(ada.gallery, "ada", VAGUE))
    event = ada.run(ada.record.verified(ada.gallery, claim))
    assert event.outcome is Outcome.INCONCLUSIVE
    (case,) = cases(ada)
    assert (case.kind, case.candidate) == (ReviewKind.VERIFICATION, claim.subject_id)
    assert pictured(ada, [event.id]) == {event.id}


def test_faces_are_kept_where_the_policy_says_so_and_for_its_days(ada: Bench) -> None:
    events = [identified(ada, one) for one in (CLEAR, VAGUE, picture("bob"))]
    ids = [event.id for event in events]
    assert pictured(ada, ids) == set(ids)
    refused = identified(ada, picture("ada", bad="too_dark"))
    assert pictured(ada, [refused.id]) == frozenset()
    ada.clock.turn(days=2)
    ada.run(ada.retain())
    assert pictured(ada, ids) == set(ids)
    ada.clock.turn(days=2)
    ada.run(ada.retain())
    assert pictured(ada, ids) == frozenset()
    ada.policy(event_pictures=EventPictures.NONE)
    assert pictured(ada, [identified(ada, CLEAR).id]) == frozenset()


def test_no_face_outlives_its_event(ada: Bench) -> None:
    ada.policy(event_picture_days=30, event_days=2)
    event = identified(ada, CLEAR)
    ada.clock.turn(days=2, seconds=1)
    ada.run(ada.retain())
    assert pictured(ada, [event.id]) == frozenset()


def test_a_track_that_becomes_sure_waits_no_longer_and_shows_its_better_face(ada: Bench) -> None:
    track = a_track(ada, VAGUE, ended=False)
    first = recorded(ada, track)
    assert first.outcome is Outcome.INCONCLUSIVE
    assert first.event_id is not None
    event_id = first.event_id
    assert [case.event_id for case in cases(ada)] == [event_id]

    async def face() -> bytes | None:
        async with ada.store.transaction(DEFAULT_TENANT) as work:
            return await work.pictures.of(event_id)

    before = ada.run(face())
    second = recorded(ada, replace(track, shots=a_track(ada, CLEAR).shots, frames=20, ended=True))
    assert (second.event_id, second.outcome) == (first.event_id, Outcome.MATCH)
    assert cases(ada) == []
    assert before is not None
    assert ada.run(face()) not in (None, before)


def test_who_is_erased_takes_faces_and_cases_along(ada: Bench) -> None:
    sure, unsure, other = (identified(ada, one) for one in (CLEAR, VAGUE, picture("bob")))
    exported = ada.run(ada.export_subject("ada"))
    assert exported.pictures == {sure.id}

    async def erase() -> None:
        async with ada.store.transaction(DEFAULT_TENANT) as work:
            await remove_wholly(work, await work.subjects.by_name("ada"))

    ada.run(erase())
    assert pictured(ada, [sure.id, unsure.id, other.id]) == {other.id}
    assert cases(ada) == []

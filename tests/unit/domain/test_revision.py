"""Lines of tracks: certainty only grows, and the order of reports does not matter."""

import uuid
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from tests.contract.making import START, an_event
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.revision import revised
from visavis.domain.subject import SubjectId

ADA, EVE = SubjectId(uuid.uuid4()), SubjectId(uuid.uuid4())
LINE = replace(an_event(), track=uuid.uuid4(), seen_until=START + timedelta(seconds=2), frames=5)


def line(
    outcome: Outcome | None,
    subject: SubjectId | None = None,
    *,
    fpir: float | None = 1e-3,
    score: float = 0.5,
    seconds: int = 2,
    frames: int = 5,
) -> Event:
    return replace(
        LINE,
        id=EventId(uuid.uuid4()),
        kind=EventKind.REJECTED if outcome is None else EventKind.IDENTIFIED,
        outcome=outcome,
        subject_id=subject,
        fpir=fpir,
        fmr=None,
        score=score,
        seen_until=START + timedelta(seconds=seconds),
        frames=frames,
    )


def folded(lines: "tuple[Event, ...]") -> Event:
    first, *rest = lines
    for after in rest:
        found = revised(first, after)
        first = found.event if found else first
    return first


NOTHING, STRANGER = line(None), line(Outcome.NON_MATCH, fpir=0.9, score=0.1)
PERHAPS = line(Outcome.INCONCLUSIVE, fpir=5e-3, score=0.3)
MATCHED = line(Outcome.MATCH, ADA, fpir=1e-4, score=0.6, seconds=4, frames=9)
SURER = line(Outcome.MATCH, ADA, fpir=1e-6, score=0.7, seconds=3, frames=2)


def test_whatever_the_order_the_surest_stands_and_times_grow() -> None:
    ends = [folded(order) for order in permutations((NOTHING, STRANGER, PERHAPS, MATCHED, SURER))]
    facts = {(e.kind, e.outcome, e.subject_id, e.fpir, e.score, e.seen_until, e.frames) for e in ends}
    assert facts == {(EventKind.IDENTIFIED, Outcome.MATCH, ADA, 1e-6, 0.7, START + timedelta(seconds=4), 9)}


@pytest.mark.parametrize("again", [MATCHED, STRANGER, PERHAPS, NOTHING])
def test_what_says_nothing_new_revises_nothing(again: Event) -> None:
    assert revised(replace(MATCHED, frames=99), replace(again, frames=99)) is None


def test_identifier_place_and_time_of_recording_stay() -> None:
    before = replace(STRANGER, site="Work", zone="Yard", sequence=7, revision=2)
    found = revised(before, replace(MATCHED, recorded_at=START + timedelta(hours=1)))
    assert found is not None
    assert (found.decided, found.replaced) == (True, False)
    assert (found.event.id, found.event.recorded_at) == (before.id, before.recorded_at)
    assert (found.event.site, found.event.zone, found.event.revision) == ("Work", "Yard", 3)


@pytest.mark.parametrize(("fpir", "replaced"), [(9e-5, False), (1.1e-5, False), (1e-5, True), (1e-9, True)])
def test_another_subject_replaces_a_match_only_if_it_is_clearly_surer(fpir: float, replaced: bool) -> None:
    found = revised(MATCHED, line(Outcome.MATCH, EVE, fpir=fpir, seconds=4, frames=9))
    assert (found is not None and found.replaced) is replaced
    if found is not None:
        assert found.event.subject_id == EVE


def test_a_rate_that_is_lower_only_because_the_gallery_shrank_is_no_news() -> None:
    assert revised(MATCHED, replace(MATCHED, fpir=1e-5)) is None


def test_what_a_person_decided_stays() -> None:
    reviewed = replace(STRANGER, verdict=Outcome.MATCH, subject_id=EVE)
    found = revised(reviewed, MATCHED)
    assert found is not None
    assert (found.decided, found.event.subject_id, found.event.outcome) == (False, EVE, Outcome.NON_MATCH)
    assert found.event.frames == 9


def test_an_unknown_who_was_remembered_gives_way_to_somebody_known_only() -> None:
    remembered = replace(STRANGER, subject_id=EVE)
    found = revised(STRANGER, replace(remembered, id=STRANGER.id))
    assert found is not None, "it became a subject"
    for later in (line(Outcome.MATCH, EVE), PERHAPS, line(Outcome.NON_MATCH, fpir=0.1, score=0.4)):
        assert revised(remembered, later) is None
    known = revised(remembered, MATCHED)
    assert known is not None
    assert (known.event.subject_id, known.replaced) == (ADA, False)


def test_a_match_whose_subject_was_erased_is_not_taken_for_a_stranger() -> None:
    erased = replace(MATCHED, subject_id=None)
    assert revised(erased, replace(STRANGER, frames=9)) is None

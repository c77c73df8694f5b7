"""Whose references should be taken anew."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from visavis.domain.decision import Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.policy import Policy
from visavis.evaluation.ageing import Ageing, AgeingLimits, AgeingReason, aged

NOW = datetime(2026, 6, 1, tzinfo=UTC)
POLICY = Policy()
MODEL = "words/0123456789ab/1/64"


def a_match(
    score: float, *, fpir: float | None = 1e-9, fmr: float = 1e-10, kind: str = "identified"
) -> Event:
    return Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind(kind),
        captured_at=NOW,
        recorded_at=NOW,
        gallery_id=None,
        gallery="staff",
        source="",
        reference="",
        position=0,
        outcome=Outcome.MATCH,
        score=score,
        fmr=fmr,
        fpir=fpir if kind == "identified" else None,
        model=MODEL,
    )


def ageing(*matches: Event, days: int = 10, quality: float | None = 80.0) -> Ageing:
    references = [(NOW - timedelta(days=days), quality), (NOW - timedelta(days=9000), 5.0)]
    return aged(references, matches, model=MODEL, policy=POLICY, now=NOW, limits=AgeingLimits())


def test_young_and_good_references_are_left_alone() -> None:
    found = ageing(*[a_match(0.7 + 0.01 * (n % 4)) for n in range(20)])
    assert found.reasons == ()
    assert found.headroom == pytest.approx(6.0)


def test_the_youngest_counts_for_age_and_the_best_for_quality() -> None:
    assert ageing(days=2000).reasons == (AgeingReason.OLD,)
    assert ageing(quality=20.0).reasons == (AgeingReason.LOW_QUALITY,)
    assert ageing(quality=None).reasons == (AgeingReason.LOW_QUALITY,), "the other one's quality is known"


def test_matches_near_the_threshold() -> None:
    near = [a_match(0.4, fpir=5e-4) for _ in range(5)]
    assert ageing(*near).reasons == (AgeingReason.NEAR_THRESHOLD,)
    assert ageing(*near[:4]).reasons == (), "too few to tell"
    verified = [a_match(0.4, fmr=5e-5, kind="verified") for _ in range(5)]
    assert ageing(*verified).reasons == (AgeingReason.NEAR_THRESHOLD,)


def test_scores_that_fall_are_seen_and_noise_is_not() -> None:
    """The latest come first."""
    high = [a_match(0.70 + 0.01 * (n % 5)) for n in range(15)]
    low = [a_match(0.55 + 0.01 * n) for n in range(5)]
    found = ageing(*low, *high)
    assert found.reasons == (AgeingReason.DECLINING,)
    assert found.score is not None
    assert found.earlier_score is not None
    assert found.score < found.earlier_score
    assert ageing(*high, *low).reasons == ()
    assert ageing(*[replace(one, verdict=Outcome.NON_MATCH) for one in low], *high).reasons == ()


def test_scores_of_another_model_do_not_count() -> None:
    before = [replace(a_match(0.70 + 0.01 * (n % 5)), model="another") for n in range(15)]
    now = [a_match(0.55 + 0.01 * n) for n in range(5)]
    found = ageing(*now, *before)
    assert (found.reasons, found.matches, found.earlier_score) == ((), 5, None)


def test_limits_have_bounds() -> None:
    with pytest.raises(ValueInvalid):
        AgeingLimits(days=0)
    with pytest.raises(ValueInvalid):
        AgeingLimits(matches=3)

"""Figures, limits and shares of trials."""

import uuid
from dataclasses import replace

import pytest

from tests.contract.making import a_gallery
from tests.contract.store_trials import a_trial
from visavis.domain.errors import ValueInvalid
from visavis.domain.trial import Agreement, Comparison, TrialFigures, TrialLimits, TrialState

REQUESTS = [uuid.UUID(int=number) for number in range(4000)]


def figures(
    *, same: int = 0, other: int = 0, errors: int = 0, ours: float = 10, theirs: float = 10
) -> TrialFigures:
    found = TrialFigures(errors=errors)
    for agreement, count in ((Agreement.SAME, same), (Agreement.OTHER, other)):
        for _ in range(count):
            found = found.plus(Comparison(agreement=agreement, in_force_ms=ours, candidate_ms=theirs))
    return found


def test_a_canary_decides_its_share_and_the_same_requests_again() -> None:
    trial = replace(a_trial(a_gallery()), state=TrialState.CANARY, share=0.05)
    chosen = [one for one in REQUESTS if trial.decides(one)]
    assert 140 < len(chosen) < 260
    assert chosen == [one for one in REQUESTS if trial.decides(one)]
    more = replace(trial, share=0.25)
    assert set(chosen) < {one for one in REQUESTS if more.decides(one)}
    other = replace(trial, id=a_trial(a_gallery()).id)
    assert chosen != [one for one in REQUESTS if other.decides(one)]


def test_in_shadow_and_without_a_request_it_decides_nothing() -> None:
    trial = a_trial(a_gallery())
    assert not any(trial.decides(one) for one in REQUESTS)
    assert not replace(trial, state=TrialState.CANARY, share=0.5).decides(None)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (figures(same=50), ""),
        (figures(same=40, other=9), ""),  # too few
        (figures(same=97, other=3), ""),
        (figures(same=90, other=10), "disagreements: 10 of 100 comparisons"),
        (figures(same=97, errors=3), "errors: 3 of 100 tries"),
        (figures(errors=50), "errors: 50 of 50 tries"),
        (figures(same=50, theirs=29), ""),
        (figures(same=50, theirs=31), "latency: median 31 ms against 10 ms"),
    ],
)
def test_limits(found: TrialFigures, said: str) -> None:
    assert TrialLimits().violated(found) == said


def test_the_share_that_agrees_has_an_interval() -> None:
    assert TrialFigures().agreeing is None
    share, low, high = figures(same=95, other=5).agreeing or (0, 0, 0)
    assert share == 0.95
    assert (round(low, 4), round(high, 4)) == (0.8882, 0.9785)  # R: prop.test(95, 100, correct=FALSE)
    assert (figures(same=3).agreeing or (0, 0, 0))[2] == 1.0


def test_sides_keep_means_and_the_latest_times() -> None:
    found = TrialFigures()
    for number in range(300):
        found = found.plus(
            Comparison(agreement=Agreement.SAME, in_force_score=0.5, candidate_ms=float(number))
        )
    assert (found.in_force.mean_score, found.in_force.median_ms) == (0.5, None)
    assert (found.candidate.mean_score, found.candidate.median_ms) == (None, 199.5)
    assert len(found.candidate.latencies) == 200


def test_values_that_make_no_sense() -> None:
    trial = a_trial(a_gallery())
    for share in (0.0, 0.51, -1.0):
        with pytest.raises(ValueInvalid):
            replace(trial, share=share)
    with pytest.raises(ValueInvalid):
        TrialLimits(errors=1.1)
    with pytest.raises(ValueInvalid):
        TrialLimits(disagreements=-0.1)
    with pytest.raises(ValueInvalid):
        TrialLimits(latency_factor=0.5)

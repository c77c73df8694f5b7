"""Rates without subjects: the values of `Verification`, the intervals of independent trials."""

import numpy as np
import pytest

from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.independent import IndependentVerification
from visavis.evaluation.rates import wilson_interval
from visavis.evaluation.verification import Verification


def population(mated: int, non_mated: int, seed: int = 0, *, apart: bool = False) -> ComparisonSet:
    """Every comparison of people of its own where `apart`, of nobody in particular otherwise."""
    rng = np.random.default_rng(seed)
    scores = np.concatenate([0.6 + 0.15 * rng.standard_normal(mated), 0.15 * rng.standard_normal(non_mated)])
    truth = np.arange(len(scores)) < mated
    first = np.arange(len(scores), dtype=np.int32) if apart else np.zeros(len(scores), np.int32)
    second = np.where(truth, first, first + len(scores)).astype(np.int32) if apart else first
    return ComparisonSet(scores=scores.astype(np.float32), mated=truth, first=first, second=second)


def test_the_values_are_those_of_verification() -> None:
    free, bound = IndependentVerification(population(400, 3000)), Verification(population(400, 3000))
    few = Resampling(replicates=2)
    for one, other in (
        (free.fnmr_at_fmr(0.01), bound.fnmr_at_fmr(0.01, few)),
        (free.fnmr_at(0.3), bound.fnmr_at(0.3, few)),
        (free.fmr_at(0.3), bound.fmr_at(0.3, few)),
        (free.equal_error_rate(), bound.equal_error_rate(few)),
    ):
        assert (one.value, one.errors, one.trials, one.threshold) == (
            other.value,
            other.errors,
            other.trials,
            other.threshold,
        )
        assert one.supported == other.supported
        assert 0.0 <= one.low <= one.value <= one.high <= 1.0


def test_rates_at_a_threshold_have_the_interval_of_wilson() -> None:
    rates = IndependentVerification(population(400, 3000))
    found = rates.fmr_at(0.3)
    assert (found.low, found.high) == wilson_interval(found.errors, 3000)


def test_intervals_are_those_of_a_bootstrap_over_people_where_nobody_comes_twice() -> None:
    """Drawing each comparison's own people draws the comparison."""
    free = IndependentVerification(population(300, 600)).fnmr_at_fmr(0.05)
    bound = Verification(population(300, 600, apart=True)).fnmr_replicates(0.05, Resampling(replicates=400))
    low, high = np.nanpercentile(bound, [2.5, 97.5])
    assert free.low == pytest.approx(low, abs=0.012)
    assert free.high == pytest.approx(high, abs=0.012)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """FNMR where FMR is 0.1: normal scores 0.6 apart with a spread of 0.15, so Φ(1.2816 - 4) = 0.00328."""
    found = [
        IndependentVerification(population(3000, 1000, seed)).fnmr_at_fmr(0.1, Resampling(replicates=300))
        for seed in range(60)
    ]
    held = sum(rate.low <= 0.00328 <= rate.high for rate in found)
    assert held >= 53


def test_the_same_seed_gives_the_same_interval() -> None:
    rates = IndependentVerification(population(400, 3000))
    one, same, other = (rates.fnmr_at_fmr(0.01, Resampling(seed=seed)) for seed in (1, 1, 2))
    assert (one.low, one.high) == (same.low, same.high)
    assert (
        rates.fnmr_replicates(0.01, Resampling(seed=1)).tolist()
        != rates.fnmr_replicates(0.01, Resampling(seed=2)).tolist()
    )
    assert other.value == one.value

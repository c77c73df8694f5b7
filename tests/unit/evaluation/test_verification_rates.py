import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.accuracy import best_accuracy, best_threshold, folded_accuracy
from visavis.evaluation.bootstrap import Resampling, pair_totals, percentile_interval
from visavis.evaluation.comparisons import FAILED, ComparisonSet
from visavis.evaluation.rates import above, rule_of_three, wilson_interval
from visavis.evaluation.verification import Verification


def comparisons(mated: list[float], others: list[float]) -> ComparisonSet:
    """Mated ones of subjects 0, 1, ..., non-mated ones of neighbours."""
    numbers = np.arange(len(mated) + len(others), dtype=np.int32)
    truth = numbers < len(mated)
    first = np.where(truth, numbers, numbers - len(mated)).astype(np.int32)
    return ComparisonSet(
        scores=np.array([*mated, *others], np.float32),
        mated=truth,
        first=first,
        second=np.where(truth, first, first + 1).astype(np.int32),
    )


def population(subjects: int, seed: int, each: int = 3) -> ComparisonSet:
    """Scores with a subject effect, as real ones have: some people resemble many others."""
    rng = np.random.default_rng(seed)
    effect = 0.05 * rng.standard_normal(subjects)
    first, second = np.triu_indices(subjects, 1)
    others = 0.1 * rng.standard_normal(len(first)) + effect[first] + effect[second]
    own = np.repeat(np.arange(subjects), each)
    mated = 0.4 + 0.12 * rng.standard_normal(len(own)) - 2 * effect[own]
    return ComparisonSet(
        scores=np.concatenate([mated, others]).astype(np.float32),
        mated=np.arange(len(own) + len(first)) < len(own),
        first=np.concatenate([own, first]).astype(np.int32),
        second=np.concatenate([own, second]).astype(np.int32),
    )


class TestByHand:
    rates = Verification(comparisons([0.9, 0.8, 0.5, 0.3], [0.6, 0.4, 0.4, 0.2, 0.1]))

    def test_rates_at_a_threshold(self) -> None:
        assert self.rates.fmr(0.45) == pytest.approx(0.2)
        assert self.rates.fmr(0.39) == pytest.approx(0.6)
        assert self.rates.fnmr(0.5) == pytest.approx(0.25)
        assert (self.rates.fmr(-1.0), self.rates.fnmr(-1.0)) == (1.0, 0.0)
        assert (self.rates.fmr(1.0), self.rates.fnmr(1.0)) == (0.0, 1.0)

    def test_threshold_at_fmr(self) -> None:
        assert self.rates.threshold_at_fmr(0.2) == pytest.approx(0.4, abs=1e-6)
        assert self.rates.fmr(self.rates.threshold_at_fmr(0.2)) == pytest.approx(0.2)
        assert self.rates.fmr(self.rates.threshold_at_fmr(0.5)) == pytest.approx(
            0.2
        )  # equal scores go together
        assert self.rates.fmr(self.rates.threshold_at_fmr(0.6)) == pytest.approx(0.6)
        assert self.rates.fmr(self.rates.threshold_at_fmr(1e-6)) == 0.0

    def test_fnmr_at_fmr(self) -> None:
        result = self.rates.fnmr_at_fmr(0.2)
        assert (result.value, result.errors, result.trials) == (0.25, 1, 4)
        assert result.low <= 0.25 <= result.high
        assert not result.supported

    def test_equal_error_rate(self) -> None:
        """At 0.5: FMR 1/5, FNMR 1/4; nowhere closer."""
        result = self.rates.equal_error_rate()
        assert result.value == pytest.approx((0.2 + 0.25) / 2)
        assert result.threshold == pytest.approx(0.5)

    def test_perfect_separation_is_an_error_rate_of_zero_with_an_upper_bound(self) -> None:
        rates = Verification(comparisons([0.9] * 30, [0.1] * 100))
        assert rates.equal_error_rate().value == 0.0
        result = rates.fnmr_at_fmr(0.1)
        assert (result.value, result.low) == (0.0, 0.0)
        assert result.high == pytest.approx(3 / 30)
        assert rates.fmr_at(0.5).high == pytest.approx(3 / 50)

    def test_failures_count_as_false_non_matches(self) -> None:
        rates = Verification(comparisons([0.9, 0.8, FAILED, FAILED], [0.6, 0.4]))
        assert (rates.failed, rates.mated) == (2, 4)
        assert rates.fnmr(-1.0) == 0.5
        assert rates.fnmr_at_fmr(0.5).value == 0.5

    def test_nothing_to_measure(self) -> None:
        with pytest.raises(ValueInvalid):
            Verification(comparisons([0.5], []))
        with pytest.raises(ValueInvalid):
            Verification(comparisons([], [0.5]))
        for target in (0.0, 1.0, -0.1):
            with pytest.raises(ValueInvalid):
                self.rates.threshold_at_fmr(target)


score = st.integers(-20, 20).map(lambda value: value / 16)  # exact in float32, with many ties


@settings(max_examples=60, deadline=None)
@given(
    st.lists(score, min_size=1, max_size=30),
    st.lists(score, min_size=1, max_size=30),
    st.floats(0.001, 0.999),
)
def test_against_loops(mated: list[float], others: list[float], target: float) -> None:
    rates = Verification(comparisons(mated, others))
    for threshold in [*mated, *others, -9.0, 9.0, 0.01]:
        assert rates.fmr(threshold) == pytest.approx(sum(s >= threshold for s in others) / len(others))
        assert rates.fnmr(threshold) == pytest.approx(sum(s < threshold for s in mated) / len(mated))
    candidates = [min(others), *(above(s) for s in others)]
    lowest = min(t for t in candidates if sum(s >= t for s in others) <= target * len(others) + 1e-9)
    assert rates.threshold_at_fmr(target) == lowest
    curve = rates.curve()
    assert curve.thresholds.tolist() == sorted({*mated, *others})
    assert curve.fmr.tolist() == pytest.approx([rates.fmr(t) for t in curve.thresholds])
    assert curve.fnmr.tolist() == pytest.approx([rates.fnmr(t) for t in curve.thresholds])
    gaps = [abs(rates.fmr(t) - rates.fnmr(t)) for t in curve.thresholds]
    eer = rates.equal_error_rate(Resampling(replicates=2))
    assert abs(rates.fmr(eer.threshold) - rates.fnmr(eer.threshold)) == pytest.approx(min(gaps))
    assert eer.low <= eer.value <= eer.high


class TestBootstrap:
    def test_pair_totals_against_loops(self) -> None:
        rng = np.random.default_rng(0)
        weights = rng.integers(0, 4, (5, 7)).astype(np.float64)
        first, second = rng.integers(0, 7, (2, 50)).astype(np.int32)
        expected = [sum(row[a] * row[b] for a, b in zip(first, second, strict=True)) for row in weights]
        assert pair_totals(weights, first, second).tolist() == expected

    def test_replicates_against_loops(self) -> None:
        """The same draws, each evaluated on a list in which every comparison stands as often as it counts."""
        data, resampling = population(25, seed=1), Resampling(replicates=40, seed=5)
        fnmrs, fmrs, errors = [], [], []
        for drawn in resampling.weights(25):
            times = np.where(data.mated, drawn[data.first], drawn[data.first] * drawn[data.second]).astype(
                int
            )
            again = Verification(data.where(np.repeat(np.arange(len(data)), times)))
            fnmrs.append(again.fnmr(again.threshold_at_fmr(0.05)))
            fmrs.append(again.fmr(0.2))
            errors.append(again.equal_error_rate(Resampling(replicates=1)).value)
        rates = Verification(data)
        for result, naive in (
            (rates.fnmr_at_fmr(0.05, resampling), fnmrs),
            (rates.fmr_at(0.2, resampling), fmrs),
        ):
            low, high = percentile_interval(np.array(naive), result.value)
            assert (result.low, result.high) == (pytest.approx(low), pytest.approx(high))
        result = rates.equal_error_rate(resampling)
        low, high = percentile_interval(np.array(errors), result.value)
        assert (result.low, result.high) == (pytest.approx(low, abs=0.01), pytest.approx(high, abs=0.01))

    def test_intervals_hold_the_truth_about_as_often_as_they_say(self) -> None:
        """The truth is the mean over many populations; 95 % of intervals should hold it, few data allow less."""
        found = [
            Verification(population(50, seed)).fnmr_at_fmr(0.01, Resampling(replicates=100))
            for seed in range(40)
        ]
        truth = float(np.mean([result.value for result in found]))
        held = np.mean([result.low <= truth <= result.high for result in found])
        assert held >= 0.87

    def test_the_same_seed_gives_the_same_interval(self) -> None:
        rates = Verification(population(40, seed=2))
        one = rates.fnmr_at_fmr(0.01, Resampling(seed=3))
        assert rates.fnmr_at_fmr(0.01, Resampling(seed=4)) != one
        assert Verification(population(40, seed=2)).fnmr_at_fmr(0.01, Resampling(seed=3)) == one

    def test_replicates_without_data_are_left_out(self) -> None:
        assert percentile_interval(np.array([np.nan, 0.2, 0.4]), 0.3) == (
            pytest.approx(0.205),
            pytest.approx(0.395),
        )
        assert percentile_interval(np.array([np.nan]), 0.3) == (0.0, 1.0)
        with pytest.raises(ValueInvalid):
            Resampling(replicates=0)


class TestBounds:
    def test_wilson_by_hand(self) -> None:
        low, high = wilson_interval(5, 50)
        assert (low, high) == (pytest.approx(0.04348, abs=1e-4), pytest.approx(0.21360, abs=1e-4))
        assert wilson_interval(0, 0) == (0.0, 1.0)
        assert wilson_interval(0, 10)[0] == 0.0
        assert all(wilson_interval(0, trials)[0] == 0.0 for trials in range(1, 400))
        assert all(wilson_interval(trials, trials)[1] == 1.0 for trials in range(1, 400))

    def test_rule_of_three(self) -> None:
        assert rule_of_three(300) == pytest.approx(0.01)
        assert rule_of_three(0) == 1.0
        assert math.isclose((1 - rule_of_three(300)) ** 300, 0.05, rel_tol=0.05)


class TestAccuracy:
    def test_best_threshold_lies_between(self) -> None:
        scores = np.array([0.1, 0.3, 0.5, 0.9], np.float32)
        truth = np.array([False, False, True, True])
        assert best_threshold(scores, truth) == pytest.approx(0.4)
        result = best_accuracy(scores, truth)
        assert (result.value, result.errors) == (1.0, 0)

    @given(st.lists(st.tuples(score, st.booleans()), min_size=1, max_size=30))
    def test_against_every_threshold(self, data: list[tuple[float, bool]]) -> None:
        scores = np.array([value for value, _ in data], np.float32)
        truth = np.array([mated for _, mated in data])
        every = [*scores.tolist(), above(float(scores.max()))]
        expected = max(float(((scores >= t) == truth).mean()) for t in every)
        assert best_accuracy(scores, truth).value == pytest.approx(expected)

    def test_failed_comparisons_are_rejected(self) -> None:
        scores = np.array([FAILED, 0.5], np.float32)
        assert best_accuracy(scores, np.array([True, True])).value == 0.5

    def test_a_fold_is_judged_by_the_others(self) -> None:
        scores = np.array([0.2, 0.8, 0.4, 0.6, 0.65, 0.7], np.float32)
        truth = np.array([False, True] * 3)
        folds = np.array([1, 1, 2, 2, 3, 3])
        result = folded_accuracy(scores, truth, folds)
        assert result.thresholds == pytest.approx((0.675, 0.675, 0.5), abs=0.2)
        assert result.folds[2] == 0.5
        assert result.value == pytest.approx(np.mean(result.folds))
        assert result.standard_error == pytest.approx(np.std(result.folds, ddof=1) / np.sqrt(3))
        with pytest.raises(ValueInvalid):
            folded_accuracy(scores, truth, np.ones(6, int))

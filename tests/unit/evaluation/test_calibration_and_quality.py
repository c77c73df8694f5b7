import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity
from visavis.evaluation.calibration import calibrate, cross_check
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.quality import error_versus_discard, failure_auc, fit_quality

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=8)


def population(subjects: int, seed: int = 0, decimals: int = 7) -> ComparisonSet:
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(subjects, 1)
    scores = np.concatenate(
        [0.6 + 0.1 * rng.standard_normal(subjects), 0.1 * rng.standard_normal(len(first))]
    )
    own = np.arange(subjects)
    return ComparisonSet(
        scores=np.round(scores, decimals).astype(np.float32),
        mated=np.arange(len(scores)) < subjects,
        first=np.concatenate([own, first]).astype(np.int32),
        second=np.concatenate([own, second]).astype(np.int32),
    )


class TestCalibrate:
    def test_points_cover_what_the_data_support_and_err_on_the_safe_side(self) -> None:
        data = population(300)
        result = calibrate(data, model=MODEL, measure=Measure.COSINE, data="synthetic")
        others, mated = data.scores[~data.mated], data.scores[data.mated]
        assert (result.non_mated, result.mated, result.subjects) == (len(others), 300, 300)
        assert result.points[0].fmr == pytest.approx(0.5)
        assert result.lowest_fmr == pytest.approx(30 / len(others))
        for point in result.points:
            assert (others >= point.score).mean() <= point.fmr + 1e-12
            assert (others >= point.score).mean() >= point.fmr - 2 / len(others)
            assert point.fnmr == pytest.approx((mated < point.score).mean())
        per_decade = (len(result.points) - 1) / np.log10(result.points[0].fmr / result.lowest_fmr)
        assert 12 <= per_decade < 13

    def test_thresholds_keep_their_rate_on_the_same_data(self) -> None:
        data = population(300)
        result = calibrate(data, model=MODEL, measure=Measure.COSINE, data="synthetic")
        others = data.scores[~data.mated]
        for target in (0.3, 0.05, 0.01, 0.002):
            realised = (others >= result.threshold_at(target).value).mean()
            assert realised == pytest.approx(target, rel=0.03)

    @pytest.mark.parametrize("decimals", [0, 1, 2])
    def test_many_equal_scores(self, decimals: int) -> None:
        data = population(200, decimals=decimals)
        others = data.scores[~data.mated]
        if len(np.unique(others)) < 3:
            with pytest.raises(ValueInvalid):
                calibrate(data, model=MODEL, measure=Measure.COSINE, data="synthetic")
            return
        result = calibrate(data, model=MODEL, measure=Measure.COSINE, data="synthetic")
        assert all((others >= point.score).mean() <= point.fmr for point in result.points)

    def test_too_little_data(self) -> None:
        with pytest.raises(ValueInvalid):
            calibrate(population(8), model=MODEL, measure=Measure.COSINE, data="synthetic")

    def test_cross_check_finds_a_calibration_that_holds(self) -> None:
        checks = cross_check(
            population(300), model=MODEL, measure=Measure.COSINE, targets=(1e-2, 1e-5), splits=3
        )
        assert [check.target for check in checks] == [1e-2, 1e-5]
        assert [check.extrapolated for check in checks] == [False, True]
        assert checks[0].factor == pytest.approx(1.0, abs=0.25)
        assert checks[0].lowest <= checks[0].realised <= checks[0].highest

    def test_cross_check_sees_halves_that_differ(self) -> None:
        """Half of the subjects resemble each other: their comparisons score higher wherever the split falls."""
        data = population(200)
        alike = ~data.mated & (data.first < 20) & (data.second < 20)
        shifted = ComparisonSet(
            scores=np.where(alike, data.scores + 0.5, data.scores).astype(np.float32),
            mated=data.mated,
            first=data.first,
            second=data.second,
        )
        (check,) = cross_check(shifted, model=MODEL, measure=Measure.COSINE, targets=(5e-3,), splits=4)
        assert check.highest > 1.3 * check.lowest


class TestDiscard:
    def test_by_hand(self) -> None:
        curve = error_versus_discard(
            np.array([0.1, 0.9, 0.2, 0.8], np.float32),
            np.array([1.0, 4.0, 3.0, 2.0]),
            0.5,
            [0, 0.25, 0.5, 0.75],
        )
        assert curve.fnmr == pytest.approx((0.5, 1 / 3, 0.5, 0.0))
        assert curve.area(0.25) == pytest.approx((0.5 + 1 / 3) / 2 / 0.5)

    @settings(max_examples=100)
    @given(
        st.lists(
            st.tuples(st.floats(0, 1, width=16), st.booleans()),
            min_size=1,
            max_size=40,
            unique_by=lambda x: x[0],
        ),
        st.floats(0, 0.99),
    )
    def test_against_loops(self, data: list[tuple[float, bool]], share: float) -> None:
        quality = np.array([value for value, _ in data])
        scores = np.array([0.0 if failed else 1.0 for _, failed in data], np.float32)
        kept = sorted(data)[int(share * len(data) + 1e-9) :]
        curve = error_versus_discard(scores, quality, 0.5, [share])
        assert curve.fnmr[0] == pytest.approx(sum(failed for _, failed in kept) / len(kept))

    def test_a_perfect_quality_beats_a_random_one(self) -> None:
        rng = np.random.default_rng(0)
        scores = rng.random(2_000).astype(np.float32)
        assert error_versus_discard(scores, scores, 0.1).area() < 0.5
        assert error_versus_discard(scores, rng.random(2_000), 0.1).area() == pytest.approx(1.0, abs=0.1)

    def test_nonsense_is_refused(self) -> None:
        ones = np.ones(3, np.float32)
        with pytest.raises(ValueInvalid):
            error_versus_discard(ones, np.ones(2), 0.5)
        with pytest.raises(ValueInvalid):
            error_versus_discard(ones, ones, 0.5, [1.0])
        with pytest.raises(ValueInvalid):
            error_versus_discard(ones, ones, 0.5).area()


class TestAuc:
    @given(
        st.lists(st.integers(0, 8), min_size=1, max_size=20),
        st.lists(st.integers(0, 8), min_size=1, max_size=20),
    )
    def test_against_loops(self, bad: list[int], good: list[int]) -> None:
        wins = sum((b < g) + 0.5 * (b == g) for b in bad for g in good)
        quality = np.array([*bad, *good], np.float64)
        assert failure_auc(quality, np.arange(len(quality)) < len(bad)) == pytest.approx(
            wins / len(bad) / len(good)
        )

    def test_it_needs_both_kinds(self) -> None:
        with pytest.raises(ValueInvalid):
            failure_auc(np.ones(3), np.ones(3, bool))


class TestFit:
    def test_it_finds_the_curve_that_made_the_failures(self) -> None:
        """log odds of failure = 4 - 0.5·norm: 5 % fail at norm (4 + 2.944) / 0.5 = 13.89."""
        rng = np.random.default_rng(1)
        norms = 15 + 4 * rng.standard_normal(40_000)
        failed = rng.random(len(norms)) < 1 / (1 + np.exp(-(4 - 0.5 * norms)))
        fit = fit_quality(norms, failed)
        assert fit.map.width == pytest.approx(2.0, rel=0.05)
        assert fit.map.centre == pytest.approx(13.89, abs=0.2)
        assert fit.map.unified(fit.map.centre) == pytest.approx(50.0)
        assert (fit.failures, fit.trials) == (int(failed.sum()), 40_000)
        assert fit.auc > 0.8
        at_20 = np.abs([fit.map.unified(norm) - 20 for norm in norms]) < 2
        assert failed[at_20].mean() == pytest.approx(0.17, abs=0.03)

    def test_perfectly_separated_failures_stay_finite(self) -> None:
        norms = np.linspace(0, 1, 200)
        fit = fit_quality(norms, norms < 0.3)
        assert 0.2 < fit.map.centre < 0.4
        assert fit.map.width > 0

    def test_a_quality_that_says_nothing_is_refused(self) -> None:
        norms = np.linspace(0, 1, 200)
        with pytest.raises(ValueInvalid):
            fit_quality(norms, norms > 0.7)
        with pytest.raises(ValueInvalid):
            fit_quality(norms, norms < 0.05)

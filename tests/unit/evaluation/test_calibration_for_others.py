"""Intervals and searches of synthetic people, where the truth is known."""

import numpy as np
import pytest

from visavis.domain.decision import Measure
from visavis.domain.template import ModelIdentity
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.calibration import calibrate
from visavis.evaluation.comparisons import ComparisonSet, TemplateSet, compare_all
from visavis.evaluation.gallery_size import LEAST_SUBJECTS, fit_scaling
from visavis.evaluation.search_check import People, check_searches
from visavis.evaluation.spread import Spread

MODEL = ModelIdentity(family="test", digest="0" * 64, contract="x", dimension=32)


def people(subjects: int, *, each: int = 1, seed: int = 0, unlike: float = 0.4, zoo: float = 0.0) -> People:
    """Directions at random; `zoo`: how far some lie towards one side, so that they resemble each other."""
    rng = np.random.default_rng(seed)
    lean = np.where(rng.random(subjects) < 0.15, zoo, 0.0)
    base = rng.standard_normal((subjects, MODEL.dimension)) + lean[:, None]
    vectors = np.repeat(base, each, 0) + unlike * rng.standard_normal((subjects * each, MODEL.dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    templates = TemplateSet(vectors=vectors.astype(np.float32))
    numbers: SubjectNumbers = np.repeat(np.arange(subjects), each).astype(np.int32)
    return People(references=templates, probes=templates, subjects=numbers)


def comparisons(some: People) -> ComparisonSet:
    return compare_all(some.references, some.subjects)


def mated(scores: list[float], subjects: list[int]) -> ComparisonSet:
    """These, and one that is not."""
    first = np.array([*subjects, 0], np.int32)
    return ComparisonSet(
        scores=np.array([*scores, 0.0], np.float32),
        mated=np.arange(len(first)) < len(subjects),
        first=first,
        second=np.array([*subjects, max(subjects) + 1], np.int32),
    )


class TestSpread:
    def test_one_person_says_nothing_and_nothing_but_errors_is_not_a_rate_of_one(self) -> None:
        assert Spread(mated([0.1, 0.9] * 10, [0] * 20)).fnmr(0.5) == (0.0, 1.0)
        assert Spread(mated([0.1] * 30, list(range(30)))).fnmr(0.5) == (pytest.approx(1 - 3 / 30), 1.0)
        assert Spread(mated([0.9] * 30, list(range(30)))).fnmr(0.5) == (0.0, pytest.approx(3 / 30))

    def test_new_people_lie_inside_about_as_often_as_stated(self) -> None:
        held = []
        for seed in range(15):
            one, other = (comparisons(people(60, each=2, seed=2 * seed + n, zoo=0.8)) for n in (0, 1))
            calibration = calibrate(one, model=MODEL, measure=Measure.COSINE, data="x")
            others = other.scores[~other.mated]
            for target in (0.1, 0.02):
                threshold = calibration.threshold_at(target)
                assert threshold.fmr.low is not None
                assert threshold.fmr.high is not None
                held.append(threshold.fmr.low <= (others >= threshold.value).mean() <= threshold.fmr.high)
        assert 0.9 <= np.mean(held)

    def test_it_is_narrower_with_more_people_and_wider_for_rarer_rates(self) -> None:
        widths = []
        for subjects in (60, 240):
            found = calibrate(
                comparisons(people(subjects, each=2)), model=MODEL, measure=Measure.COSINE, data="x"
            )
            widths.append(
                [
                    point.fmr_interval[1] / point.fmr_interval[0]
                    for point in found.points
                    if point.fmr_interval
                ]
            )
        assert widths[1][0] < widths[0][0]
        assert widths[1][-1] > 2 * widths[1][0]

    def test_intervals_fall_with_the_rate_and_hold_it(self) -> None:
        points = calibrate(
            comparisons(people(100, each=2)), model=MODEL, measure=Measure.COSINE, data="x"
        ).points
        for side in (0, 1):
            along = [point.fmr_interval[side] for point in points if point.fmr_interval]
            assert along == sorted(along, reverse=True)
        assert all(p.fmr_interval and p.fmr_interval[0] <= p.fmr <= p.fmr_interval[1] for p in points)
        assert all(p.fnmr_interval and p.fnmr_interval[0] <= p.fnmr <= p.fnmr_interval[1] for p in points)

    def test_subjects_count_not_samples(self) -> None:
        """Four equal photos of everybody are no more people than one."""
        few = people(80, each=1)
        many = People(
            references=few.references.take(np.repeat(np.arange(80), 4)),
            probes=few.probes.take(np.repeat(np.arange(80), 4)),
            subjects=np.repeat(few.subjects, 4),
        )
        narrow = Spread(_with_mated(few)).fmr([0.2], [0.1])[0]
        wide = Spread(comparisons(many)).fmr([0.2], [0.1])[0]
        assert wide == pytest.approx(narrow, rel=0.1)

    def test_the_same_data_give_the_same_interval(self) -> None:
        data = comparisons(people(50, each=2))
        one, again = (calibrate(data, model=MODEL, measure=Measure.COSINE, data="x") for _ in range(2))
        assert one == again


def _with_mated(some: People) -> ComparisonSet:
    """One mated comparison for each subject, which has a single photo."""
    made = compare_all(some.references, some.subjects)
    return ComparisonSet(
        scores=np.append(made.scores, np.ones(len(some.subjects), np.float32)),
        mated=np.append(made.mated, np.ones(len(some.subjects), np.bool_)),
        first=np.append(made.first, some.subjects),
        second=np.append(made.second, some.subjects),
    )


class TestSearches:
    def test_alike_references_hardly_count(self) -> None:
        close = people(150, each=5, unlike=0.02)
        calibration = calibrate(
            comparisons(close), model=MODEL, measure=Measure.COSINE, data="x", spread=False
        )
        found = fit_scaling(close.references, close.probes, close.subjects, calibration)
        assert found is not None
        independent = 1 - (1 - 1e-3) ** 500
        assert found.fpir(1e-3, 500, 100) < 0.5 * independent
        assert found.fpir(1e-3, 100, 100) == pytest.approx(1 - (1 - 1e-3) ** 100, rel=0.15)

    def test_a_zoo_gathers_false_matches_on_few(self) -> None:
        plain, zoo = (people(300, each=1, zoo=lean, seed=3) for lean in (0.0, 1.2))
        found = []
        for some in (plain, zoo):
            calibration = calibrate(
                _with_mated(some), model=MODEL, measure=Measure.COSINE, data="x", spread=False
            )
            fitted = fit_scaling(some.references, some.probes, some.subjects, calibration)
            assert fitted is not None
            assert fitted.exponent == 1.0, "there is one reference each"
            found.append(fitted.fpir(5e-3, 200, 200))
        assert found[1] < 0.7 * found[0]

    def test_too_few_people_say_nothing(self) -> None:
        few = people(LEAST_SUBJECTS - 1, each=3)
        calibration = calibrate(comparisons(few), model=MODEL, measure=Measure.COSINE, data="x", spread=False)
        assert fit_scaling(few.references, few.probes, few.subjects, calibration) is None

    def test_the_check_holds_for_people_of_one_kind(self) -> None:
        found = check_searches(
            people(260, each=2),
            model=MODEL,
            measure=Measure.COSINE,
            sizes=(100, 5000),
            targets=(0.1,),
            splits=2,
        )
        (one,) = found
        assert one.references == pytest.approx(101, abs=1)
        assert one.realised == pytest.approx(0.1, rel=0.35)

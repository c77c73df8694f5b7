"""An audit of bias over synthetic people: what is there is found, what is not there is not."""

import numpy as np
import pytest

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bias import Design, Measured, cross_rates, rates_by_cohort
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.cohort_rates import ErrorRate, RateByCohort
from visavis.evaluation.cohort_trials import Attempts, MatedAttempts, NonMatedPairs
from visavis.evaluation.cohorts import Cohorts, intersections, relabelled
from visavis.evaluation.comparisons import TemplateSet, mated_pairs
from visavis.evaluation.differential import inequity, trials_for_doubling
from visavis.evaluation.scan import FalseMatches, scan_non_mated

QUICK = Design(resampling=Resampling(replicates=60), permutations=300)
QUICKEST = Design(resampling=Resampling(replicates=30), permutations=120)
SUBJECTS, PHOTOS = 160, 4
OF = np.repeat(np.arange(SUBJECTS), PHOTOS).astype(np.int32)


def by_lot(seed: int, names: str = "abc") -> Cohorts:
    drawn = np.random.default_rng(seed).choice(list(names), SUBJECTS)
    return Cohorts.of("group", [str(name) for name in drawn[OF]])


def people(seed: int, worse: Cohorts | None = None, times: float = 1.0) -> Measured:
    """Subjects who fail in 4 of 100 comparisons, some more than others; cohort 0 of `worse` more often."""
    rng = np.random.default_rng(seed)
    ease = rng.gamma(0.5, 2.0, SUBJECTS)[OF]
    if worse is not None:
        ease = ease * np.where(worse.codes == 0, times, 1.0)
    pairs = mated_pairs(OF)
    lost = rng.random(len(pairs)) < np.minimum(0.04 * ease[pairs.first], 0.9)
    one, two = np.sort(rng.integers(0, len(OF), (2, 300)), axis=0)
    other = OF[one] != OF[two]
    matches = FalseMatches(first=one[other], second=two[other], scores=np.ones(int(other.sum()), np.float32))
    return Measured(
        subjects=OF,
        rates={
            ErrorRate.FNMR: MatedAttempts.of(pairs, lost, OF),
            ErrorRate.FMR: NonMatedPairs(matches=matches, usable=np.ones(len(OF), np.bool_), subjects=OF),
        },
    )


def audited(
    measured: Measured, *attributes: Cohorts, design: Design = QUICK
) -> dict[ErrorRate, RateByCohort]:
    (rates, *_) = rates_by_cohort(measured, attributes, design)
    return {one.rate: one for one in rates}


class TestSeededBias:
    @pytest.mark.parametrize("seed", range(5))
    def test_it_is_found_and_named(self, seed: int) -> None:
        cohorts = by_lot(seed)
        found = audited(people(seed, cohorts, times=5.0), cohorts)[ErrorRate.FNMR].found
        assert [one.cohort for one in found] == ["a"]
        assert found[0].to_best is not None
        assert found[0].to_best.low > 1.0

    def test_nobody_else_is_accused(self) -> None:
        cohorts = by_lot(1)
        rates = audited(people(1, cohorts, times=5.0), cohorts)
        assert rates[ErrorRate.FMR].found == ()
        assert [one.found for one in rates[ErrorRate.FNMR].cohorts] == [True, False, False]

    def test_more_false_matches_within_a_cohort(self) -> None:
        cohorts = by_lot(2)
        measured = people(2)
        pairs = measured.rates[ErrorRate.FMR]
        assert isinstance(pairs, NonMatedPairs)
        rng = np.random.default_rng(0)
        inside = np.flatnonzero(cohorts.codes == 1)
        one, two = np.sort(rng.choice(inside, (2, 200)), axis=0)
        other = OF[one] != OF[two]
        matches = FalseMatches(
            first=np.append(pairs.matches.first, one[other]),
            second=np.append(pairs.matches.second, two[other]),
            scores=np.ones(len(pairs.matches) + int(other.sum()), np.float32),
        )
        rates = {ErrorRate.FMR: NonMatedPairs(matches=matches, usable=pairs.usable, subjects=OF)}
        found = audited(Measured(subjects=OF, rates=rates), cohorts)[ErrorRate.FMR].found
        assert [one.cohort for one in found] == ["b"]


def test_a_null_split_is_not_found() -> None:
    """The promise is 1 in 100 audits; 95 of 100 is what must hold in any case."""
    silent = sum(
        not any(one.found for one in audited(people(seed), by_lot(seed + 1000), design=QUICKEST).values())
        for seed in range(100)
    )
    assert silent >= 95


def test_a_subject_with_many_photos_does_not_decide_for_its_cohort() -> None:
    """One subject who always fails, with 40 photos: 780 of 1,020 comparisons, but one of 41 people."""
    of = np.concatenate([np.zeros(40), np.repeat(np.arange(1, 81), 3)]).astype(np.int32)
    cohorts = Cohorts.of("group", ["a" if number <= 40 else "b" for number in of.tolist()])
    pairs = mated_pairs(of)
    lost = of[pairs.first] == 0
    measured = Measured(subjects=of, rates={ErrorRate.FNMR: MatedAttempts.of(pairs, lost, of)})
    fnmr = audited(measured, cohorts)[ErrorRate.FNMR]
    one = fnmr.cohorts[0]
    assert one.estimate.value == pytest.approx(40 / 160)
    assert (one.estimate.errors, one.estimate.trials) == (780, 780 + 40 * 3)
    assert one.estimate.low == 0.0
    assert fnmr.found == ()


class TestSmallCohorts:
    def test_they_are_shown_and_not_compared(self) -> None:
        told = ["few" if subject < 4 else "many" if subject < 80 else "more" for subject in OF.tolist()]
        cohorts = Cohorts.of("group", told)
        fnmr = audited(people(3, cohorts, times=20.0), cohorts)[ErrorRate.FNMR]
        few = fnmr.cohorts[0]
        assert (few.cohort, few.estimate.subjects, few.compared) == ("few", 4, False)
        assert (few.to_best, few.chance, few.found) == (None, None, False)
        assert fnmr.best in {"many", "more"}
        assert fnmr.needed_subjects is not None
        assert fnmr.needed_subjects > 10

    def test_without_an_error_the_rule_of_three_bounds_the_rate(self) -> None:
        nothing = Attempts(errors=np.zeros(len(OF)), trials=np.ones(len(OF)), subjects=OF)
        cohorts = Cohorts.of("group", ["a" if subject < 30 else "b" for subject in OF.tolist()])
        fta = audited(Measured(subjects=OF, rates={ErrorRate.FTA: nothing}), cohorts)[ErrorRate.FTA]
        assert fta.cohorts[0].estimate.high == pytest.approx(3 / 30)
        assert (fta.tested, fta.needed_subjects) == (False, None)
        assert np.isnan(fta.cohorts[1].to_best.value) if fta.cohorts[1].to_best else False

    def test_nothing_but_errors_has_a_lower_bound(self) -> None:
        everything = Attempts(errors=np.ones(len(OF)), trials=np.ones(len(OF)), subjects=OF)
        cohorts = Cohorts.of("group", ["a" if subject < 30 else "b" for subject in OF.tolist()])
        fta = audited(Measured(subjects=OF, rates={ErrorRate.FTA: everything}), cohorts)[ErrorRate.FTA]
        estimate = fta.cohorts[0].estimate
        assert (estimate.low, estimate.high) == (pytest.approx(1 - 3 / 30), 1.0)

    def test_a_cohort_of_one_person_says_nothing(self) -> None:
        some = Attempts(errors=np.arange(len(OF)) % 2, trials=np.ones(len(OF)), subjects=OF)
        cohorts = Cohorts.of("group", ["a" if subject == OF[0] else "b" for subject in OF.tolist()])
        fta = audited(Measured(subjects=OF, rates={ErrorRate.FTA: some}), cohorts)[ErrorRate.FTA]
        assert (fta.cohorts[0].estimate.low, fta.cohorts[0].estimate.high) == (0.0, 1.0)

    def test_the_size_that_shows_a_doubling(self) -> None:
        assert trials_for_doubling(0.02) == pytest.approx(482.5, abs=0.1)
        assert trials_for_doubling(0.02, 3.0) == pytest.approx(3 * 482.5, abs=0.3)
        assert trials_for_doubling(0.0) is None


class TestCohorts:
    def test_what_is_not_told_is_left_out(self) -> None:
        cohorts = Cohorts.of("sex", ["f", None, "", "m"])
        assert (cohorts.names, cohorts.codes.tolist(), cohorts.unstated) == (("f", "m"), [0, -1, -1, 1], 2)

    def test_intersections(self) -> None:
        one, two = Cohorts.of("sex", ["f", "f", "m", None]), Cohorts.of("age", ["old", "young", "old", "old"])
        (both,) = intersections([one, two])
        assert both.attribute == "sex × age"
        assert both.names == ("f × old", "f × young", "m × old")
        assert both.codes.tolist() == [0, 1, 2, -1]

    def test_people_keep_their_photos_together_when_cohorts_are_dealt_anew(self) -> None:
        cohorts = by_lot(5)
        for codes in relabelled(cohorts, OF, count=5, seed=0):
            assert (codes.reshape(SUBJECTS, PHOTOS) == codes[::PHOTOS, None]).all()
            assert np.bincount(codes).tolist() == np.bincount(cohorts.codes).tolist()

    def test_photos_of_a_subject_may_have_different_cohorts(self) -> None:
        told = ["gate" if place % PHOTOS == 0 else "desk" for place in range(len(OF))]
        cohorts = Cohorts.of("camera", told)
        assert not cohorts.constant_within(OF)
        for codes in relabelled(cohorts, OF, count=5, seed=0):
            assert ((codes.reshape(SUBJECTS, PHOTOS) == 1).sum(axis=1) == 1).all()

    def test_a_worse_camera_is_found(self) -> None:
        told = ["gate" if place % PHOTOS == 0 else "desk" for place in range(len(OF))]
        cohorts = Cohorts.of("camera", told)
        pairs = mated_pairs(OF)
        gate = cohorts.codes == cohorts.names.index("gate")
        risk = np.where(gate[pairs.first] | gate[pairs.second], 0.3, 0.05)
        lost = np.random.default_rng(0).random(len(pairs)) < risk
        measured = Measured(subjects=OF, rates={ErrorRate.FNMR: MatedAttempts.of(pairs, lost, OF)})
        assert [one.cohort for one in audited(measured, cohorts)[ErrorRate.FNMR].found] == ["gate"]

    def test_a_photo_without_a_name_is_refused(self) -> None:
        with pytest.raises(ValueInvalid):
            Cohorts(attribute="sex", names=("f",), codes=np.array([0, 1], np.int32))


def test_false_matches_within_and_between_cohorts_are_those_of_a_plain_count() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(60, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    of = np.repeat(np.arange(20), 3).astype(np.int32)
    cohorts = Cohorts.of("group", ["a" if number < 8 else "b" for number in of.tolist()])
    scan = scan_non_mated(TemplateSet(vectors=vectors), of, 0.8, [cohorts.codes])
    usable = np.ones(60, np.bool_)
    pairs = NonMatedPairs(matches=scan.matches, usable=usable, subjects=of)
    rates = {
        (one.one, one.other): one.estimate for one in cross_rates(pairs, cohorts, Resampling(replicates=50))
    }
    scores = vectors @ vectors.T
    for one, two in (("a", "a"), ("a", "b"), ("b", "b")):
        rows, columns = (cohorts.codes == cohorts.names.index(name) for name in (one, two))
        asked = (of[:, None] < of[None, :]) & (
            (rows[:, None] & columns[None, :]) | (columns[:, None] & rows[None, :])
        )
        counted = rates[one, two]
        assert (counted.errors, counted.trials) == ((asked & (scores >= 0.8)).sum(), asked.sum())
    within = rates_by_cohort(Measured(subjects=of, rates={ErrorRate.FMR: pairs}), [cohorts], QUICK)[0][0]
    for cohort in within.cohorts:
        alone, crossed = cohort.estimate, rates[cohort.cohort, cohort.cohort]
        assert (alone.errors, alone.trials, alone.value) == (crossed.errors, crossed.trials, crossed.value)
    same_draws = Resampling(replicates=60)
    again = {(one.one, one.other): one.estimate for one in cross_rates(pairs, cohorts, same_draws)}
    assert within.cohorts[0].estimate.high == pytest.approx(again["a", "a"].high)
    others = of[:, None] != of[None, :]
    assert scan.mean == pytest.approx(scores[others].mean(), abs=1e-5)
    assert scan.deviation == pytest.approx(scores[others].std(), abs=1e-5)
    mine = others[0] & (cohorts.codes == cohorts.codes[0])
    assert scan.likeness[0, 0] == pytest.approx(scores[0][mine].mean(), abs=1e-5)


def test_summaries() -> None:
    alike, one_has_all = inequity([0.1, 0.1, 0.1]), inequity([0.0, 0.0, 0.3])
    assert alike is not None
    assert one_has_all is not None
    assert [alike.max_min, alike.gini] == pytest.approx([1.0, 0.0])
    assert alike.max_mean == pytest.approx(1.0)
    assert one_has_all.gini == pytest.approx(1.0)
    assert np.isnan(one_has_all.max_min)
    two = inequity([0.01, 0.04])
    assert two is not None
    assert [two.max_min, two.max_mean] == pytest.approx([4.0, 2.0])
    assert inequity([0.1]) is None

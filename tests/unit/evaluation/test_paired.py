"""Verdicts about two models: chance is not taken for a difference, and a difference is found."""

import functools

import numpy as np
import pytest

from tests.unit.evaluation.searching import search_open_set
from visavis.domain.arrays import Vectors
from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import Resampling, SubjectNumbers
from visavis.evaluation.comparisons import FAILED, TemplateSet, score_pairs
from visavis.evaluation.identification import Identification
from visavis.evaluation.open_set import OpenSetDesign, Rows
from visavis.evaluation.paired import (
    Difference,
    Verdict,
    known_difference,
    overall,
    paired_difference,
)
from visavis.evaluation.paired_sets import PairPlan, SearchPlan, Side
from visavis.evaluation.verification import Verification

SUBJECTS, PHOTOS, DIMENSION = 60, 3, 24
TARGET = 1e-2


def numbers() -> SubjectNumbers:
    return np.repeat(np.arange(SUBJECTS, dtype=np.int32), PHOTOS)


def templates(rng: np.random.Generator, people: Vectors, noise: float) -> TemplateSet:
    """Photos of the same people: each photo has an error of its own."""
    raw = np.repeat(people, PHOTOS, axis=0)
    raw = raw + noise * rng.standard_normal(raw.shape).astype(np.float32)
    return TemplateSet(vectors=raw / np.linalg.norm(raw, axis=1, keepdims=True))


def side(made: TemplateSet, usable: "np.ndarray[tuple[int], np.dtype[np.bool_]] | None" = None) -> Side:
    ok = np.ones(len(made), np.bool_) if usable is None else usable
    return Side(references=made.take(np.flatnonzero(ok)), probes=made.take(np.flatnonzero(ok)), usable=ok)


@functools.cache
def drawn_plan() -> PairPlan:
    return PairPlan.of(numbers(), non_mated=1200)


def compared(seed: int, b_noise: float = 1.0) -> Difference:
    """FNMR at an FMR of 1 % of two models on the same photos of new people."""
    rng = np.random.default_rng(seed)
    people = rng.standard_normal((SUBJECTS, DIMENSION)).astype(np.float32)
    plan = drawn_plan()
    resampling = Resampling(replicates=100, among=SUBJECTS)
    both = [
        Verification(plan.scored(side(templates(rng, people, noise)), Measure.COSINE))
        for noise in (1.0, b_noise)
    ]
    drawn = [one.fnmr_replicates(TARGET, resampling) for one in both]
    missed = [one.missed_by_subject(one.threshold_at_fmr(TARGET), SUBJECTS) for one in both]
    rates = [one.fnmr_at_fmr(TARGET, rates=some) for one, some in zip(both, drawn, strict=True)]
    return paired_difference(
        rates[0].value,
        rates[1].value,
        *drawn,
        subjects=SUBJECTS,
        discordant=int(np.not_equal(*missed).sum()),
    )


def test_equally_good_models_are_told_apart_by_chance_in_5_of_100_at_most() -> None:
    found = [compared(seed) for seed in range(100)]
    assert sum(one.verdict is Verdict.NO_DIFFERENCE for one in found) >= 95
    assert sum(one.low <= 0.0 <= one.high for one in found) >= 95


def test_a_better_model_is_found_to_be_better_and_its_rival_worse() -> None:
    found = [compared(seed, b_noise=0.6) for seed in range(10)]
    assert {one.verdict for one in found} == {Verdict.BETTER}
    assert all(one.high < 0 and one.ratio is not None and one.ratio < 1 for one in found)
    assert all(one.b_better > 0.97 and one.p_value is not None and one.p_value <= 0.05 for one in found)
    assert {compared(seed, b_noise=1.6).verdict for seed in range(10)} == {Verdict.WORSE}


def test_the_same_model_differs_in_nothing() -> None:
    rates = np.random.default_rng(0).random(50)
    same = paired_difference(0.1, 0.1, rates, rates, subjects=100, discordant=0)
    assert (same.value, same.ratio, same.p_value, same.b_better) == (0.0, 1.0, 1.0, 0.5)
    assert same.verdict is Verdict.NO_DIFFERENCE
    assert (same.low, same.high) == (-0.03, 0.03)  # rule of three: 100 people could not show less
    assert same.subjects_needed is None


@pytest.mark.parametrize(
    ("subjects", "discordant", "supported", "verdict"),
    [
        (100, 6, True, Verdict.BETTER),
        (100, 5, True, Verdict.NO_DIFFERENCE),  # five of five errors are still chance
        (29, 50, True, Verdict.NOT_ENOUGH),
        (100, 50, False, Verdict.NOT_ENOUGH),
    ],
)
def test_a_difference_needs_data(subjects: int, discordant: int, supported: bool, verdict: Verdict) -> None:
    a, b = np.full(99, 0.2), np.full(99, 0.1)
    found = paired_difference(0.2, 0.1, a, b, subjects=subjects, discordant=discordant, supported=supported)
    assert found.verdict is verdict
    assert found.p_value == pytest.approx(0.02)


def test_what_would_be_enough_grows_with_the_square_of_the_missing_precision() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 0.02, 5000)
    found = paired_difference(0.10, 0.09, np.full(5000, 0.1), 0.09 + noise, subjects=100)
    assert found.verdict is Verdict.NO_DIFFERENCE
    assert found.subjects_needed == pytest.approx(100 * (2.8 * 0.02 / 0.01) ** 2, rel=0.05)


def test_replicates_without_data_are_left_out_and_counts_must_agree() -> None:
    a, b = np.array([0.2, np.nan, 0.2]), np.array([0.1, 0.1, np.nan])
    assert paired_difference(0.2, 0.1, a, b, subjects=50).b_better == 1.0
    nothing = paired_difference(0.2, 0.1, np.array([np.nan]), np.array([0.1]), subjects=50)
    assert nothing.verdict is Verdict.NO_DIFFERENCE
    with pytest.raises(ValueInvalid):
        paired_difference(0.2, 0.1, a, b[:2], subjects=50)


def test_facts_have_no_p_value() -> None:
    smaller = known_difference(2048.0, 512.0)
    assert (smaller.verdict, smaller.p_value, smaller.ratio) == (Verdict.BETTER, None, 0.25)
    assert known_difference(1.0, 2.0).verdict is Verdict.WORSE
    assert known_difference(1.0, 1.0).verdict is Verdict.NO_DIFFERENCE


def verdict_of(p_value: float, verdict: Verdict) -> Difference:
    return Difference(
        value=-0.1,
        low=-0.2,
        high=-0.0,
        ratio=None,
        ratio_low=None,
        ratio_high=None,
        p_value=p_value,
        b_better=0.9,
        verdict=verdict,
    )


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ([], Verdict.NOT_ENOUGH),
        ([(0.001, Verdict.NOT_ENOUGH)], Verdict.NOT_ENOUGH),
        ([(0.04, Verdict.BETTER)], Verdict.BETTER),
        (
            [(0.04, Verdict.BETTER), (0.9, Verdict.NO_DIFFERENCE)],
            Verdict.NO_DIFFERENCE,
        ),  # Holm: 0.025 is asked
        ([(0.02, Verdict.BETTER), (0.04, Verdict.BETTER)], Verdict.BETTER),
        ([(0.01, Verdict.BETTER), (0.02, Verdict.WORSE)], Verdict.MIXED),
        ([(0.01, Verdict.WORSE), (0.9, Verdict.NO_DIFFERENCE)], Verdict.WORSE),
    ],
)
def test_many_questions_make_one_answer(asked: list[tuple[float, Verdict]], verdict: Verdict) -> None:
    assert overall([verdict_of(*one) for one in asked]) is verdict


def test_a_failed_photo_counts_against_the_pack_in_each_mated_pair() -> None:
    rng = np.random.default_rng(3)
    people = rng.standard_normal((SUBJECTS, DIMENSION)).astype(np.float32)
    made, usable = templates(rng, people, 0.1), np.ones(SUBJECTS * PHOTOS, np.bool_)
    usable[[0, 4]] = False
    plan = PairPlan.of(numbers(), non_mated=None)
    whole, lame = plan.scored(side(made), Measure.COSINE), plan.scored(side(made, usable), Measure.COSINE)
    assert int((lame.mated & (lame.scores == FAILED)).sum()) == 4  # photo 0 in two pairs, photo 4 in two
    assert lame.mated.sum() == whole.mated.sum() == 3 * SUBJECTS
    assert not np.isneginf(lame.scores[~lame.mated]).any()
    kept = [n for n in range(len(whole)) if whole.mated[n]]
    ok = usable[plan.mated.first] & usable[plan.mated.second]
    assert np.allclose(lame.scores[kept][ok], whole.scores[kept][ok], atol=1e-6)
    others = usable[plan.non_mated.first] & usable[plan.non_mated.second]
    assert np.allclose(lame.scores[~lame.mated], score_pairs(made, plan.non_mated)[others], atol=1e-6)


def test_searches_of_both_use_one_draw_and_failures_are_missed() -> None:
    rng = np.random.default_rng(4)
    people = rng.standard_normal((SUBJECTS, DIMENSION)).astype(np.float32)
    made, subjects = templates(rng, people, 0.3), numbers()
    subjects[-20:] = np.arange(SUBJECTS, SUBJECTS + 20)  # strangers with one photo
    design = OpenSetDesign(references=1, rows=Rows.SINGLE, draws=2)
    plan = SearchPlan.of(subjects, design)
    whole = plan.searched(side(made), Measure.COSINE)
    expected = search_open_set(made, subjects, design)
    assert np.array_equal(np.sort(whole.scores), np.sort(expected.scores))
    assert np.array_equal(whole.top, expected.top)
    usable = np.ones(len(subjects), np.bool_)
    usable[:PHOTOS] = False  # nothing of subject 0
    lame = plan.searched(side(made, usable), Measure.COSINE)
    lost = lame.subjects == 0
    assert len(lame.scores) == len(whole.scores)
    assert lost.sum() == 2 * (PHOTOS - 1)
    assert (lame.scores[lost] == FAILED).all()
    assert Identification(lame).fnir_at(-1.0).errors >= lost.sum()


def test_the_same_people_are_drawn_although_one_set_lacks_the_last() -> None:
    whole, part = (
        Resampling(replicates=5, among=40).weights(40),
        Resampling(replicates=5, among=40).weights(37),
    )
    assert np.array_equal(whole[:, :37], part)

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.domain.decision import Measure, compare
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template
from visavis.evaluation.comparisons import (
    ComparisonSet,
    SamplePairs,
    TemplateSet,
    compare_all,
    mated_pairs,
    non_mated_pairs,
    score_matrix,
    score_pairs,
    subject_numbers,
)

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=8)


def some_templates(count: int, seed: int = 0) -> tuple[TemplateSet, list[Template]]:
    features = np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)
    templates = [Template.of(row, MODEL) for row in features]
    vectors = np.stack([template.vector for template in templates])
    return TemplateSet(vectors=vectors, norms=np.array([t.norm for t in templates])), templates


def as_set(pairs: SamplePairs) -> set[tuple[int, int]]:
    return set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


def test_subjects_are_numbered_in_order_of_appearance() -> None:
    assert subject_numbers(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]


@given(st.lists(st.integers(0, 5), max_size=25))
def test_pairs_are_all_and_each_once(numbers: list[int]) -> None:
    subjects = np.array(numbers, np.int32)
    every = list(itertools.combinations(range(len(numbers)), 2))
    mated, others = mated_pairs(subjects), non_mated_pairs(subjects)
    assert as_set(mated) == {(a, b) for a, b in every if numbers[a] == numbers[b]}
    assert as_set(others) == {(a, b) for a, b in every if numbers[a] != numbers[b]}
    assert len(mated) + len(others) == len(every)


@pytest.mark.parametrize("limit", [1, 500, 4_000, 40_000])
def test_a_drawn_part_is_distinct_non_mated_and_repeatable(limit: int) -> None:
    subjects = np.repeat(np.arange(100, dtype=np.int32), 4)
    pairs = non_mated_pairs(subjects, limit=limit, seed=3)
    assert len(pairs) == len(as_set(pairs)) == limit
    assert (subjects[pairs.first] != subjects[pairs.second]).all()
    assert as_set(non_mated_pairs(subjects, limit=limit, seed=3)) == as_set(pairs)
    assert as_set(non_mated_pairs(subjects, limit=limit, seed=4)) != as_set(pairs)


def test_a_drawn_part_is_even() -> None:
    subjects = np.arange(60, dtype=np.int32)
    drawn = np.zeros(60)
    for seed in range(200):
        pairs = non_mated_pairs(subjects, limit=100, seed=seed)
        drawn += np.bincount(pairs.first, minlength=60) + np.bincount(pairs.second, minlength=60)
    expected = 200 * 100 * 2 / 60
    assert np.abs(drawn / expected - 1).max() < 0.2


@pytest.mark.parametrize("measure", list(Measure))
def test_scores_equal_those_of_the_domain(measure: Measure) -> None:
    templates, single = some_templates(40)
    pairs = SamplePairs(first=np.array([3, 0, 39, 5, 5]), second=np.array([4, 39, 0, 5, 6]))
    expected = [
        compare(single[a], single[b], measure).value for a, b in zip(pairs.first, pairs.second, strict=True)
    ]
    assert score_pairs(templates, pairs, measure) == pytest.approx(
        expected, abs=2e-3
    )  # equal ones: root of 1e-7
    matrix = score_matrix(templates, templates, measure)
    assert matrix[pairs.first, pairs.second] == pytest.approx(expected, abs=2e-3)


def test_sparse_and_dense_blocks_give_the_same() -> None:
    templates, _ = some_templates(120)
    subjects = np.arange(120, dtype=np.int32) // 3
    pairs = non_mated_pairs(subjects)
    shuffled = np.random.default_rng(1).permutation(len(pairs))
    dense = score_pairs(templates, pairs)
    random = score_pairs(templates, SamplePairs(first=pairs.first[shuffled], second=pairs.second[shuffled]))
    assert random == pytest.approx(dense[shuffled], abs=1e-6)
    expected = (templates.vectors @ templates.vectors.T)[pairs.first, pairs.second]
    assert dense == pytest.approx(expected, abs=1e-6)


def test_everything_against_everything() -> None:
    templates, _ = some_templates(30)
    subjects = np.arange(30, dtype=np.int32) // 3
    comparisons = compare_all(templates, subjects)
    assert len(comparisons) == 30 * 29 // 2
    assert comparisons.mated.sum() == 30
    assert (comparisons.mated == (comparisons.first == comparisons.second)).all()
    part = compare_all(templates, subjects, non_mated=50, seed=1)
    assert len(part) == 80
    assert len(part.where(part.mated)) == 30


def test_nonsense_is_refused() -> None:
    templates, _ = some_templates(3)
    bare = TemplateSet(vectors=templates.vectors)
    pairs = SamplePairs(first=np.array([0]), second=np.array([1]))
    with pytest.raises(ValueInvalid):
        score_pairs(bare, pairs, Measure.EUCLIDEAN)
    with pytest.raises(ValueInvalid):
        TemplateSet(vectors=templates.vectors, norms=np.ones(2))
    one = np.zeros(1, np.int32)
    with pytest.raises(ValueInvalid):
        ComparisonSet(scores=np.array([np.nan], np.float32), mated=np.array([True]), first=one, second=one)
    with pytest.raises(ValueInvalid):
        ComparisonSet(scores=np.zeros(2, np.float32), mated=np.array([True]), first=one, second=one)

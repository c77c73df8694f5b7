"""Decisions keep the error rate they state."""

import uuid

import numpy as np
import pytest

from tests.unit.domain.test_decision import MODEL, OTHER, calibration
from visavis.domain.decision import (
    Candidate,
    CandidateList,
    ComparisonScore,
    FalseMatchRate,
    Measure,
    Outcome,
)
from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.gallery_size import comparison_fmr, search_fpir
from visavis.domain.policy import Policy
from visavis.domain.subject import SubjectId


def cosine(value: float) -> ComparisonScore:
    return ComparisonScore(value=value, measure=Measure.COSINE)


def found(value: float | None, searched: int) -> CandidateList:
    if value is None:
        return CandidateList(candidates=(), searched=searched, subjects=0)
    candidate = Candidate(
        subject_id=SubjectId(uuid.UUID(int=1)),
        name="Ada",
        score=cosine(value),
        fmr=calibration().fmr_at(value),
        reference_id=None,
    )
    return CandidateList(candidates=(candidate,), searched=searched, subjects=1)


@pytest.mark.parametrize(
    ("score", "outcome"),
    [(0.41, Outcome.MATCH), (0.40, Outcome.MATCH), (0.35, Outcome.INCONCLUSIVE), (0.29, Outcome.NON_MATCH)],
)
def test_verification_has_a_band_between_match_and_non_match(score: float, outcome: Outcome) -> None:
    decision = Policy(fmr=1e-4, band=10).decide_verification(cosine(score), calibration())
    assert decision.outcome is outcome
    assert decision.threshold.value == pytest.approx(0.4)
    assert decision.fmr is not None


def test_without_a_band_nothing_is_inconclusive() -> None:
    decided = {
        Policy(fmr=1e-4, band=1).decide_verification(cosine(score), calibration()).outcome
        for score in np.linspace(-1, 1, 101)
    }
    assert decided == {Outcome.MATCH, Outcome.NON_MATCH}


def test_search_threshold_rises_with_the_size_of_the_gallery() -> None:
    policy = Policy(fpir=1e-2)
    thresholds = [
        policy.decide_identification(found(0.42, n), calibration()).threshold.value for n in (1, 10, 1000)
    ]
    assert thresholds == sorted(thresholds)
    assert len(set(thresholds)) == 3
    small = policy.decide_identification(found(0.42, 10), calibration())
    large = policy.decide_identification(found(0.42, 10_000), calibration())
    assert (small.outcome, large.outcome) == (Outcome.MATCH, Outcome.NON_MATCH)
    assert small.fpir is not None
    assert large.fpir is not None
    assert small.fpir < 1e-2 < large.fpir


def test_nobody_found_is_a_non_match_without_score() -> None:
    decision = Policy().decide_identification(found(None, 0), calibration())
    assert (decision.outcome, decision.score, decision.fpir) == (Outcome.NON_MATCH, None, None)


@pytest.mark.parametrize("searched", [1, 7, 1000, 1_000_000])
@pytest.mark.parametrize("fpir", [1e-3, 1e-2, 0.3])
def test_comparison_rate_and_search_rate_are_inverse(fpir: float, searched: int) -> None:
    assert search_fpir(comparison_fmr(fpir, searched), searched) == pytest.approx(fpir, rel=1e-6)


def test_search_rate_stays_a_probability() -> None:
    assert search_fpir(1.0, 5) == 1.0
    assert 0 < search_fpir(1e-12, 1) < 1e-11


@pytest.mark.parametrize(
    "changes",
    [
        {"fmr": 0.0},
        {"fpir": 0.9},
        {"band": 0.5},
        {"enrol_quality": 101},
        {"max_references": 0},
        {"capacity": 0},
    ],
)
def test_impossible_policies_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueInvalid):
        Policy(**changes)  # type: ignore[arg-type]


def test_a_policy_is_not_judged_by_a_foreign_calibration() -> None:
    with pytest.raises(ModelMismatch):
        Policy().require_calibrated_for(calibration(), OTHER)
    with pytest.raises(ModelMismatch):
        Policy(measure=Measure.EUCLIDEAN).require_calibrated_for(calibration(), MODEL)
    with pytest.raises(ModelMismatch):
        Policy().decide_verification(ComparisonScore(value=0.4, measure=Measure.EUCLIDEAN), calibration())


def test_false_match_rates_are_rates() -> None:
    for value in (0.0, -0.1, 1.1):
        with pytest.raises(ValueInvalid):
            FalseMatchRate(value=value)

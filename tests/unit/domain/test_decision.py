"""Scores, calibrations and thresholds."""

import itertools
import math

import numpy as np
import pytest

from visavis.domain.decision import (
    Calibration,
    CalibrationPoint,
    Candidate,
    CandidateList,
    ComparisonScore,
    FalseMatchRate,
    Measure,
    Threshold,
    compare,
)
from visavis.domain.errors import ModelMismatch, ValueInvalid
from visavis.domain.subject import SubjectId
from visavis.domain.template import ModelIdentity, Template, fuse

MODEL = ModelIdentity(family="arcface", digest="a" * 64, contract="c1", dimension=2)
OTHER = ModelIdentity(family="arcface", digest="b" * 64, contract="c1", dimension=2)


def template(x: float, y: float, **rest: object) -> Template:
    return Template.of(np.array([x, y], np.float32), MODEL, **rest)  # type: ignore[arg-type]


def calibration(**changes: object) -> Calibration:
    points = tuple(
        CalibrationPoint(score=score, fmr=fmr, fnmr=fnmr)
        for score, fmr, fnmr in ((0.0, 0.5, 0.0), (0.2, 1e-2, 0.01), (0.4, 1e-4, 0.02), (0.5, 1e-5, 0.05))
    )
    values: dict[str, object] = {
        "model": MODEL,
        "measure": Measure.COSINE,
        "data": "made up",
        "subjects": 10,
        "mated": 100,
        "non_mated": 1000,
        "points": points,
    }
    return Calibration(**(values | changes))  # type: ignore[arg-type]


def test_cosine_is_the_dot_product_of_directions() -> None:
    assert compare(template(1, 0), template(3, 3)).value == pytest.approx(math.sqrt(0.5))


def test_weights_of_both_sides_multiply_the_cosine() -> None:
    one, other = template(1, 0, weight=1.2), template(1, 1, weight=0.9)
    assert compare(one, other).value == pytest.approx(1.2 * 0.9 * math.sqrt(0.5), rel=1e-6)


def test_euclidean_uses_the_original_lengths_and_no_weights() -> None:
    score = compare(template(3, 0, weight=1.3), template(0, 4, weight=0.7), Measure.EUCLIDEAN)
    assert score.distance == pytest.approx(5.0, rel=1e-6)
    assert score.value == pytest.approx(-4.0, rel=1e-6)


def test_unlike_models_never_compare() -> None:
    stranger = Template.of(np.array([1, 0], np.float32), OTHER)
    with pytest.raises(ModelMismatch):
        compare(template(1, 0), stranger)
    with pytest.raises(ModelMismatch):
        fuse([template(1, 0), stranger])


@pytest.mark.parametrize("features", [[0, 0], [np.nan, 1], [np.inf, 1]])
def test_features_without_direction_are_no_template(features: list[float]) -> None:
    with pytest.raises(ValueInvalid):
        Template.of(np.array(features, np.float32), MODEL)


def test_a_template_of_another_dimension_is_refused() -> None:
    with pytest.raises(ValueInvalid, match="2 numbers"):
        Template.of(np.ones(3, np.float32), MODEL)


def test_fused_template_lies_between_and_keeps_the_best_quality() -> None:
    fused = fuse([template(1, 0, quality=20.0), template(0, 5, quality=70.0)])
    assert fused.vector == pytest.approx([math.sqrt(0.5)] * 2)
    assert fused.quality == 70.0
    assert fused.norm == pytest.approx(3.0)


def test_threshold_and_rate_are_inverse_on_and_between_points() -> None:
    given = calibration()
    for fmr in (0.3, 1e-2, 3e-3, 1e-4, 1e-5):
        threshold = given.threshold_at(fmr)
        assert given.fmr_at(threshold.value).value == pytest.approx(fmr, rel=1e-6)
        assert not threshold.fmr.extrapolated
    assert given.threshold_at(1e-3).value == pytest.approx(0.3)


def test_beyond_the_data_the_last_slope_goes_on_and_is_marked() -> None:
    given = calibration()
    threshold = given.threshold_at(1e-7)
    assert threshold.value == pytest.approx(0.7)
    assert threshold.fmr.extrapolated
    rate = given.fmr_at(0.6)
    assert rate.extrapolated
    assert rate.value == pytest.approx(1e-6, rel=1e-6)


def test_rates_fall_with_the_score_everywhere() -> None:
    given = calibration()
    rates = [given.fmr_at(score).value for score in np.linspace(-0.5, 1.2, 200)]
    assert all(a >= b for a, b in itertools.pairwise(rates))


@pytest.mark.parametrize("fmr", [0.0, 1e-18, 0.6, -1.0])
def test_impossible_rates_are_refused(fmr: float) -> None:
    with pytest.raises(ValueInvalid):
        calibration().threshold_at(fmr)


@pytest.mark.parametrize(
    "points",
    [
        ((0.1, 0.1),),
        ((0.1, 0.1), (0.2, 0.1)),
        ((0.2, 0.1), (0.1, 0.01)),
        ((0.1, 0.1), (0.2, 0.0)),
    ],
)
def test_a_calibration_must_fall(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueInvalid):
        calibration(points=tuple(CalibrationPoint(score=s, fmr=f, fnmr=0.0) for s, f in points))


@pytest.mark.parametrize("data", ["", "x" * 301, "two\nlines", "bell\x07", "\x7f", "half a pair \ud800"])
def test_data_is_called_by_one_line(data: str) -> None:
    with pytest.raises(ValueInvalid):
        calibration(data=data)
    assert calibration(data="é" * 300).data == "é" * 300


def test_a_threshold_without_data_cannot_be_made() -> None:
    with pytest.raises(ValueInvalid):
        Threshold(
            value=0.4,
            measure=Measure.COSINE,
            fmr=FalseMatchRate(value=0.1),
            model=MODEL,
            data="",
            supported=1e-5,
        )


def test_candidates_are_ranked_and_distinct(make_uuid: "list[SubjectId]") -> None:
    first, second = make_uuid
    high, low = (
        Candidate(
            subject_id=subject_id,
            name="x",
            score=ComparisonScore(value=value, measure=Measure.COSINE),
            fmr=FalseMatchRate(value=0.1),
            reference_id=None,
        )
        for subject_id, value in ((first, 0.9), (second, 0.1))
    )
    assert CandidateList(candidates=(high, low), searched=2, subjects=2).best is high
    with pytest.raises(ValueInvalid):
        CandidateList(candidates=(low, high), searched=2, subjects=2)
    with pytest.raises(ValueInvalid):
        CandidateList(candidates=(high, high), searched=2, subjects=2)


@pytest.fixture
def make_uuid() -> list[SubjectId]:
    import uuid

    return [SubjectId(uuid.UUID(int=1)), SubjectId(uuid.UUID(int=2))]


def test_model_identity_survives_its_text_form() -> None:
    assert ModelIdentity.parse(MODEL.key) == MODEL
    for bad in ("", "a/b", "a/b/c/d", f"f/{'g' * 64}/c/2", f"f/{'a' * 64}/c/0"):
        with pytest.raises(ValueInvalid):
            ModelIdentity.parse(bad)

"""Calibrations survive the way into JSON and back, with all that belongs to them; the first schema is read, too."""

import json
from datetime import UTC, datetime

import pytest

from visavis.domain.calibration_json import MOST_POINTS, calibration_from_json, calibration_to_json
from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import CrossCheck, Evidence, MadeFrom, SearchCheck
from visavis.domain.gallery_size import SearchScaling
from visavis.domain.template import ModelIdentity

MODEL = ModelIdentity(family="arcface", digest="a" * 64, contract="112px", dimension=512)
WHOLE = Calibration(
    model=MODEL,
    measure=Measure.COSINE,
    data="Türen – 2026",
    subjects=10,
    mated=100,
    non_mated=1000,
    points=(
        CalibrationPoint(
            score=1 / 3, fmr=0.1, fnmr=0.0, fmr_interval=(0.1 / 3, 0.3), fnmr_interval=(0.0, 0.01)
        ),
        CalibrationPoint(
            score=2 / 3, fmr=1e-3, fnmr=0.1, fmr_interval=(1e-4, 2e-3), fnmr_interval=(0.05, 0.2)
        ),
    ),
    search=SearchScaling(exponent=0.16, rise=0.1, dispersion=1e3 / 7, growth=0.25, lowest=1e-5, largest=1000),
    evidence=Evidence(
        made_at=datetime(2026, 1, 31, 12, 0, 0, 5, tzinfo=UTC),
        software="visavis 1",
        digest="f" * 64,
        source=MadeFrom.REFERENCES,
        checks=(
            CrossCheck(
                target=1e-3, realised=1.1e-3, lowest=0.0, highest=3e-3, extrapolated=False, within=2 / 3
            ),
        ),
        searches=(SearchCheck(references=101, subjects=40, target=0.1, realised=0.09, independent=0.07),),
    ),
)


def old(**changes: object) -> str:
    return json.dumps(
        {
            "schema": 1,
            "model": MODEL.key,
            "measure": "cosine",
            "data": "x",
            "subjects": 10,
            "mated": 100,
            "non_mated": 1000,
            "points": [[0.1, 0.1, 0.0], [0.5, 1e-3, 0.1]],
        }
        | changes
    )


def test_everything_comes_back_exactly() -> None:
    assert calibration_from_json(calibration_to_json(WHOLE)) == WHOLE


def test_the_first_schema_has_no_intervals() -> None:
    found = calibration_from_json(old())
    assert (found.search, found.evidence) == (None, None)
    rate = found.fmr_at(0.3)
    assert (rate.low, rate.high) == (None, None)
    assert found.threshold_at(1e-2).value == pytest.approx(0.3)
    with pytest.raises(ValueInvalid, match="evidence is no known field"):
        calibration_from_json(old(evidence=None))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("points", 0, "fmr_low"), 0.2, "interval around its rates"),
        (("points", 0, "fmr_low"), None, "fmr_low is missing"),
        (("points", 0, "fmr"), True, r"points\[0\].fmr must be a number"),
        (("points", 0, "score"), 1e999, r"points\[0\].score must be a number"),
        (("points", 0, "odd"), 1, r"odd is no known field of points\[0\]"),
        (("search", "rise"), 0.3, "outside its range"),
        (("search", "dispersion"), 0, "dispersion from 1e-6"),
        (("search",), [1], "search must be an object"),
        (("evidence", "made_at"), "yesterday", "made_at must be a time"),
        (("evidence", "made_at"), "2026-01-01T00:00:00", "time zone"),
        (("evidence", "source"), "hearsay", "must be one of photos, references, not hearsay"),
        (("evidence", "checks"), [{}] * 501, "list of at most"),
        (("evidence", "searches", 0, "references"), -1, "whole number"),
        (("data",), "x" * 301, "at most 300 characters"),
    ],
)
def test_what_is_wrong_is_named(path: tuple[str | int, ...], value: object, message: str) -> None:
    document = json.loads(calibration_to_json(WHOLE))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueInvalid, match=message):
        calibration_from_json(json.dumps(document))


def test_its_size_is_bounded() -> None:
    points = [[n / 1000, 0.5 / (n + 1), 0.0] for n in range(MOST_POINTS + 1)]
    with pytest.raises(ValueInvalid, match="list of at most 500"):
        calibration_from_json(old(points=points))
    assert len(calibration_from_json(old(points=points[:-1])).points) == MOST_POINTS


@pytest.mark.parametrize("text", ["", "[]", "null", '"x"', "{", '{"schema": 9}'])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueInvalid):
        calibration_from_json(text)


def test_intervals_follow_the_rate_and_end_with_the_data() -> None:
    """Between the points as the rates do; beyond, nothing is known but that it is rarer than the last point."""
    at_first = WHOLE.fmr_at(1 / 3)
    assert at_first.low == pytest.approx(0.1 / 3)
    assert at_first.high == pytest.approx(0.3)
    middle = WHOLE.fmr_at(0.5)
    assert middle.value == pytest.approx(1e-2)
    assert middle.low == pytest.approx((0.1 / 3 * 1e-4) ** 0.5)
    assert middle.high == pytest.approx((0.3 * 2e-3) ** 0.5)
    beyond = WHOLE.fmr_at(0.9)
    assert (beyond.extrapolated, beyond.low, beyond.high) == (True, 0.0, 2e-3)
    below = WHOLE.fmr_at(0.0)
    assert (below.value, below.low, below.high) == (1.0, 0.1 / 3, 1.0)
    threshold = WHOLE.threshold_at(1e-2)
    assert threshold.fmr.low == pytest.approx(middle.low)
    assert WHOLE.threshold_at(1e-4).fmr.high == 2e-3
    assert WHOLE.fnmr_at(0.5) == (0.1, (0.05, 0.2))

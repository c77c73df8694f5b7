"""Do stated error rates hold for people who were not in the calibration? Calibrated on one half of the development
photographs' people, measured on the other, both ways."""

import pytest

from tests.extractions import LfwExtraction
from visavis.application.labelled import LabelledTemplates
from visavis.bootstrap.models import Models
from visavis.domain.decision import Measure
from visavis.evaluation.calibration import cross_check
from visavis.evaluation.search_check import People, check_searches

pytestmark = [pytest.mark.models, pytest.mark.data]

DOUBLES = {"Hasan_Wirayuda", "Flor_Montulo", "Nora_Bendijo"}


@pytest.fixture(scope="module")
def labelled(lfw_extraction: LfwExtraction) -> LabelledTemplates:
    found = lfw_extraction("standard")
    rows = [row for row in found.rows if row[0] not in DOUBLES]
    return LabelledTemplates.of(found.extraction, rows, Measure.COSINE)


def test_false_match_rates_of_other_people_lie_in_the_stated_intervals(
    models: Models, labelled: LabelledTemplates
) -> None:
    comparisons = labelled.comparisons(Measure.COSINE, None)
    model = models.pack("standard").embedder.model
    checks = cross_check(comparisons, model=model, measure=Measure.COSINE, splits=2, seed=100)
    assert [check.target for check in checks] == [1e-2, 1e-3, 1e-4]
    for check in checks:
        assert check.within == 1.0, check
        assert 0.7 < check.factor < 1.4, check
        assert not check.extrapolated


def test_searches_keep_their_rate_in_galleries_of_all_sizes(
    models: Models, labelled: LabelledTemplates
) -> None:
    people = People(references=labelled.references, probes=labelled.probes, subjects=labelled.numbers)
    model = models.pack("standard").embedder.model
    found = check_searches(people, model=model, measure=Measure.COSINE, splits=4, seed=100)
    assert {round(one.references, -2) for one in found} == {100, 500, 1000}
    for one in found:
        assert 0.7 < one.realised / one.target < 1.3, one
    tenths = [one for one in found if one.target == 0.1]
    assert all(one.independent < 0.85 * one.realised for one in tenths), "what the measurement is for"


@pytest.mark.parametrize(
    ("pack", "measure", "threshold"),
    [
        ("standard", Measure.COSINE, 0.42519),
        ("classic", Measure.COSINE, 0.94091),
        ("classic", Measure.EUCLIDEAN, 0.52400),
    ],
)
def test_the_shipped_calibrations_say_how_sure_they_are(
    models: Models, pack: str, measure: Measure, threshold: float
) -> None:
    shipped = models.pack(pack).calibration(measure)
    found = shipped.threshold_at(1e-4)
    assert found.value == pytest.approx(threshold, abs=2e-5)
    assert found.fmr.low is not None
    assert found.fmr.high is not None
    assert 0.0 < found.fmr.low < 1e-4 < found.fmr.high < 1e-3
    assert shipped.evidence is not None
    assert all(check.within and check.within >= 0.9 for check in shipped.evidence.checks)
    assert shipped.search is not None
    assert 0.0 <= shipped.search.exponent < 1.0

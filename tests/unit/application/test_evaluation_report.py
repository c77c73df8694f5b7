"""What the page says about an evaluation, for those who read only its beginning."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from visavis.application.evaluation_result import DiscardResult, Evaluation, OpenSetResult
from visavis.application.ports.reports import Level, Report
from visavis.application.reports.evaluation import Evaluated, evaluation_report, scores_report
from visavis.application.reports.words import one_in, percent
from visavis.domain.decision import Measure
from visavis.domain.template import ModelIdentity
from visavis.evaluation.curves import ScoreHistogram, SearchCurve
from visavis.evaluation.open_set import Rows
from visavis.evaluation.quality import DiscardCurve
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import ErrorCurve

MODEL = ModelIdentity(family="arcface", digest="0" * 64, contract="test", dimension=32)
ABOUT = Evaluated(pack="standard", non_commercial=False, data="staff")


def rate(
    errors: int, trials: int, *, low: float | None = None, high: float = 1.0, target: float | None = None
) -> RateAt:
    value = errors / trials
    return RateAt(
        target=target,
        value=value,
        low=value / 2 if low is None else low,
        high=min(2 * value, high),
        threshold=0.5,
        errors=errors,
        trials=trials,
        supported=errors >= 30,
    )


def search(references: int, missed: int, *, rows: Rows = Rows.BOTH, probes: int = 1) -> OpenSetResult:
    rising = np.linspace(0.9, 0.0, 5)
    return OpenSetResult(
        references=references,
        rows=rows,
        probes=probes,
        subjects=471.0,
        searched=471.0,
        mated=1000,
        non_mated=4000,
        failed=0,
        fnir=(rate(missed, 1000, target=1e-2),),
        rank_1=rate(980, 1000),
        cmc=(0.98, 0.99),
        curve=SearchCurve(thresholds=rising[::-1], fpir=rising, fnir=rising[::-1]),
        deployed=(rate(40, 40_000), rate(20, 1000)),
    )


def result() -> Evaluation:
    rising = np.linspace(0.0, 1.0, 5)
    return Evaluation(
        subjects=1241,
        mated=26_576,
        non_mated=2_000_000,
        failed=0,
        equal_error_rate=rate(79, 26_576),
        fnmr=(rate(161, 26_576, target=1e-3),),
        curve=ErrorCurve(thresholds=rising, fmr=rising[::-1], fnmr=rising),
        histogram=ScoreHistogram(
            edges=np.linspace(0, 1, 4), mated=np.array([0, 1, 9]), non_mated=np.array([8, 2, 0])
        ),
        deployed=(rate(213, 2_000_000), rate(506, 26_576)),
        model=MODEL,
        measure=Measure.COSINE,
        photos=3321,
        failures={},
        failure_to_acquire=0.0,
        failure_to_enrol=0.002,
    )


def said(report: Report, level: Level) -> str:
    return "\n".join(finding.text for finding in report.findings if finding.level is level)


def test_a_promise_that_is_kept() -> None:
    report = evaluation_report(result(), ABOUT, data='{"a": 1}')
    good = said(report, Level.GOOD)
    assert "1 in 9,400 is taken for a match (between 1 in 19,000 and 1 in 4,700)" in good
    assert "Promised is 1 in 10,000" in good
    assert "turned away in 1.90 % of comparisons" in good
    assert "enough to say both: 213 false matches and 506 false non-matches" in good
    assert not said(report, Level.BAD)
    assert report.data == '{"a": 1}'
    assert "standard" in report.title


def test_a_promise_that_is_broken() -> None:
    broken = replace(result(), deployed=(rate(2000, 2_000_000), rate(6000, 26_576)))
    bad = said(evaluation_report(broken, ABOUT), Level.BAD)
    assert "that is not kept. Calibrate" in bad
    assert "turned away in 22.6 %" in bad


def test_too_little_data_is_said_and_how_much_would_do() -> None:
    few = replace(result(), subjects=9, deployed=(rate(0, 900), rate(1, 90)))
    report = evaluation_report(few, ABOUT)
    watch = said(report, Level.WATCH)
    assert "9 people are not enough to be sure: only 0 false matches and 1 false non-match" in watch
    assert "1 in 10,000 needs 300,000 non-mated comparisons" in watch
    assert "Not one of 900 comparisons of different people" in said(report, Level.GOOD)


def test_searches_and_what_helps() -> None:
    whole = replace(
        result(),
        open_set=(search(1, 40, rows=Rows.SINGLE), search(3, 11)),
        policies=(search(1, 40, rows=Rows.SINGLE), search(3, 39), search(3, 10, rows=Rows.MEAN)),
        multi_probe=(search(1, 40, rows=Rows.SINGLE), search(1, 38, rows=Rows.SINGLE, probes=3)),
    )
    report = evaluation_report(whole, ABOUT)
    assert "471 people with 3 photos each, 0.1 % of strangers are taken for somebody" in said(
        report, Level.GOOD
    )
    notes = said(report, Level.NOTE)
    assert (
        "Enrolling 3 photos instead of one helps: 1.00 % of searches miss the right person, not 4.00 %"
        in notes
    )
    assert "Searching with" not in notes  # 38 instead of 40 is nothing
    headings = [section.heading for section in report.sections]
    assert len(headings) == 5
    compared = report.sections[2].plots[1].series[0]
    assert list(compared.names) == ["1 enrolled", "3 enrolled, both", "3 enrolled, mean"]
    assert list(compared.y) == [0.04, 0.039, 0.01]


def test_strangers_of_whom_there_were_few() -> None:
    one = replace(search(3, 11), deployed=(rate(3, 3000, low=0.0), rate(20, 1000)))
    assert "Only 3 such searches of 3,000" in said(
        evaluation_report(replace(result(), open_set=(one,)), ABOUT), Level.NOTE
    )
    over = replace(search(3, 11), deployed=(rate(100, 3000), rate(20, 1000)))
    assert "taken for somebody" in said(
        evaluation_report(replace(result(), open_set=(over,)), ABOUT), Level.BAD
    )


def test_photos_without_a_template_and_quality() -> None:
    discard = DiscardResult(
        threshold=0.5,
        trials=900,
        curve=DiscardCurve(discarded=(0.0, 0.1, 0.5), fnmr=(0.02, 0.005, 0.0)),
        area=0.4,
    )
    some = replace(
        result(), failed=12, failures={"no_face": 300}, failure_to_acquire=300 / 3321, discard=discard
    )
    report = evaluation_report(some, replace(ABOUT, non_commercial=True))
    assert "300 photos of 3,321 (9.03 %) gave no template" in said(report, Level.WATCH)
    assert "non-commercial use only" in said(report, Level.WATCH)
    assert "without the 10 % of comparisons of the lowest quality, 0.5 %" in said(report, Level.NOTE)
    facts = dict(report.facts)
    assert facts["photos without a template"] == "9.03 % (300 no face)"
    assert facts["error versus discard, area"].startswith("0.40")
    assert "12 mated comparisons could not be made" in " ".join(report.sections[0].text)
    assert report.sections[-2].heading == "Does quality predict errors?"


def test_what_may_be_chance_does_not_help() -> None:
    unsure = replace(search(3, 10, rows=Rows.MEAN), fnir=(replace(rate(10, 1000, target=1e-2), high=0.041),))
    discard = DiscardResult(
        threshold=0.5,
        trials=100,  # 2 errors, and 0 without the worst ten
        curve=DiscardCurve(discarded=(0.0, 0.1, 0.5), fnmr=(0.02, 0.0, 0.0)),
        area=0.4,
    )
    whole = replace(result(), policies=(search(1, 40, rows=Rows.SINGLE), unsure), discard=discard)
    notes = said(evaluation_report(whole, ABOUT), Level.NOTE)
    assert "Enrolling" not in notes
    assert "Better photos help" not in notes


def test_a_table_without_subjects_is_not_of_nobody() -> None:
    few = replace(result(), subjects=0, independent=True, deployed=(rate(0, 900), rate(1, 90)))
    watch = said(scores_report(few, table="other.csv"), Level.WATCH)
    assert "The data are not enough to be sure" in watch
    assert "0 people" not in watch


def test_a_table_of_scores() -> None:
    bare = replace(result(), deployed=None, independent=True)
    report = scores_report(bare, table="other.csv")
    assert "both errors are equally frequent, 0.3 %" in said(report, Level.NOTE)
    assert "the true uncertainty is larger" in said(report, Level.WATCH)
    with_threshold = scores_report(result(), table="other.csv")
    assert "Promised" not in "\n".join(finding.text for finding in with_threshold.findings)


def test_plots_carry_what_their_scales_can_show() -> None:
    """Rates of 0 and 1 have no place on axes of logarithms or normal deviates."""
    det, roc, histogram, errors = evaluation_report(result(), ABOUT).sections[0].plots
    assert list(det.series[0].x) == [0.75, 0.5, 0.25]
    assert min(roc.series[0].x) > 0
    assert all(min(series.y) > 0 for series in errors.series)
    (non_mated, mated) = histogram.series
    assert list(non_mated.y)[:3] == [0.8, 0.2, 0.0]
    assert sum(list(mated.y)[:3]) == pytest.approx(1.0)
    assert [mark.x for mark in histogram.marks] == [0.5]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "none"),
        (0.6, "60%"),
        (0.4, "1 in 2.5"),
        (0.1, "1 in 10"),
        (1 / 9389, "1 in 9,400"),
        (1e-4, "1 in 10,000"),
        (2e-7, "1 in 5 million"),
    ],
)
def test_odds(value: float, words: str) -> None:
    assert one_in(value) == words


def test_percentages_keep_the_digits_that_matter() -> None:
    values: Sequence[float] = (0.0, 0.00010649, 0.0012, 0.019, 0.226, 1.0)
    assert [percent(value) for value in values] == ["0 %", "0.011 %", "0.12 %", "1.90 %", "22.6 %", "100.0 %"]

"""What is said about an attack detector."""

import math

import numpy as np

from visavis.application.evaluate_pad import PadEvaluation, evaluate_pad
from visavis.application.ports.reports import Level
from visavis.application.reports.pad import pad_findings, pad_report
from visavis.bootstrap.reports import reports
from visavis.cli.pad_document import pad_document
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.pad import BONA_FIDE, PresentationSet
from visavis.wire.pad import PadDocument


def evaluated(
    *, mask: float = 0.0, refused: int = 0, thresholds: tuple[float, ...] = (0.5,), people: bool = True
) -> PadEvaluation:
    """600 bona fide, 200 prints that never pass, 200 masks of which the share `mask` passes."""
    scores = (
        [0.9] * (600 - refused)
        + [0.1] * refused
        + [0.0] * 200
        + [0.8] * int(200 * mask)
        + [0.2] * int(200 * (1 - mask))
    )
    labels = [BONA_FIDE] * 600 + ["print"] * 200 + ["mask"] * 200
    subjects = [f"s{n % 200}" for n in range(1000)] if people else []
    given = PresentationSet(labels=tuple(labels), scores=np.array(scores), subjects=tuple(subjects))
    return evaluate_pad(given, thresholds, Resampling(replicates=200))


def test_the_worst_attack_is_named_first() -> None:
    first, second, *_ = pad_findings(evaluated(mask=0.5, refused=60))
    assert first.level is Level.BAD
    assert "“mask” is the attack that works best: 100 of 200 (50.0 %" in first.text
    assert second.level is Level.WATCH
    assert "60 of 600" in second.text


def test_a_good_detector_is_called_good() -> None:
    levels = [finding.level for finding in pad_findings(evaluated())]
    assert levels == [Level.GOOD, Level.GOOD, Level.NOTE]


def test_few_presentations_are_a_reason_to_watch() -> None:
    given = PresentationSet(
        labels=(BONA_FIDE,) * 30 + ("print",) * 5, scores=np.array([0.9] * 29 + [math.nan] + [0.1] * 5)
    )
    said = [finding.text for finding in pad_findings(evaluate_pad(given, (0.5,)))]
    assert any("bona fide (30), print (5)" in text for text in said)
    assert any("does not say who was presented" in text for text in said)
    assert any("got no response" in text for text in said)


def test_without_a_threshold_nothing_is_promised() -> None:
    findings = pad_findings(evaluated(refused=12, thresholds=()))
    assert findings[1].level is Level.NOTE
    assert "No threshold was given" in findings[1].text


def test_page_and_document_carry_all_points() -> None:
    result = evaluated(mask=0.25, refused=12, thresholds=(0.5, 0.15))
    document = pad_document(result, "scores.csv")
    assert [point.name for point in document.deployed] == ["threshold 0.5", "threshold 0.15"]
    assert [point.name for point in document.at_bpcer] == ["BPCER 1 %", "BPCER 5 %"]
    assert [point.name for point in document.at_apcer] == ["BPCER10", "BPCER20", "BPCER100"]
    assert document.deployed[0].worst_species == "mask"
    assert document.intervals == "subjects"
    assert PadDocument.model_validate_json(document.pretty()).pretty() == document.pretty()
    page = reports().page(pad_report(result, source="scores.csv", data=document.pretty()))
    assert all(name in page for name in ("BPCER20", "threshold 0.15", "visavis.evaluate-pad/1"))


def test_nothing_good_is_said_of_a_few_presentations() -> None:
    """Of 90 the interval already ends below 5 %."""
    levels = []
    for attacks in (90, 100):
        given = PresentationSet(
            labels=(BONA_FIDE,) * 600 + ("print",) * attacks, scores=np.array([0.9] * 600 + [0.1] * attacks)
        )
        result = evaluate_pad(given, (0.5,), Resampling(replicates=20))
        assert result.headline.worst.apcer.high < 0.05
        levels.append(pad_findings(result)[0].level)
    assert levels == [Level.WATCH, Level.GOOD]

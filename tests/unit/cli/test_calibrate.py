"""What is said about a calibration, on the screen and in its report."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from tests.contract.making import a_calibration
from visavis.adapters.report.page import HtmlReports
from visavis.application.ports.reports import Level
from visavis.application.reports.calibration import Calibrated, calibration_report
from visavis.cli.calibrate import render_calibration
from visavis.domain.decision import Calibration
from visavis.domain.evidence import CrossCheck, Evidence, SearchCheck
from visavis.wire.calibration import CalibrateDocument

ABOUT = Calibrated(pack="standard", kept="with the gallery staff")


def shown(document: CalibrateDocument) -> str:
    console = Console(file=StringIO(), width=160, markup=False, highlight=False, emoji=False)
    render_calibration(console, document)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def of_old() -> Calibration:
    """Of a version that knew neither intervals nor evidence."""
    full = a_calibration()
    points = tuple(replace(point, fmr_interval=None) for point in full.points)
    return replace(full, points=points, search=None, evidence=None)


def evidence_of(calibration: Calibration) -> Evidence:
    assert calibration.evidence is not None
    return calibration.evidence


def test_a_gallery_s_own() -> None:
    document = CalibrateDocument.of(a_calibration(), pack="standard", file="", gallery="staff")
    text = shown(document)
    assert "FMR 0.001         0.2" in text
    assert "on other people 3.7e-04 to 1.8e-03" in text
    assert "0.001 on the other half of the people (0 to 0.002)" in text
    assert "0.1 among 100 references of the other half" in text
    assert "the gallery staff (--remove goes back" in text
    assert document.calibration is not None
    assert document.calibration.calibration() == a_calibration(), "it can be given to a gallery as it is"
    assert CalibrateDocument.model_validate_json(document.line()).calibration == document.calibration


def test_without_intervals() -> None:
    text = shown(CalibrateDocument.of(of_old(), pack="standard", file="/x.json"))
    assert "on other people" not in text
    assert "/x.json (delete it" in text


def test_the_report_warns_where_promises_did_not_hold() -> None:
    poor = CrossCheck(target=1e-3, realised=2e-3, lowest=1e-3, highest=9e-3, extrapolated=False, within=0.5)
    search = SearchCheck(references=100, subjects=40, target=0.1, realised=0.0, independent=0.0)
    evidence = replace(evidence_of(a_calibration()), checks=(poor,), searches=(search,))
    report = calibration_report(replace(a_calibration(), evidence=evidence), ABOUT)
    assert [one.level for one in report.findings] == [Level.NOTE, Level.WATCH, Level.WATCH]
    assert "2.00 times that, inside the stated interval in 50% of the trials" in report.findings[1].text
    assert "<svg" in HtmlReports().page(report)


def test_the_report_of_a_good_one_and_of_an_old_one() -> None:
    good = calibration_report(a_calibration(), ABOUT)
    assert [one.level for one in good.findings] == [Level.NOTE, Level.GOOD, Level.GOOD]
    curve = good.sections[0].plots[0].series[0]
    assert (list(curve.low), list(curve.high)) == ([1 / 3, 3e-5], [2 / 3, 2e-4])
    old = calibration_report(of_old(), ABOUT)
    assert len(old.findings) == 1
    assert not old.sections[0].plots[0].series[0].low
    for report in (good, old):
        assert "The data end" in HtmlReports().page(report)

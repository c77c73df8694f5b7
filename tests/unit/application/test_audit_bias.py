"""From photos and cohorts to findings, a page and a signed document. People are words, cohorts are their desks."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.application.conftest import ACTOR, Bench
from tests.unit.application.fakes import WordInference, calibration, picture
from visavis.adapters.signing.ed25519 import Ed25519Signer, verified
from visavis.application.audit_bias import AuditBias, BiasAudit
from visavis.application.bias_findings import advice, findings, limits, times
from visavis.application.extract import Extract
from visavis.application.ledger import Ledger
from visavis.application.ports.reports import Level
from visavis.application.reports.bias import bias_report
from visavis.application.sign_bias_audit import SignBiasAudit
from visavis.bootstrap.signed_files import signed_file
from visavis.cli.bias_document import Provenance, canonical, document_of
from visavis.domain.audit import Action
from visavis.domain.errors import DependencyMissing, ValueInvalid
from visavis.domain.geometry import Size
from visavis.domain.subject import DEFAULT_TENANT
from visavis.evaluation.bias import Design
from visavis.evaluation.bootstrap import Resampling
from visavis.evaluation.cohort_rates import ErrorRate
from visavis.evaluation.cohorts import Cohorts
from visavis.wire.bias import SignedBiasDocument

SUBJECTS, PHOTOS = 48, 3
ROWS = [(f"Ida-{one:02}", f"Ida-{one:02}/{two}.jpg") for one in range(SUBJECTS) for two in range(PHOTOS)]
Made = Callable[[str, int, str], bytes]


def desk(subject: str) -> str:
    return "left" if int(subject[-2:]) % 2 else "right"


DESKS = Cohorts.of("desk", [desk(subject) for subject, _ in ROWS])


def auditor(make: Made, **changes: object) -> AuditBias:
    """`make` is given a subject, the number of the photo, and the desk."""
    files = {photo: make(subject, number, desk(subject)) for number, (subject, photo) in enumerate(ROWS)}
    work = AuditBias(
        extract=Extract(
            inference=WordInference(),
            read=files.__getitem__,
            size=lambda data: Size(width=100, height=50),
            probes=False,
        ),
        calibration=calibration(),
        fmr=1e-4,
        enrol_quality=5.0,
        design=Design(resampling=Resampling(replicates=60), permutations=300),
    )
    return replace(work, **changes)  # type: ignore[arg-type]


def good(subject: str, number: int, where: str) -> bytes:
    return picture(subject, noise=0.5, seed=number)


def poor_everywhere(subject: str, number: int, where: str) -> bytes:
    return picture(subject, noise=0.9, seed=number)


def blurred_on_the_left(subject: str, number: int, where: str) -> bytes:
    poor = where == "left" and number % PHOTOS > 0
    return picture(subject, noise=1.3 if poor else 0.5, seed=number, quality=30.0 if poor else 80.0)


def blurred_and_poor(subject: str, number: int, where: str) -> bytes:
    return picture(subject, noise=1.5 if where == "left" else 0.9, seed=number)


def dark_on_the_left(subject: str, number: int, where: str) -> bytes:
    lost = where == "left" and number % PHOTOS == 0
    return picture(subject, noise=0.5, seed=number, bad="too_dark" if lost else "")


@pytest.fixture
def biased(bench: Bench) -> BiasAudit:
    return bench.run(auditor(blurred_on_the_left)(ROWS, [DESKS]))  # type: ignore[no-any-return]


def test_what_differs_is_told_in_plain_words(biased: BiasAudit) -> None:
    (first, *_) = findings(biased)
    assert first.level is Level.BAD
    assert first.text.startswith("People of desk left must try again ")
    assert "as often as all others: " in first.text
    left = biased.attributes[0].rate(ErrorRate.FNMR).found[0]
    assert left.to_others is not None
    assert times(left.to_others) in first.text
    assert "If cohorts did not differ, chance alone would show a difference like this in " in first.text
    assert "right fares best with " in first.text
    assert "flatters" not in first.text, "of two cohorts the best are all others"
    assert "poorer quality" in first.text
    assert "right" not in [one.cohort for rate in biased.attributes[0].rates for one in rate.found]
    assert any("how desk left is photographed" in text for text in advice(biased))
    assert biased.worst_ratio is not None
    assert biased.worst_ratio > 1.5


def test_nothing_is_told_of_people_who_are_served_alike(bench: Bench) -> None:
    audit = bench.run(auditor(poor_everywhere)(ROWS, [DESKS]))
    assert audit.attributes[0].rate(ErrorRate.FNMR).overall.errors > 10
    assert (audit.found, audit.worst_ratio, advice(audit)) == (0, None, ())
    assert Level.BAD not in {one.level for one in findings(audit)}
    assert any("cannot be ruled out" in one.text for one in findings(audit))


def test_photos_without_a_template_count(bench: Bench) -> None:
    audit = bench.run(auditor(dark_on_the_left)(ROWS, [DESKS]))
    one = audit.attributes[0]
    fta, fte = one.rate(ErrorRate.FTA), one.rate(ErrorRate.FTE)
    assert [round(cohort.estimate.value, 3) for cohort in fta.cohorts] == [0.333, 0.0]
    assert fta.overall.errors == SUBJECTS // 2
    assert [cohort.cohort for cohort in fta.found] == [cohort.cohort for cohort in fte.found] == ["left"]
    # a lost photo fails all of its comparisons: 1 of 3 attempts wholly, the other two half
    assert one.rate(ErrorRate.FNMR).cohorts[0].estimate.value == pytest.approx(2 / 3, abs=0.05)
    assert any("Most frequent reason: too dark (24)" in finding.text for finding in findings(audit))
    assert one.facts[0].failures == {"too_dark": 24}


def test_what_the_policy_refuses_counts_as_failed_to_enrol(bench: Bench) -> None:
    audit = bench.run(auditor(blurred_on_the_left, enrol_quality=40.0)(ROWS, [DESKS]))
    fte = audit.attributes[0].rate(ErrorRate.FTE)
    assert [cohort.estimate.errors for cohort in fte.cohorts] == [SUBJECTS, 0]


def test_a_small_cohort_is_warned_about(bench: Bench) -> None:
    told = ["few" if subject < "Ida-04" else desk(subject) for subject, _ in ROWS]
    audit = bench.run(auditor(blurred_on_the_left)(ROWS, [Cohorts.of("desk", told)]))
    warning = next(one.text for one in findings(audit) if one.level is Level.WATCH)
    assert "nothing can be said about few (4)" in warning
    assert "in each cohort would show" in warning


def test_the_ratio_to_the_best_of_several_is_an_aside(bench: Bench) -> None:
    told = ["left" if desk(subject) == "left" else f"right {int(subject[-2:]) % 4}" for subject, _ in ROWS]
    audit = bench.run(auditor(blurred_and_poor)(ROWS, [Cohorts.of("desk", told)]))
    (first, *_) = findings(audit)
    left = audit.attributes[0].rate(ErrorRate.FNMR).found[0]
    assert left.to_others is not None
    assert times(left.to_others) in first.text
    assert "which flatters the best" in first.text


def test_the_headline_is_good_only_if_nothing_is_left_to_watch(bench: Bench) -> None:
    told = ["few" if subject < "Ida-04" else desk(subject) for subject, _ in ROWS]
    audit = bench.run(auditor(poor_everywhere)(ROWS, [Cohorts.of("desk", told)]))
    assert audit.found == 0
    headline = bias_report(audit, pack="words").findings[0]
    assert headline.level is Level.WATCH
    assert "too little data to be sure for all" in headline.text
    whole = bench.run(auditor(poor_everywhere)(ROWS, [DESKS]))
    assert Level.WATCH not in {one.level for one in findings(whole)}
    assert bias_report(whole, pack="words").findings[0].level is Level.GOOD


def test_the_page_says_how_often_cohorts_were_dealt_out(biased: BiasAudit) -> None:
    assert "among the subjects 300 times" in repr(bias_report(biased, pack="words"))


def test_what_nobody_told_is_left_out_and_said(bench: Bench) -> None:
    told = [None if subject < "Ida-08" else desk(subject) for subject, _ in ROWS]
    audit = bench.run(auditor(good)(ROWS, [Cohorts.of("desk", told)]))
    assert audit.attributes[0].unstated == 8 * PHOTOS
    assert any("desk: 24" in text for text in limits(audit))


def test_nothing_is_told_of_cohorts_of_one_or_two_people(bench: Bench) -> None:
    told = ["alone" if subject < "Ida-02" else desk(subject) for subject, _ in ROWS]
    audit = bench.run(auditor(good)(ROWS, [Cohorts.of("desk", told)]))
    assert [facts.cohort for facts in audit.attributes[0].facts] == ["left", "right"]
    assert (audit.attributes[0].withheld, audit.attributes[0].unstated) == (1, 2 * PHOTOS)
    assert "alone" not in written(audit)
    assert any("would tell of single people (desk: 1)" in text for text in limits(audit))


def test_without_cohorts_or_people_there_is_no_audit(bench: Bench) -> None:
    with pytest.raises(ValueInvalid):
        bench.run(auditor(good)(ROWS, [Cohorts.of("desk", [None] * len(ROWS))]))
    with pytest.raises(ValueInvalid):
        bench.run(auditor(lambda *_: picture("x", bad="too_dark"))(ROWS, [DESKS]))


def written(audit: BiasAudit) -> str:
    made = Provenance(made_at=datetime(2026, 1, 1, tzinfo=UTC), software="visavis test", pack="words")
    return canonical(document_of(audit, made))


def test_neither_the_document_nor_the_page_names_a_subject(biased: BiasAudit) -> None:
    text = written(biased)
    report = bias_report(biased, pack="words", data=text)
    assert "Ida-" not in text
    assert "Ida-" not in repr(report)
    assert "nan" not in text.lower().replace("tenant", "")
    assert report.findings[0].level is Level.BAD
    titles = [plot.title for section in report.sections for plot in section.plots]
    assert "FNMR by desk" in titles


def test_it_is_signed_and_noted(bench: Bench, biased: BiasAudit) -> None:
    ledger = Ledger(actor=ACTOR, clock=bench.clock)
    sign = SignBiasAudit(store=bench.store, tenant=DEFAULT_TENANT, ledger=ledger, signer=Ed25519Signer())
    signed = bench.run(sign(written(biased), biased, pack="words", gallery=bench.gallery))
    document = signed_file(SignedBiasDocument, signed)
    assert hashlib.sha256(document.document.encode()).hexdigest() == document.sha256
    assert json.loads(document.document)["found"] == biased.found
    assert verified(document.document.encode(), signed.signature)
    assert not verified(document.document.replace("left", "right").encode(), signed.signature)
    entry = bench.entries()[-1].record
    assert (entry.action, entry.target) == (Action.BIAS_AUDITED, f"gallery:{bench.gallery.id}")
    assert entry.details["report_sha256"] == document.sha256
    assert (entry.details["cohorts"], entry.details["pack"]) == (2, "words")
    assert entry.details["worst_ratio"] == biased.worst_ratio
    with pytest.raises(DependencyMissing):
        bench.run(replace(sign, signer=None)("{}", biased, pack="words"))

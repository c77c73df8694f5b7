"""What people read of attack detectors and masks."""

from tests.unit.application.test_pad_report import evaluated
from tests.unit.cli.test_rendering import shown
from tests.unit.wire.values import pack
from visavis.application.ports.reports import Finding, Level
from visavis.application.reports.pad import pad_findings
from visavis.cli import masked, pad
from visavis.cli.pad_document import pad_document
from visavis.wire.evaluation import RateNote
from visavis.wire.masked import ConditionNote, FactorNote, MaskedDocument, MaskedPhotosNote, MaskedPointNote


def test_pad_tells_each_instrument_and_marks_the_worst() -> None:
    result = evaluated(mask=0.5, refused=60)
    said = shown(lambda console: pad.render(console, pad_document(result, "x.csv"), pad_findings(result)))
    assert "APCER mask ← worst" in said
    assert "100 of 200" in said
    assert "bad   “mask” is the attack that works best" in said
    assert said.count("APCER print") == 6


def rate(value: float) -> RateNote:
    return RateNote(
        target=1e-3,
        value=value,
        low=value / 2,
        high=value * 2,
        threshold=0.4,
        errors=1,
        trials=100,
        supported=False,
    )


def test_masked_tells_failures_rates_and_how_many_times() -> None:
    point = MaskedPointNote(
        fmr=1e-3, kept_fmr=rate(0.002), kept_fnmr=rate(0.3), own_fnmr=rate(0.25),
        degradation=FactorNote(value=12.5, low=6.0, high=None),
    )  # fmt: skip
    document = MaskedDocument(
        pack=pack().name, model="m", measure="cosine", masks="painted", subjects=9,
        unmasked=MaskedPhotosNote(photos=20, failure_to_acquire=0.0, failures={}),
        masked=MaskedPhotosNote(photos=20, failure_to_acquire=0.1, failures={"no_face": 2}),
        conditions=[
            ConditionNote(
                condition="masked_probe", mated=10, non_mated=100, failed=2, equal_error_rate=rate(0.1),
                points=[point], deployed_fmr=None, deployed_fnmr=None,
            )
        ],
    )  # fmt: skip
    said = shown(lambda console: masked.render(console, document, [Finding(level=Level.WATCH, text="Mind.")]))
    assert "20 photos, 10.00% without a template (2 no face)" in said
    assert "masked probe" in said
    assert "0.002  30.00%" in said
    assert "25.00%" in said
    assert "12.5" in said
    assert "watch Mind." in said

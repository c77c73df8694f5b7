"""Gates in files: what they override, and what they may not say."""

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest

from visavis.adapters.onnx.gates import read_gate
from visavis.application.evaluate import EvaluateFolder
from visavis.application.evaluation_result import FMR_TARGETS, FPIR_TARGETS
from visavis.domain.card import RateKind
from visavis.domain.errors import FileUnreadable, ValueInvalid
from visavis.domain.gate import MEASURED, MEASURED_REFERENCES, Against, Bound, RateLimit, Searches


def gate_file(folder: Path, text: str) -> Path:
    path = folder / "gate.toml"
    path.write_text(text)
    return path


def test_the_shipped_gate() -> None:
    gate = read_gate()
    assert (gate.least_subjects, gate.least_mated, gate.least_non_mated) == (100, 300, 300_000)
    assert gate.bound is Bound.HIGH
    assert gate.against is Against.NOT_WORSE
    assert [(one.kind, one.target, one.most) for one in gate.limits] == [
        (RateKind.FNMR, 1e-3, 0.03),
        (RateKind.FNMR, 1e-4, 0.06),
        (RateKind.FNIR, 0.1, 0.06),
    ]
    assert len(gate.digest) == 64


def test_a_gate_overrides_what_it_names(tmp_path: Path) -> None:
    text = """
    schema = 1
    [data]
    least_subjects = 20
    [limits]
    bound = "value"
    searches = "required"
    fnir = []
    [[limits.fnmr]]
    at_fmr = 1e-2
    most = 0.5
    [promoted]
    must_be = "anything"
    """
    shipped, own = read_gate(), read_gate(gate_file(tmp_path, text))
    assert own == replace(
        shipped,
        digest=own.digest,
        least_subjects=20,
        bound=Bound.VALUE,
        searches=Searches.REQUIRED,
        limits=(RateLimit(kind=RateKind.FNMR, target=1e-2, most=0.5),),
        against=Against.ANYTHING,
    )
    assert own.digest != shipped.digest
    assert read_gate(gate_file(tmp_path, "schema = 1")) == replace(
        shipped, digest=read_gate(tmp_path / "gate.toml").digest
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "schema"),
        ("schema = 2", "schema"),
        ("schema = 1\nforce = true", "force"),
        ("schema = 1\n[data]\nleast_people = 3", "data.least_people"),
        ('schema = 1\n[data]\nleast_subjects = "many"', "data.least_subjects"),
        ("schema = 1\n[data]\nleast_subjects = 0", "asks for some data"),
        ("schema = 1\n[limits]\nfailure_to_acquire = 1.5", "failure rate"),
        ('schema = 1\n[limits]\nbound = "low"', "limits.bound"),
        ("schema = 1\n[limits]\nfnmr = 0.1", "limits.fnmr"),
        ("schema = 1\n[limits]\nfnmr = [{at_fmr = 0.01}]", r"limits.fnmr\[0\].*most"),
        ("schema = 1\n[limits]\nfnmr = [{at_fpir = 0.1, most = 0.1}]", "at_fpir"),
        (
            "schema = 1\n[limits]\nfnmr = [{at_fmr = 0.1, most = 0.1}]",
            r"limits.fnmr\[0\].*hold rates at 0.01",
        ),
        ("schema = 1\n[limits]\nfnmr = [{at_fmr = 0.01, most = 1.1}]", r"limits.fnmr\[0\]"),
        ("schema = 1\n[limits]\nfnir = [{at_fpir = 0.1, most = 0.1, references = 2}]", "1 and with 3"),
        ("schema = 1\n[limits]\nfnir = [{at_fpir = 0.1, most = 0.1}]", "references"),
        ("schema = 1\n[limits]\nfnmr = []\nfnir = []", "has a limit"),
        ('schema = 1\n[promoted]\nmust_be = "forced"', "promoted.must_be"),
        ("schema = [", "no TOML"),
    ],
)
def test_a_gate_says_what_is_wrong(tmp_path: Path, text: str, names: str) -> None:
    with pytest.raises(ValueInvalid, match=names):
        read_gate(gate_file(tmp_path, text))


def test_a_gate_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable):
        read_gate(tmp_path / "none.toml")


def test_limits_are_at_targets_that_an_evaluation_measures() -> None:
    fields = {one.name: one.default for one in dataclasses.fields(EvaluateFolder)}
    assert MEASURED == {RateKind.FNMR: FMR_TARGETS, RateKind.FNIR: FPIR_TARGETS}
    assert MEASURED_REFERENCES == fields["references"]

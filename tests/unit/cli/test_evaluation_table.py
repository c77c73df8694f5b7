"""What `visavis evaluate` writes for people, and the lists its options take."""

from io import StringIO

import pytest
from rich.console import Console

from visavis.cli.evaluation_options import counts
from visavis.cli.evaluation_table import render, render_scores
from visavis.domain.errors import ValueInvalid
from visavis.wire.evaluation import (
    EvaluateDocument,
    EvaluateScoresDocument,
    OpenSetNote,
    RateNote,
)


def console() -> Console:
    return Console(file=StringIO(), width=160, markup=False, highlight=False, emoji=False)


def text_of(shown: Console) -> str:
    assert isinstance(shown.file, StringIO)
    return shown.file.getvalue()


def note(value: float, *, target: float | None = None, supported: bool = True) -> RateNote:
    return RateNote(
        target=target,
        value=value,
        low=value / 2,
        high=value * 2,
        threshold=0.4252,
        errors=round(value * 1000),
        trials=1000,
        supported=supported,
    )


def search(references: int, rows: str, fnir: float, probes: int = 1) -> OpenSetNote:
    return OpenSetNote(
        references=references,
        rows=rows,
        probes=probes,
        subjects=471.0,
        searched=471.0,
        mated=1000,
        non_mated=4000,
        fnir=[note(fnir * 2, target=1e-3), note(fnir, target=1e-2)],
        rank_1=note(0.99),
        deployed_fpir=note(0.001, supported=False),
        deployed_fnir=note(0.07),
    )


def document() -> EvaluateDocument:
    return EvaluateDocument(
        pack="light",
        model="a/b/c/512",
        non_commercial=True,
        measure="cosine",
        photos=60,
        subjects=20,
        failures={"no_face": 2},
        failure_to_acquire=2 / 60,
        failure_to_enrol=0.05,
        mated=1000,
        non_mated=2_000_000,
        equal_error_rate=note(0.003),
        fnmr=[note(0.006, target=1e-3)],
        open_set=[search(1, "single", 0.04)],
        policies=[search(1, "single", 0.04), search(3, "mean", 0.01)],
        multi_probe=[search(1, "single", 0.04), search(1, "single", 0.002, probes=3)],
    )


def lines(text: str, start: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(start)]


def test_an_evaluation() -> None:
    shown = console()
    render(shown, document())
    text = text_of(shown)
    assert "light (non-commercial weights)" in text
    assert "1,000 mated, 2,000,000 non-mated" in text
    assert "3.33% (2 no face)" in text
    (searched,) = lines(text, "1:N, 1 reference, 471 subjects")
    assert "99.000%" in searched
    assert len(lines(text, "  FNIR")) == 3
    (fpir,) = lines(text, "  FPIR")
    assert fpir.rstrip().endswith("too few trials")
    one, three = lines(text, "FNIR, same probes")
    assert "1 reference " in one
    assert "3 references, mean" in three
    assert "FPIR 0.01" in three
    assert "1.000%" in three
    assert "3 photos" in lines(text, "FNIR, fused")[1]


@pytest.mark.parametrize("independent", [True, False])
def test_scores(independent: bool) -> None:
    shown = console()
    render_scores(
        shown,
        EvaluateScoresDocument(
            subjects=0 if independent else 12,
            mated=1000,
            non_mated=5000,
            failed=3,
            equal_error_rate=note(0.003),
            fnmr=[],
            deployed_fmr=note(0.001),
            deployed_fnmr=note(0.02),
            independent=independent,
        ),
    )
    text = text_of(shown)
    assert "3 mated" in text
    assert ("too narrow" in text) is independent
    assert ("not known" in text) is independent
    assert "the threshold" in text


def test_lists_of_numbers() -> None:
    assert counts("5, 1,3,3", "--references") == (1, 3, 5)
    assert counts("", "--probes") == ()
    for wrong in ("0", "1,x", "21", "-1"):
        with pytest.raises(ValueInvalid, match="--probes"):
            counts(wrong, "--probes")

"""The report of a comparison of two packs."""

from collections.abc import Sequence

from visavis.application.compare_words import VERDICTS, advice_on, name_of, sentence
from visavis.application.model_comparison import Amount, ComparedFigure, Figure, ModelComparison, PackRun
from visavis.application.ports.reports import (
    Axis,
    Finding,
    Level,
    Look,
    Plot,
    Report,
    Scale,
    Section,
    Series,
    Table,
)
from visavis.domain.pack import Pack
from visavis.evaluation.paired import Verdict
from visavis.evaluation.verification import ErrorCurve

_LEVELS = {
    Verdict.BETTER: Level.GOOD,
    Verdict.WORSE: Level.BAD,
    Verdict.MIXED: Level.WATCH,
    Verdict.NO_DIFFERENCE: Level.NOTE,
    Verdict.NOT_ENOUGH: Level.WATCH,
}
_PLAIN = frozenset({Figure.SPEED, Figure.SIZE})


def compare_report(result: ModelComparison, a: Pack, b: Pack, *, data: str = "") -> Report:
    """Page one says whether B is better; `data` is the JSON document that travels inside the page."""
    return Report(
        title=f"Is {b.name} better than {a.name}?",
        subtitle=f"{result.photos:,} photos of {result.subjects:,} people, both packs on the same ones",
        findings=_findings(result, a, b),
        facts=_facts(result, a, b),
        sections=(_rates(result, a, b), _curves(result, a, b), _method()),
        data=data,
    )


def _findings(result: ModelComparison, a: Pack, b: Pack) -> list[Finding]:
    found = [Finding(level=_LEVELS[result.verdict], text=sentence(result, a.name, b.name))]
    for one in result.figures:
        ratio, verdict = one.difference.ratio, one.difference.verdict
        if one.figure in _PLAIN and ratio is not None and verdict in {Verdict.BETTER, Verdict.WORSE}:
            text = f"{name_of(one).capitalize()}: {b.name} needs {ratio:.2f} times what {a.name} needs."
            found.append(Finding(level=Level.NOTE, text=text))
    found += [
        Finding(level=Level.WATCH, text=f"The weights of {pack.name} are for non-commercial use only.")
        for pack in (a, b)
        if pack.needs_acceptance
    ]
    return found


def _facts(result: ModelComparison, a: Pack, b: Pack) -> list[tuple[str, str]]:
    facts = []
    for letter, pack, run in (("A", a, result.a), ("B", b, result.b)):
        licences = ", ".join(dict.fromkeys(artefact.licence.name for artefact in pack.artefacts))
        facts += [
            (letter, f"{pack.name} ({licences})"),
            (f"model of {letter}", str(run.model)),
            (f"photos {letter} failed on", _failed(run)),
        ]
    pairs = f"{result.mated:,} mated, {result.non_mated:,} non-mated, {result.measure}"
    return [*facts, ("comparisons", pairs)]


def _failed(run: PackRun) -> str:
    codes = list(run.extraction.failures.values())
    named = ", ".join(f"{codes.count(code)} {code.replace('_', ' ')}" for code in sorted(set(codes)))
    return f"{len(codes)}" + (f" ({named})" if named else "")


def _rates(result: ModelComparison, a: Pack, b: Pack) -> Section:
    columns = ("figure", f"A: {a.name}", f"B: {b.name}", "B - A", "B / A", "p", "B is")
    rows = [_row(one) for one in result.figures]
    notes = [f"{name_of(one)}: {advice}" for one in result.figures if (advice := advice_on(one))]
    table = Table(
        title="Difference",
        columns=columns,
        rows=rows,
        caption="Less is better in every row. In brackets: 95 % intervals over people, the same in each draw for both.",
    )
    return Section(heading="Figure by figure", text=notes, tables=(table,))


def _row(one: ComparedFigure) -> Sequence[str]:
    difference = one.difference
    low, high = difference.ratio_low, difference.ratio_high
    ratio = "-" if difference.ratio is None else f"{difference.ratio:.2f}"
    if low is not None and high is not None and low != high:
        ratio += f" ({low:.2f} to {high:.2f})"
    return (
        name_of(one),
        _amount(one, one.a),
        _amount(one, one.b),
        figure_text(one, difference.value, signed=True)
        + _bounds(one, difference.low, difference.high, signed=True),
        ratio,
        "-" if difference.p_value is None else f"{difference.p_value:.3f}",
        VERDICTS[difference.verdict],
    )


def _amount(one: ComparedFigure, amount: Amount) -> str:
    return figure_text(one, amount.value) + _bounds(one, amount.low, amount.high)


def _bounds(one: ComparedFigure, low: float, high: float, *, signed: bool = False) -> str:
    if low == high:
        return ""
    return f" ({figure_text(one, low, signed=signed)} to {figure_text(one, high, signed=signed)})"


def figure_text(one: ComparedFigure, value: float, *, signed: bool = False) -> str:
    """A value of the figure, ready to be read: rates in percent."""
    sign = "+" if signed else ""
    if one.figure is Figure.SIZE:
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.1f}" if one.figure is Figure.SPEED else f"{value:{sign}.2%}"


def _curves(result: ModelComparison, a: Pack, b: Pack) -> Section:
    curves = zip((a, b), result.curves, strict=True)
    plot = Plot(
        title="Both errors at every threshold (DET)",
        caption=f"The lower of the lines of {a.name} and {b.name} makes fewer errors at that false-match rate.",
        x=Axis(label="false-match rate (FMR)", scale=Scale.LOG, percent=True),
        y=Axis(label="false non-match rate (FNMR)", scale=Scale.LOG, percent=True),
        series=[_series(pack.name, curve) for pack, curve in curves],
    )
    return Section(heading="At every threshold", plots=(plot,))


def _series(label: str, curve: ErrorCurve) -> Series:
    """Rates of 0 have no place on a logarithmic scale."""
    shown = (curve.fmr > 0) & (curve.fnmr > 0)
    return Series(label=label, x=curve.fmr[shown].tolist(), y=curve.fnmr[shown].tolist(), look=Look.STEPS)


def _method() -> Section:
    return Section(
        heading="How this was measured",
        text=(
            "Both packs saw the same photos, the same pairs and the same galleries. A photo in which a pack found no "
            "usable face counts as an error of that pack.",
            "Intervals come from drawing people, 1,000 times, the same people for both packs (paired bootstrap). "
            "p is how often chance alone would show such a difference. The verdict at the top asks all error rates at "
            "once and is stricter for it (Holm).",
            "A target that fewer than 30 trials decide is called not enough data (rule of 30).",
        ),
    )

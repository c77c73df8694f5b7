"""Reports as pages show them: sentences, charts, tables of the same figures."""

from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from visavis.console.charts import Chart, bars
from visavis.console.curves import trade_off
from visavis.console.render import rate
from visavis.wire.bias import BiasAttribute, BiasDocument, BiasRate
from visavis.wire.compare_models import CompareModelsDocument
from visavis.wire.evaluation import EvaluateDocument, EvaluateScoresDocument, OpenSetNote, ScoreRates

LEVELS: Final = {"bad": "bad", "watch": "watch", "good": "good", "note": ""}
RATES: Final = {
    "fte": "Could not be enrolled (FTE)",
    "fta": "Gave no usable picture (FTA)",
    "fnmr": "Not recognised (FNMR)",
    "fmr": "Taken for somebody else (FMR)",
}
VERDICTS: Final = {
    "better": ("good", "better"),
    "worse": ("bad", "worse"),
    "mixed": ("watch", "better in some, worse in others"),
    "no_difference_shown": ("", "no difference shown"),
    "not_enough_data": ("watch", "not enough data"),
}
_MOST_COHORTS: Final = 24
_UNITS: Final = (("in %", 100.0), ("of 10,000", 1e4), ("of a million", 1e6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Columns that begin with > are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A chart, and its figures as a table."""

    title: str
    chart: Chart | None
    table: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """`notes` are (level, text); `facts` (name, text)."""

    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    advice: tuple[str, ...] = ()
    limits: tuple[str, ...] = field(default=())


def view_of(content: dict[str, Any]) -> ReportView:
    """Empty for kinds that have no view of their own, and for what this console cannot read: key figures stay."""
    schema = str(content.get("schema", ""))
    try:
        if schema == BiasDocument.name():
            return _bias(BiasDocument.model_validate(content))
        if schema == EvaluateDocument.name():
            return _evaluation(EvaluateDocument.model_validate(content))
        if schema == EvaluateScoresDocument.name():
            return ReportView(parts=_curves(EvaluateScoresDocument.model_validate(content)))
        if schema == CompareModelsDocument.name():
            return _comparison(CompareModelsDocument.model_validate(content))
    except ValidationError:
        return ReportView()
    return ReportView()


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.3g} %"


def _bias(document: BiasDocument) -> ReportView:
    return ReportView(
        facts=(
            ("Photos", f"{document.photos:,} of {document.subjects:,} people"),
            ("Threshold", f"{document.threshold:.3f}, for {rate(document.fmr)}"),
            ("Calibration", document.calibration),
            ("Made", f"{document.made_at:%Y-%m-%d}, {document.software}"),
        ),
        notes=tuple((LEVELS.get(one.level, ""), one.text) for one in document.findings),
        parts=tuple(_cohorts(one, each) for one in document.attributes for each in one.rates),
        advice=document.advice,
        limits=document.limits,
    )


def _cohorts(attribute: BiasAttribute, one: BiasRate) -> Part:
    title = f"{RATES.get(one.rate, one.rate)}, by {attribute.attribute.replace('_', ' ')}"
    shown = one.cohorts[:_MOST_COHORTS]
    found = [cohort.estimate.value or 0.0 for cohort in shown]
    unit, factor = next(
        ((words, by) for words, by in _UNITS if max(found, default=0.0) * by >= 1), _UNITS[-1]
    )
    values = [one * factor for one in found]
    rows = tuple(
        (
            cohort.cohort,
            percent(cohort.estimate.value),
            f"{percent(cohort.estimate.low)} – {percent(cohort.estimate.high)}",
            f"{cohort.estimate.errors:,} of {cohort.estimate.trials:,}",
            f"{cohort.to_others.value:.1f}" if cohort.to_others and cohort.to_others.value else "–",
            "differs" if cohort.found else "" if cohort.compared else "too few people",
        )
        for cohort in one.cohorts
    )
    columns = ("Group", ">Rate", ">95 % interval", ">Errors", ">Times the others", "")
    drawn = bars(f"{title}, {unit}", [cohort.cohort for cohort in shown], [values]) if any(values) else None
    return Part(title=title, chart=drawn, table=Table(title=title, columns=columns, rows=rows))


def _evaluation(document: EvaluateDocument) -> ReportView:
    failures = ", ".join(f"{count:,} {code.replace('_', ' ')}" for code, count in document.failures.items())
    return ReportView(
        facts=(
            ("Photos", f"{document.photos:,} of {document.subjects:,} people"),
            ("Comparisons", f"{document.mated:,} of the same person, {document.non_mated:,} of strangers"),
            (
                "No usable picture",
                percent(document.failure_to_acquire) + (f" ({failures})" if failures else ""),
            ),
        ),
        parts=(*_curves(document), *(part for one in document.open_set for part in _search(one))),
    )


def _curves(document: ScoreRates) -> tuple[Part, ...]:
    title = "The same person not recognised, over strangers matched"
    rows = tuple(
        (
            rate(one.target),
            percent(one.value),
            f"{percent(one.low)} – {percent(one.high)}",
            _score(one.threshold),
        )
        for one in document.fnmr
    )
    columns = ("Strangers matched", ">Not recognised", ">95 % interval", ">Threshold")
    curve = document.curve
    drawn = trade_off(title, curve.fmr, curve.fnmr, name="FNMR over FMR (DET)") if curve else None
    return (Part(title=title, chart=drawn, table=Table(title=title, columns=columns, rows=rows)),)


def _search(one: OpenSetNote) -> tuple[Part, ...]:
    pictures = "1 picture" if one.references == 1 else f"{one.references} pictures"
    title = f"Searches among {one.subjects:,.0f} people with {pictures} each"
    rows = tuple(
        (rate(each.target), percent(each.value), f"{percent(each.low)} – {percent(each.high)}")
        for each in one.fnir
    )
    columns = ("Strangers taken for somebody", ">Not found", ">95 % interval")
    drawn = trade_off(title, one.curve.fpir, one.curve.fnir, name="FNIR over FPIR") if one.curve else None
    return (Part(title=title, chart=drawn, table=Table(title=title, columns=columns, rows=rows)),)


def _comparison(document: CompareModelsDocument) -> ReportView:
    a, b = document.a.pack.name, document.b.pack.name
    level, _ = VERDICTS.get(document.verdict, ("", ""))
    rows = tuple(
        (
            one.name,
            f"{one.a.value:.4g}",
            f"{one.b.value:.4g}",
            "–" if one.difference.ratio is None else f"{one.difference.ratio:.2f}",
            VERDICTS.get(one.verdict, ("", one.verdict))[1],
        )
        for one in document.figures
    )
    title = f"{b} beside {a}"
    columns = ("Figure (less is better)", f">{a}", f">{b}", f">{b} / {a}", f"{b} is")
    return ReportView(
        facts=(
            ("Photos", f"{document.photos:,} of {document.subjects:,} people"),
            ("Measure", document.measure),
        ),
        notes=((level, document.summary),),
        parts=(Part(title=title, chart=None, table=Table(title=title, columns=columns, rows=rows)),),
    )


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"

"""The parts of a report about searching among many people."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from visavis.application.evaluation_result import Evaluation, OpenSetResult
from visavis.application.ports.reports import Axis, Look, Plot, Scale, Section, Series, Table
from visavis.application.reports.verification import COLUMNS, row
from visavis.application.reports.words import whole_percent
from visavis.evaluation.open_set import Rows
from visavis.evaluation.rates import RateAt

Namer: TypeAlias = Callable[[OpenSetResult], str]

_FPIR = "strangers taken for somebody (FPIR)"
_FNIR = "right people not found (FNIR)"
_COMPARED_AT = 1e-2  #: the FPIR at which policies are compared
_SERIES = 6  #: lines that can be told apart in one plot
_ROWS = {Rows.MEAN: "mean", Rows.MAX: "each", Rows.BOTH: "both"}


def search_sections(result: Evaluation) -> list[Section]:
    """Searches, ways to enrol, and fused probes, as far as they were played through."""
    found = [
        _section(
            "Searching among many (1:N)",
            "Each photo that was not enrolled is searched in a gallery of everybody with two photos or more; people "
            "with a single photo play the strangers. A search can fail in two ways: a stranger is taken for somebody "
            "(FPIR), or somebody enrolled is not found first (FNIR).",
            result.open_set,
            _enrolled,
        ),
        _section(
            "How many photos to enrol",
            "The same people with the same probes, enrolled with one photo or with several. In the gallery stands the "
            "mean of a person's photos, each of them, or both, as the product does it.",
            result.policies,
            _enrolled,
        ),
        _section(
            "One photo to search with, or several",
            "The same people are searched with one photo and with several that are fused to one template; people who "
            "were left out of the gallery play the strangers.",
            result.multi_probe,
            _asked,
        ),
    ]
    return [section for section in found if section is not None]


def _enrolled(one: OpenSetResult) -> str:
    """`3 enrolled, mean`."""
    return f"{one.references} enrolled" + (f", {_ROWS[one.rows]}" if one.references > 1 else "")


def _asked(one: OpenSetResult) -> str:
    """`3 photos fused`."""
    return f"{one.probes} photos fused" if one.probes > 1 else "1 photo"


def at_fpir(one: OpenSetResult, target: float = _COMPARED_AT) -> RateAt | None:
    """FNIR at that FPIR, if it was measured."""
    return next((rate for rate in one.fnir if rate.target == target), None)


def _section(heading: str, text: str, found: Sequence[OpenSetResult], name_of: Namer) -> Section | None:
    if not found:
        return None
    plots = [_curves(found, name_of), _ranks(found, name_of)]
    if len(found) > 1:
        plots.insert(1, _compared(found, name_of))
    return Section(heading=heading, text=(text,), plots=plots, tables=(_table(found, name_of),))


def _few(found: Sequence[OpenSetResult]) -> Sequence[OpenSetResult]:
    """So many that their lines can be told apart: the product's own way to enrol first."""
    if len(found) <= _SERIES:
        return found
    return [one for one in found if one.rows in {Rows.SINGLE, Rows.BOTH}][:_SERIES]


def _curves(found: Sequence[OpenSetResult], name_of: Namer) -> Plot:
    series: list[Series] = []
    for one in _few(found):
        shown = (one.curve.fpir > 0) & (one.curve.fnir > 0)
        series.append(
            Series(label=name_of(one), x=one.curve.fpir[shown].tolist(), y=one.curve.fnir[shown].tolist())
        )
    return Plot(
        title="Misses over false alarms",
        caption="Lower is better. Towards the left, few strangers decide, and the lines become uncertain.",
        x=Axis(label=_FPIR, scale=Scale.LOG, percent=True),
        y=Axis(label=_FNIR, scale=Scale.LOG, percent=True),
        series=series,
    )


def _compared(found: Sequence[OpenSetResult], name_of: Namer) -> Plot:
    known = [(one, rate) for one in found if (rate := at_fpir(one)) is not None]
    return Plot(
        title=f"Misses where {whole_percent(_COMPARED_AT)} of strangers raise a false alarm",
        caption="Dots with 95 % intervals over people; lower is better.",
        x=Axis(label=""),
        y=Axis(label=_FNIR, low=0.0, percent=True),
        series=(
            Series(
                label="FNIR",
                x=list(range(len(known))),
                y=[rate.value for _, rate in known],
                low=[rate.low for _, rate in known],
                high=[rate.high for _, rate in known],
                names=[name_of(one) for one, _ in known],
                look=Look.POINTS,
            ),
        ),
    )


def _ranks(found: Sequence[OpenSetResult], name_of: Namer) -> Plot:
    return Plot(
        title="Cumulative match characteristic (CMC)",
        caption="How often the right person is among the first so many candidates, whatever the score.",
        x=Axis(label="rank"),
        y=Axis(label="right person among the first", high=1.0, percent=True),
        series=[
            Series(label=name_of(one), x=list(range(1, len(one.cmc) + 1)), y=list(one.cmc))
            for one in _few(found)
        ],
    )


def _table(found: Sequence[OpenSetResult], name_of: Namer) -> Table:
    rows: list[tuple[str, ...]] = []
    for one in found:
        name = name_of(one)
        rows.append(row(name, "not first, at any score", _missed_at_rank_1(one)))
        rows += [row(name, f"FNIR at FPIR {rate.target:g}", rate) for rate in one.fnir]
        if one.deployed is not None:
            fpir, fnir = one.deployed
            rows += [row(name, "FPIR, threshold in use", fpir), row(name, "FNIR, threshold in use", fnir)]
    sizes = ", ".join(sorted({f"{one.subjects:,.0f}" for one in found}))
    return Table(
        title="Error rates of searches",
        columns=("photos", "rate", *COLUMNS[2:]),
        rows=rows,
        caption=f"Galleries of {sizes} people on average. Enough data: 30 errors or more, or, where FPIR is set, 30 "
        "strangers or more who decide where the threshold lies.",
    )


def _missed_at_rank_1(one: OpenSetResult) -> RateAt:
    hit = one.rank_1
    return RateAt(
        target=None,
        value=1.0 - hit.value,
        low=1.0 - hit.high,
        high=1.0 - hit.low,
        threshold=hit.threshold,
        errors=hit.errors,
        trials=hit.trials,
        supported=hit.supported,
    )

"""The part of a report about comparing two photos."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from visavis.application.evaluation_result import ScoreEvaluation
from visavis.application.ports.reports import Axis, Look, Mark, Plot, Scale, Section, Series, Table
from visavis.application.reports.words import counted, interval, percent
from visavis.evaluation.rates import RateAt

_FMR = "false-match rate (FMR)"
_FNMR = "false non-match rate (FNMR)"
COLUMNS = ("rate", "at", "value", "95 % interval", "threshold", "errors", "of", "enough data")


def verification_section(result: ScoreEvaluation) -> Section:
    """DET, ROC, distributions and the table of rates."""
    text = [
        f"{result.mated:,} comparisons of two photos of one person (mated) and {result.non_mated:,} of two different "
        "people (non-mated). A comparison matches when its score reaches the threshold.",
    ]
    if result.failed:
        text.append(
            f"{counted(result.failed, 'mated comparison')} could not be made because a photo gave no template; they "
            "count as false non-matches at every threshold."
        )
    return Section(
        heading="Comparing two photos (1:1)",
        text=text,
        plots=(_det(result), _roc(result), _histogram(result), _by_threshold(result)),
        tables=(_rates(result),),
    )


def _det(result: ScoreEvaluation) -> Plot:
    fmr, fnmr = result.curve.fmr, result.curve.fnmr
    shown = (fmr > 0) & (fmr < 1) & (fnmr > 0) & (fnmr < 1)
    return Plot(
        title="Detection error trade-off (DET)",
        caption="Both errors at every threshold: the nearer to the lower left corner, the better. Points have 95 % "
        "intervals over people.",
        x=Axis(label=_FMR, scale=Scale.PROBIT, percent=True),
        y=Axis(label=_FNMR, scale=Scale.PROBIT, percent=True),
        series=(
            Series(label="measured", x=fmr[shown].tolist(), y=fnmr[shown].tolist()),
            *_operating_points(result),
        ),
    )


def _operating_points(result: ScoreEvaluation) -> Sequence[Series]:
    known = [rate for rate in result.fnmr if rate.target and 0.0 < rate.low <= rate.high < 1.0]
    if not known:
        return ()
    points = Series(
        label="at a set FMR",
        x=[rate.target or 0.0 for rate in known],
        y=[rate.value for rate in known],
        low=[rate.low for rate in known],
        high=[rate.high for rate in known],
        look=Look.POINTS,
    )
    return (points,)


def _roc(result: ScoreEvaluation) -> Plot:
    fmr, fnmr = result.curve.fmr, result.curve.fnmr
    shown = fmr > 0
    marks = [Mark(label="threshold in use", x=rate) for rate in _deployed_fmr(result) if rate > 0]
    return Plot(
        title="Receiver operating characteristic (ROC)",
        caption="The share of right people accepted, over the share of wrong ones accepted: higher is better.",
        x=Axis(label=_FMR, scale=Scale.LOG, percent=True),
        y=Axis(label="right people accepted (1 - FNMR)", percent=True),
        series=(Series(label="measured", x=fmr[shown].tolist(), y=(1.0 - fnmr[shown]).tolist()),),
        marks=marks,
    )


def _histogram(result: ScoreEvaluation) -> Plot:
    found = result.histogram
    return Plot(
        title="Scores of mated and non-mated comparisons",
        caption="Where both distributions overlap, no threshold can tell the same person from another.",
        x=Axis(label="score"),
        y=Axis(label="share of the comparisons of this kind", low=0.0, percent=True),
        series=(
            _distribution("non-mated", found.edges, found.non_mated),
            _distribution("mated", found.edges, found.mated),
        ),
        marks=_threshold_marks(result),
    )


def _distribution(label: str, edges: NDArray[np.float64], counts: NDArray[np.int64]) -> Series:
    shares = counts / max(int(counts.sum()), 1)
    return Series(label=label, x=edges.tolist(), y=[*shares.tolist(), float(shares[-1])], look=Look.STEPS)


def _by_threshold(result: ScoreEvaluation) -> Plot:
    curve = result.curve
    fmr, fnmr = curve.fmr > 0, curve.fnmr > 0
    return Plot(
        title="Errors by threshold",
        caption="A higher threshold lets fewer wrong people through and sends more right ones away.",
        x=Axis(label="threshold"),
        y=Axis(label="rate", scale=Scale.LOG, percent=True),
        series=(
            Series(label=_FMR, x=curve.thresholds[fmr].tolist(), y=curve.fmr[fmr].tolist()),
            Series(label=_FNMR, x=curve.thresholds[fnmr].tolist(), y=curve.fnmr[fnmr].tolist()),
        ),
        marks=_threshold_marks(result),
    )


def _threshold_marks(result: ScoreEvaluation) -> list[Mark]:
    if result.deployed is not None:
        return [Mark(label="threshold in use", x=result.deployed[0].threshold)]
    return [Mark(label="equal error rate", x=result.equal_error_rate.threshold)]


def _deployed_fmr(result: ScoreEvaluation) -> list[float]:
    return [] if result.deployed is None else [result.deployed[0].value]


def _rates(result: ScoreEvaluation) -> Table:
    rows = [row("equal error rate", "", result.equal_error_rate)]
    rows += [row("FNMR", f"FMR {rate.target:g}", rate) for rate in result.fnmr]
    if result.deployed is not None:
        fmr, fnmr = result.deployed
        rows += [row("FMR", "the threshold in use", fmr), row("FNMR", "the threshold in use", fnmr)]
    return Table(
        title="Error rates",
        columns=COLUMNS,
        rows=rows,
        caption="Intervals draw people, not comparisons; where FMR is set, each draw sets its own threshold. Enough "
        "data: 30 errors or more decided where the rate lies.",
    )


def row(name: str, at: str, rate: RateAt) -> tuple[str, ...]:
    """The cells of a rate under `COLUMNS`."""
    return (
        name,
        at,
        percent(rate.value),
        interval(rate),
        f"{rate.threshold:.4f}" if np.isfinite(rate.threshold) else "-",
        f"{rate.errors:,}",
        f"{rate.trials:,}",
        "yes" if rate.supported else "no",
    )

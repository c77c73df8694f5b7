"""The report of what masks cost."""

from visavis.application.extract import Extraction
from visavis.application.masked_result import (
    DEPLOYED_FMR,
    Condition,
    MaskedCondition,
    MaskedEvaluation,
    MaskedPoint,
)
from visavis.application.ports.reports import (
    Axis,
    Finding,
    Level,
    Look,
    Mark,
    Plot,
    Report,
    Scale,
    Section,
    Series,
    Table,
)
from visavis.application.reports.rates import interval, percent
from visavis.application.reports.words import whole_percent
from visavis.domain.pack import Pack
from visavis.evaluation.rates import RateAt

_NAMES = {
    Condition.UNMASKED: "no masks",
    Condition.MASKED_PROBE: "masked probe",
    Condition.BOTH_MASKED: "both masked",
}
_GOOD, _BAD = 0.05, 0.2  #: FNMR up to which all is well, and from which it is not
_TOLERABLE = 3.0  #: times the promised FMR


def masked_report(result: MaskedEvaluation, pack: Pack, *, data: str = "", footer: str = "") -> Report:
    """Page one says how many masked people are refused and whether strangers pass; `data` is the JSON document."""
    painted = "with painted masks" if result.painted else "with photos of masked faces"
    return Report(
        title="What do face masks cost?",
        subtitle=f"Pack {pack.name} on photos of {result.subjects:,} people, {painted}",
        findings=masked_findings(result),
        facts=_facts(result, pack),
        sections=(_rates(result), _method(result)),
        data=data,
        footer=footer,
    )


def masked_findings(result: MaskedEvaluation) -> list[Finding]:
    """In the order of their weight."""
    found = [
        *(
            _refused(one, result.of(Condition.UNMASKED))
            for one in result.conditions
            if one.condition is Condition.MASKED_PROBE
        ),
        *(
            finding
            for one in result.conditions
            if one.condition is not Condition.UNMASKED and (finding := _strangers(one))
        ),
        *_lost(result.masked),
    ]
    if result.painted:
        text = "The masks are painted. Real ones hide more and move: expect worse, and measure with photos of your own."
        found.append(Finding(level=Level.NOTE, text=text))
    return found


def at_work(one: MaskedCondition) -> tuple[float, RateAt, RateAt] | None:
    """FMR promised, FMR and FNMR at the pack's threshold, else at the strictest unmasked one."""
    if one.deployed is not None:
        return DEPLOYED_FMR, *one.deployed
    if not one.points:
        return None
    return one.points[-1].target, *one.points[-1].kept


def _refused(one: MaskedCondition, unmasked: MaskedCondition) -> Finding:
    known = at_work(one)
    if known is None:
        return Finding(level=Level.WATCH, text="There are too few comparisons to say what masks cost.")
    promised, _, fnmr = known
    level = Level.GOOD if fnmr.high <= _GOOD else Level.BAD if fnmr.value > _BAD else Level.WATCH
    text = (
        f"Of people who come masked, {percent(fnmr.value)} are not recognised (between {percent(fnmr.low)} and "
        f"{percent(fnmr.high)}) at the threshold for one false match in {1 / promised:,.0f}."
    )
    if (before := at_work(unmasked)) is not None:
        text += f" Without masks it is {percent(before[2].value)}."
    return Finding(level=level, text=text)


def _strangers(one: MaskedCondition) -> Finding | None:
    """Whether masks make people alike, more than by chance."""
    known = at_work(one)
    if known is None:
        return None
    promised, fmr, _ = known
    if fmr.value <= _TOLERABLE * promised or fmr.low <= promised:
        return None
    who = (
        "a masked reference and a masked probe"
        if one.condition is Condition.BOTH_MASKED
        else "a masked probe"
    )
    return Finding(
        level=Level.BAD,
        text=f"With {who}, strangers match {_times(fmr.value / promised)} times as often as promised "
        f"({percent(fmr.value)} instead of {whole_percent(promised)}): masked faces look alike. Do not enrol masked "
        "photos without a threshold of their own.",
    )


def _lost(masked: Extraction) -> list[Finding]:
    if not masked.failures:
        return []
    share = f"{len(masked.failures):,} of {masked.photos:,}"
    text = f"In {share} masked photos no usable face was found; these count as errors."
    return [Finding(level=Level.WATCH if masked.failure_to_acquire > 0.01 else Level.NOTE, text=text)]


def _times(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _facts(result: MaskedEvaluation, pack: Pack) -> list[tuple[str, str]]:
    facts = [
        ("Pack", pack.name),
        ("Photos without masks", f"{result.unmasked.photos:,}"),
        ("Photos with masks", f"{result.masked.photos:,}{' (painted)' if result.painted else ''}"),
        ("Failure to acquire, masked", percent(result.masked.failure_to_acquire)),
    ]
    facts += [
        (f"Comparisons, {_NAMES[one.condition]}", f"{one.mated:,} mated, {one.non_mated:,} non-mated")
        for one in result.conditions
    ]
    return facts


def _rates(result: MaskedEvaluation) -> Section:
    return Section(
        heading="How many are refused?",
        plots=(_bars(result), _curves(result)),
        tables=(_kept(result), _own(result)),
    )


def _bars(result: MaskedEvaluation) -> Plot:
    return Plot(
        title="FNMR at the same false-match rate",
        caption="Each condition has its own threshold here; whiskers are 95 % intervals over people.",
        x=Axis(label="false-match rate"),
        y=Axis(label="FNMR", percent=True, low=0.0),
        series=[
            Series(
                label=_NAMES[one.condition],
                x=[float(place) for place in range(len(one.points))],
                y=[point.own.value for point in one.points],
                low=[point.own.low for point in one.points],
                high=[point.own.high for point in one.points],
                names=[_rate_name(point) for point in one.points],
                look=Look.BARS,
            )
            for one in result.conditions
        ],
    )


def _kept(result: MaskedEvaluation) -> Table:
    return Table(
        title="With the thresholds of unmasked faces",
        columns=("who is masked", "threshold for FMR", "threshold", "FMR", "FNMR"),
        rows=[
            (
                _NAMES[one.condition],
                whole_percent(point.target),
                f"{point.kept[0].threshold:.4f}",
                interval(point.kept[0]),
                interval(point.kept[1]),
            )
            for one in result.conditions
            for point in one.points
        ],
        caption="What happens if nothing is changed for masks.",
    )


def _own(result: MaskedEvaluation) -> Table:
    return Table(
        title="With thresholds of their own",
        columns=("who is masked", "FMR", "threshold", "FNMR", "times that without masks"),
        rows=[
            (
                _NAMES[one.condition],
                whole_percent(point.target),
                f"{point.own.threshold:.4f}",
                interval(point.own),
                _factor(point),
            )
            for one in result.conditions
            for point in one.points
        ],
        caption="In brackets: 95 % intervals over people, the same in each draw for both.",
    )


def _rate_name(point: MaskedPoint) -> str:
    return f"FMR {whole_percent(point.target)}"


def _factor(point: MaskedPoint) -> str:
    factor = point.degradation
    if factor is None or factor.ratio is None:
        return "–"
    if factor.ratio_low is None or factor.ratio_high is None:
        return _times(factor.ratio)
    return f"{_times(factor.ratio)} ({_times(factor.ratio_low)} to {_times(factor.ratio_high)})"


def _curves(result: MaskedEvaluation) -> Plot:
    return Plot(
        title="Both errors at every threshold (DET)",
        caption="The further a line lies up and right, the more masks cost. Each line has its own thresholds.",
        x=Axis(label="false-match rate (FMR)", scale=Scale.PROBIT, percent=True, low=1e-5, high=0.4),
        y=Axis(label="false non-match rate (FNMR)", scale=Scale.PROBIT, percent=True, low=0.001, high=0.9),
        series=[
            Series(label=_NAMES[one.condition], x=one.curve.fmr.tolist(), y=one.curve.fnmr.tolist())
            for one in result.conditions
        ],
        marks=[Mark(label=_rate_name(point), x=point.target) for point in result.conditions[0].points[-1:]],
    )


def _method(result: MaskedEvaluation) -> Section:
    how = (
        "Masks of two shapes and several colours were painted over the lower face by its landmarks, in the light of "
        "the photo; then the detector ran again on the painted picture. No photo is compared with its own masked copy."
        if result.painted
        else "The masked photos are real ones; subjects are the folders of the same name."
    )
    return Section(
        heading="How this was measured",
        text=(
            how,
            "Both sides of a comparison are made as 1:1 verification makes them. A mated comparison of which one photo "
            "gives no template counts as a false non-match (ISO/IEC 19795-1). Intervals come from drawing people with "
            "replacement; the factor compares both conditions on the same draws.",
        ),
    )

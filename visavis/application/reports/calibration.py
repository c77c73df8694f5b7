"""The report of a calibration: what a score means, how sure that is, and where the data end."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from visavis.domain.decision import Calibration, CalibrationPoint
from visavis.domain.evidence import CrossCheck, SearchCheck

_RATES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
_NEAR = 1.3  #: a realised rate within this factor of the promised one is as promised
_ENOUGH = 0.9  #: share of trials that intervals of 95 % hold at least, give or take chance
_METHOD = (
    "At each score the share of comparisons of different people that reach it was counted (FMR). Its interval says "
    "where the rate of as many other people would lie in 95 of 100 cases: people were drawn again 200 times, and "
    "Student's t with five degrees of freedom allows for the few who make most false matches.",
    "The cross-check calibrated on one half of the people and measured on the other, both ways, several times.",
    "Searches of galleries are not independent comparisons: photos of one person are alike, and some people resemble "
    "many. Both were measured on all galleries that can be drawn from these people.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What was calibrated: the name of the pack, where it is kept now, and what made it."""

    pack: str
    kept: str
    software: str = ""


def calibration_report(calibration: Calibration, about: Calibrated, *, data: str = "") -> Report:
    """The report; `data` is the JSON document that travels inside the page."""
    checks = calibration.evidence.checks if calibration.evidence else ()
    searches = calibration.evidence.searches if calibration.evidence else ()
    return Report(
        title=f"What do scores of {about.pack} mean?",
        subtitle=f"{calibration.subjects:,} people: {calibration.data}",
        findings=[_end_of_data(calibration), *map(_finding, checks), *_search_finding(searches)],
        facts=_facts(calibration, about),
        sections=[
            Section(
                heading="From a score to a rate",
                plots=[_curve(calibration)],
                tables=[_thresholds(calibration)],
            ),
            *([_checked(checks)] if checks else []),
            *([_searched(searches)] if searches else []),
            Section(heading="How this was measured", text=_METHOD),
        ],
        data=data,
        footer=about.software,
    )


def _end_of_data(calibration: Calibration) -> Finding:
    rare = 1.0 / calibration.lowest_fmr
    return Finding(
        level=Level.NOTE,
        text=f"The data support false-match rates down to 1 in {rare:,.0f}. Thresholds for rarer ones are "
        "extrapolated, towards the safe side, and marked.",
    )


def _finding(check: CrossCheck) -> Finding:
    held = check.within is None or check.within >= _ENOUGH
    good = held and 1 / _NEAR <= check.factor <= _NEAR
    text = f"Promised 1 in {1 / check.target:,.0f}: on other people it was {check.factor:.2f} times that"
    if check.extrapolated:
        text += ", where half of the people give no data any more, so its threshold was extrapolated"
    if check.within is not None:
        text += f", inside the stated interval in {check.within:.0%} of the trials"
    return Finding(level=Level.GOOD if good else Level.WATCH, text=f"{text}.")


def _search_finding(searches: Sequence[SearchCheck]) -> list[Finding]:
    if not searches:
        return []
    factors = [one.realised / one.target for one in searches]
    good = min(factors) >= 1 / _NEAR and max(factors) <= _NEAR
    text = f"Searches kept {min(factors):.2f} to {max(factors):.2f} times the promised rate of false alarms."
    return [Finding(level=Level.GOOD if good else Level.WATCH, text=text)]


def _facts(calibration: Calibration, about: Calibrated) -> list[tuple[str, str]]:
    facts = [
        ("Model pack", about.pack),
        ("Rule", calibration.measure.value),
        ("Data", calibration.data),
        ("People", f"{calibration.subjects:,}"),
        ("Comparisons", f"{calibration.mated:,} mated, {calibration.non_mated:,} non-mated"),
        ("Kept", about.kept),
    ]
    if calibration.evidence:
        facts += [
            ("Made", f"{calibration.evidence.made_at:%Y-%m-%d %H:%M} UTC by {calibration.evidence.software}"),
            ("SHA-256 of the scores", calibration.evidence.digest),
        ]
    return facts


def _curve(calibration: Calibration) -> Plot:
    points = calibration.points
    known = all(point.fmr_interval for point in points)
    end = points[-1]
    beyond = [calibration.threshold_at(rate) for rate in (end.fmr, max(end.fmr / 100, 1e-9))]
    return Plot(
        title="False-match rate by score",
        caption="The line is the measured rate, the band where other people's would lie; right of the mark the data "
        "have ended and the line is extrapolated.",
        x=Axis(label="Score"),
        y=Axis(label="False-match rate", scale=Scale.LOG),
        series=[
            Series(
                label="Measured",
                x=[point.score for point in points],
                y=[point.fmr for point in points],
                low=[_low(point) for point in points] if known else (),
                high=[_high(point) for point in points] if known else (),
            ),
            Series(
                label="Extrapolated", x=[one.value for one in beyond], y=[one.fmr.value for one in beyond]
            ),
        ],
        marks=[Mark(label="The data end", x=end.score)],
    )


def _low(point: CalibrationPoint) -> float:
    return max(point.fmr_interval[0], 1e-12) if point.fmr_interval else point.fmr


def _high(point: CalibrationPoint) -> float:
    return point.fmr_interval[1] if point.fmr_interval else point.fmr


def _thresholds(calibration: Calibration) -> Table:
    rows = []
    for rate in _RATES:
        threshold = calibration.threshold_at(rate)
        fnmr, _ = calibration.fnmr_at(threshold.value)
        low, high = threshold.fmr.low, threshold.fmr.high
        rows.append(
            [
                f"1 in {1 / rate:,.0f}",
                f"{threshold.value:.4f}",
                "" if low is None or high is None else f"{low:.2g} – {high:.2g}",
                "" if threshold.fmr.extrapolated else f"{fnmr:.2%}",
                "extrapolated" if threshold.fmr.extrapolated else "measured",
            ]
        )
    return Table(
        title="Thresholds",
        columns=["False-match rate", "Score", "95 % on other people", "False non-matches", "Data"],
        rows=rows,
    )


def _checked(checks: Sequence[CrossCheck]) -> Section:
    rows = [
        [
            f"{one.target:g}",
            f"{one.realised:.2g}",
            f"{one.lowest:.2g} – {one.highest:.2g}",
            ("extrapolated" if one.extrapolated else "") if one.within is None else f"{one.within:.0%}",
        ]
        for one in checks
    ]
    table = Table(
        title="Calibrated on one half, measured on the other",
        columns=["Promised FMR", "Realised, mean", "Lowest – highest", "Inside the interval"],
        rows=rows,
    )
    return Section(heading="Does it hold for other people?", tables=[table])


def _searched(searches: Sequence[SearchCheck]) -> Section:
    targets = sorted({one.target for one in searches}, reverse=True)
    series = [
        Series(
            label=f"Promised {target:.0%}",
            x=[one.references for one in searches if one.target == target and one.realised],
            y=[one.realised for one in searches if one.target == target and one.realised],
            look=Look.LINE,
        )
        for target in targets
    ]
    plot = Plot(
        title="False alarms by size of the gallery",
        caption="Each line stays at the rate that was promised if thresholds follow the size of the gallery well.",
        x=Axis(label="References searched", scale=Scale.LOG),
        y=Axis(label="Realised FPIR", scale=Scale.LOG),
        series=series,
        marks=[Mark(label=f"{target:.0%}", y=target) for target in targets],
    )
    rows = [
        [
            f"{one.references:,}",
            f"{one.subjects:,}",
            f"{one.target:g}",
            f"{one.realised:.3g}",
            f"{one.independent:.3g}",
        ]
        for one in searches
    ]
    table = Table(
        title="Galleries of the other half",
        columns=["References", "People", "Promised FPIR", "Realised", "As if independent"],
        rows=rows,
    )
    return Section(heading="Searches", plots=[plot], tables=[table])

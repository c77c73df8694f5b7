"""From scores to a calibration, and a check that it holds for people it has not seen."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from visavis.domain.decision import Calibration, CalibrationPoint, Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import CrossCheck
from visavis.domain.template import ModelIdentity
from visavis.evaluation.bootstrap import distinct, occurrences
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.rates import RULE_OF_30
from visavis.evaluation.spread import Spread
from visavis.evaluation.verification import Verification


def calibrate(
    comparisons: ComparisonSet,
    *,
    model: ModelIdentity,
    measure: Measure,
    data: str,
    per_decade: int = 12,
    exceedances: int = RULE_OF_30,
    spread: bool = True,
) -> Calibration:
    """Points evenly spaced in log FMR, from 0.5 down to the rate that `exceedances` non-mated scores support.

    At each point's score the measured FMR is at most the stated one, so rounding errs on the safe side; equal
    scores share one point. FNMR counts failed mated comparisons. With `spread` each point says where the rates of
    other people would lie. Raises `ValueInvalid` with too few non-mated
    comparisons for two points.
    """
    rates = Verification(comparisons)
    lowest = exceedances / rates.non_mated
    if lowest >= 0.5:
        raise ValueInvalid(f"A calibration needs more than {2 * exceedances} non-mated comparisons.")
    decades = np.log10(0.5 / lowest)
    targets = np.geomspace(0.5, lowest, max(int(np.ceil(decades * per_decade)) + 1, 2))
    points: list[CalibrationPoint] = []
    for target in targets.tolist():
        score = rates.threshold_at_fmr(target)
        if points and score <= points[-1].score:
            points.pop()  # equal scores: the lower of both rates is already met here
        points.append(CalibrationPoint(score=score, fmr=target, fnmr=rates.fnmr(score)))
    if spread:
        points = _with_intervals(points, Spread(comparisons))
    return Calibration(
        model=model,
        measure=measure,
        data=data,
        subjects=distinct(comparisons.first, comparisons.second),
        mated=rates.mated,
        non_mated=rates.non_mated,
        points=tuple(points),
    )


def cross_check(
    comparisons: ComparisonSet,
    *,
    model: ModelIdentity,
    measure: Measure,
    targets: Sequence[float] = (1e-2, 1e-3, 1e-4),
    splits: int = 5,
    seed: int = 0,
) -> tuple[CrossCheck, ...]:
    """Calibrates on half of the subjects and measures FMR on the other half, both ways, several times.

    Comparisons across the halves are used by neither, so each half has a quarter of the non-mated ones. Splits that
    leave a half without mated comparisons are left out; nothing is said if none is left. Where the halves have no
    data, nothing can be inside of an interval or outside.
    """
    drawn = [half for number in range(splits) for half in halves(comparisons, seed + number)]
    both = [pair for pair in drawn if all(comparisons.mated[half].any() for half in pair)]
    if not both:
        return ()
    realised: list[list[float]] = [[] for _ in targets]
    inside: list[list[bool]] = [[] for _ in targets]
    extrapolated = [False] * len(targets)
    for one, other in both:
        calibration = calibrate(
            comparisons.where(one), model=model, measure=measure, data="half of the subjects"
        )
        rates = Verification(comparisons.where(other))
        for place, target in enumerate(targets):
            threshold = calibration.threshold_at(target)
            rate = rates.fmr(threshold.value)
            realised[place].append(rate)
            inside[place].append((threshold.fmr.low or 0.0) <= rate <= (threshold.fmr.high or 1.0))
            extrapolated[place] |= threshold.fmr.extrapolated
    return tuple(
        CrossCheck(
            target=target,
            realised=float(np.mean(rates)),
            lowest=min(rates),
            highest=max(rates),
            extrapolated=beyond,
            within=None if beyond else float(np.mean(held)),
        )
        for target, rates, beyond, held in zip(targets, realised, extrapolated, inside, strict=True)
    )


def _with_intervals(points: Sequence[CalibrationPoint], spread: Spread) -> list[CalibrationPoint]:
    intervals = spread.fmr([point.score for point in points], [point.fmr for point in points])
    return [
        replace(point, fmr_interval=interval, fnmr_interval=spread.fnmr(point.score))
        for point, interval in zip(points, intervals, strict=True)
    ]


_Half = NDArray[np.bool_]


def halves(comparisons: ComparisonSet, seed: int) -> list[tuple[_Half, _Half]]:
    """Comparisons within one random half of the subjects and within the other, in both orders."""
    counts = occurrences(comparisons.first, comparisons.second)
    subjects, chosen = np.flatnonzero(counts), np.zeros(len(counts), bool)
    chosen[np.random.default_rng(seed).permutation(subjects)[: len(subjects) // 2]] = True
    inside = chosen[comparisons.first] & chosen[comparisons.second]
    outside = ~(chosen[comparisons.first] | chosen[comparisons.second])
    return [(inside, outside), (outside, inside)]

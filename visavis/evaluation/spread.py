"""Where the rates of other people would lie: intervals for the points of a calibration.

A threshold was set on some people and will be used on others, so the interval has to hold both what was by chance in
the first and what will be by chance in the second. Subjects are drawn with replacement (see `bootstrap`) and the
standard deviation of the logarithm of the rate is taken; for the difference of two groups of the same size it is √2
times that. Few people make most of the false matches (lookalikes, and whoever a model confuses), so that this
deviation itself is uncertain, and too small where the data happen to miss them: the normal quantile held 86 % of
the random halves of LFW with the dlib model at FMR 1e-4. Student's t with 5 degrees of freedom takes its place.
"""

import math
from itertools import pairwise

import numpy as np

from visavis.domain.decision import Interval
from visavis.evaluation.bootstrap import (
    Rates,
    Resampling,
    Weights,
    distinct,
    occurrences,
    pair_totals,
    trial_totals,
)
from visavis.evaluation.comparisons import ComparisonSet, Mask
from visavis.evaluation.rates import at_extremes

_T95 = 2.5706  #: Student's t, 97.5 % quantile, 5 degrees of freedom
_EVERY = 3  #: the deviation changes slowly with the rate: it is measured at every third point

DRAWS = Resampling(replicates=200)


class Spread:
    """Intervals of the rates of a set of comparisons at any thresholds."""

    def __init__(self, comparisons: ComparisonSet, resampling: Resampling = DRAWS) -> None:
        counts = occurrences(comparisons.first, comparisons.second)
        numbers = (np.cumsum(counts > 0) - 1).astype(np.int32)  # 0.. without gaps
        first, second = numbers[comparisons.first], numbers[comparisons.second]
        others, mated = ~comparisons.mated, comparisons.mated
        self._weights: Weights = resampling.weights(int((counts > 0).sum()))
        self._scores, self._first, self._second = comparisons.scores[others], first[others], second[others]
        self._mated, self._subjects = comparisons.scores[mated], first[mated]
        self._total = pair_totals(self._weights, self._first, self._second)

    def fmr(self, thresholds: list[float], rates: list[float]) -> list[Interval]:
        """One interval for each threshold and the rate stated there; both fall and rise with the rates."""
        last = len(thresholds) - 1
        measured = sorted({*range(0, last, _EVERY), last})
        reached = self._reached([thresholds[place] for place in measured])
        deviations = [_deviation(one, self._total) for one in reached]
        every = np.interp(range(last + 1), measured, deviations)
        lows = [rate * math.exp(-_reach(one)) for rate, one in zip(rates, every.tolist(), strict=True)]
        highs = [rate * math.exp(_reach(one)) for rate, one in zip(rates, every.tolist(), strict=True)]
        falling = np.minimum.accumulate(lows)
        rising = np.maximum.accumulate(highs[::-1])[::-1]
        return [(float(low), min(float(high), 1.0)) for low, high in zip(falling, rising, strict=True)]

    def fnmr(self, threshold: float) -> Interval:
        missed = self._mated < threshold
        count = int(missed.sum())
        known = self._missed(missed) if count else (0.0, 0.0)
        return at_extremes(known, count, len(missed), distinct(self._subjects))

    def _missed(self, missed: Mask) -> Interval:
        total = trial_totals(self._weights, self._subjects)
        reached = trial_totals(self._weights, self._subjects[missed])
        reach, value = _reach(_deviation(reached, total)), missed.mean()
        return float(value * math.exp(-reach)), float(min(value * math.exp(reach), 1.0))

    def _reached(self, thresholds: list[float]) -> list[Rates]:
        """What the false matches at rising thresholds weigh in each replicate, from the highest threshold down."""
        bands = np.searchsorted(thresholds, self._scores, side="right").astype(np.int16)
        order = np.argsort(bands, kind="stable")
        starts = np.searchsorted(bands[order], range(1, len(thresholds) + 2))
        sums, found = np.zeros(len(self._weights)), []
        for start, stop in reversed(list(pairwise(starts.tolist()))):
            more = order[start:stop]
            sums = sums + pair_totals(self._weights, self._first[more], self._second[more])
            found.append(sums)
        return found[::-1]


def _deviation(reached: Rates, total: Rates) -> float:
    """Of the logarithm of the rate; half a trial counts where a replicate holds no error."""
    known = total > 0
    return float(np.log(np.maximum(reached[known], 0.5) / total[known]).std()) if known.any() else math.inf


def _reach(deviation: float) -> float:
    """How far the logarithm of another group's rate may lie from that of this one."""
    return min(_T95 * math.sqrt(2.0) * deviation, 50.0)

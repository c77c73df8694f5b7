"""Is a difference between cohorts more than chance, how large may it be, and how much data would show it?

Differential performance: the variation of error rates across demographic groups (ISO/IEC 19795-10).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.evaluation.bootstrap import Rates, SubjectNumbers
from visavis.evaluation.cohort_trials import Sums, Trials
from visavis.evaluation.cohorts import Cohorts, relabelled
from visavis.evaluation.comparisons import Mask

SMOOTHING = 0.5  #: errors added to every cohort, so that ratios stay finite (Haldane 1956, Anscombe 1956)
_Z_ALPHA, _Z_POWER = 1.959963984540054, 0.8416212335729143  #: 5 % two-sided, power 80 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times one rate is another, with its 95 % interval. `value` is not a number where the other rate is
    0; the bounds stay meaningful."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Inequity:
    """Summaries of a rate's variation over cohorts; not a number where they are not defined.

    `max_min`: the largest rate over the smallest; `max_mean`: over their geometric mean (both NIST IR 8429, 2022);
    `gini`: the Gini coefficient with the correction n/(n-1), 0: all alike, 1: one cohort has all errors (Howard
    et al., Evaluating Proposed Fairness Models for Face Recognition Algorithms, 2022, whose GARBE is a weighted
    mean of those of FMR and FNMR).
    """

    max_min: float
    max_mean: float
    gini: float


def smoothed(errors: Sums, trials: Sums) -> Sums:
    """Rates with half an error more; not a number without trials."""
    return np.asarray(
        np.divide(errors + SMOOTHING, trials, out=np.full(errors.shape, np.nan), where=trials > 0)
    )


def ratio_of(value: float, other: float, drawn: Rates, drawn_other: Rates) -> Ratio:
    """`drawn` are smoothed rates of the same replicates. The interval is widened to hold the measured ratio."""
    known = np.divide(drawn, drawn_other)
    known = known[np.isfinite(known)]
    low, high = (float(q) for q in np.percentile(known, [2.5, 97.5])) if len(known) else (0.0, math.inf)
    measured = value / other if other > 0 else math.nan
    if math.isfinite(measured):
        low, high = min(low, measured), max(high, measured)
    return Ratio(value=measured, low=low, high=high)


def contrasts(errors: Sums, trials: Sums, compared: Mask) -> Sums:
    """Log ratio of each cohort's smoothed rate to that of all other compared ones together; rows are replicates."""
    errors, trials = np.where(compared, errors, 0.0), np.where(compared, trials, 0.0)
    rest = smoothed(errors.sum(axis=-1, keepdims=True) - errors, trials.sum(axis=-1, keepdims=True) - trials)
    own = smoothed(errors, trials)
    return np.asarray(np.where(compared, np.log(own) - np.log(rest), np.nan))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contrast:
    """One rate over the cohorts of one attribute: how far each stands above the others, in standard deviations of
    what chance does; `measured` (cohorts,), `by_chance` (permutations, cohorts)."""

    measured: Sums
    by_chance: Sums


def contrast(
    asked: Sequence[tuple[Trials, Mask]],
    cohorts: Cohorts,
    subjects: SubjectNumbers,
    *,
    permutations: int,
    seed: int,
) -> list[Contrast]:
    """For each of several rates, over the cohorts that are compared in it; others are not a number. Cohorts dealt
    out anew among the subjects give what chance does, to all rates alike."""
    count = len(cohorts)
    dealt = [
        [trials.counts(codes, count) for trials, _ in asked]
        for codes in relabelled(cohorts, subjects, count=permutations, seed=seed)
    ]
    return [
        _standardised([counts[place] for counts in dealt], trials.counts(cohorts.codes, count), compared)
        for place, (trials, compared) in enumerate(asked)
    ]


def _standardised(dealt: Sequence[tuple[Sums, Sums]], counted: tuple[Sums, Sums], compared: Mask) -> Contrast:
    errors, trials = np.stack([one for one, _ in dealt]), np.stack([one for _, one in dealt])
    by_chance = contrasts(errors, trials, compared)
    by_chance = np.where(compared & np.isnan(by_chance), 0.0, by_chance)  # dealt nobody with a trial
    measured = contrasts(*counted, compared)
    centre, spread = by_chance.mean(axis=0), by_chance.std(axis=0)
    spread = np.where(spread > 0, spread, np.inf)
    return Contrast(measured=(measured - centre) / spread, by_chance=(by_chance - centre) / spread)


def adjusted(families: Sequence[Contrast]) -> list[NDArray[np.float64]]:
    """For each cohort of each family, the chance that any cohort of any family would stand out as far if cohorts
    meant nothing (single-step max T: Westfall and Young, Resampling-Based Multiple Testing, 1993; one-sided)."""
    if not families:
        return []
    every = np.concatenate([np.nan_to_num(one.by_chance, nan=-np.inf) for one in families], axis=1)
    highest = np.sort(every.max(axis=1))
    return [_chance(one.measured, highest) for one in families]


def inequity(rates: Sequence[float]) -> Inequity | None:
    """`None` with fewer than two cohorts."""
    values = np.asarray(rates, np.float64)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    low, high = float(values.min()), float(values.max())
    mean = float(np.exp(np.log(values).mean())) if low > 0 else math.nan
    return Inequity(
        max_min=high / low if low > 0 else math.nan,
        max_mean=high / mean if low > 0 else math.nan,
        gini=_gini(values),
    )


def trials_for_doubling(rate: float, inflation: float = 1.0) -> float | None:
    """How many trials show, with a power of 80 % at 5 %, that a rate is twice `rate`; `None` for 0.

    One sample against a known proportion (Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions,
    2003, 2.4), times the variance `inflation` of trials that share subjects.
    """
    if not 0.0 < rate < 0.5:
        return None
    spread = _Z_ALPHA * math.sqrt(rate * (1 - rate)) + _Z_POWER * math.sqrt(2 * rate * (1 - 2 * rate))
    return (spread / rate) ** 2 * max(inflation, 1.0)


def variance_inflation(rate: float, trials: float, drawn: Rates) -> float:
    """How much wider the bootstrap over subjects spreads than as many independent trials would; at least 1."""
    known = drawn[np.isfinite(drawn)]
    if not (0.0 < rate < 1.0 and trials > 0 and len(known)):
        return 1.0
    return max(float(known.var()) / (rate * (1 - rate) / trials), 1.0)


def _chance(measured: Sums, highest: Sums) -> NDArray[np.float64]:
    """The share of permutations, the actual cohorts among them, that reach as high."""
    reached = len(highest) - np.searchsorted(highest, measured - 1e-9)
    return np.asarray(np.where(np.isnan(measured), np.nan, (reached + 1) / (len(highest) + 1)))


def _gini(values: NDArray[np.float64]) -> float:
    count, mean = len(values), float(values.mean())
    if mean == 0.0:
        return 0.0
    apart = float(np.abs(values[:, None] - values[None, :]).sum())
    return apart / (2 * count**2 * mean) * count / (count - 1)

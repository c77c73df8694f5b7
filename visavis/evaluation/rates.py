"""Error rates with what belongs to them: how many errors in how many trials, and how sure one can be."""

import math
from dataclasses import dataclass

import numpy as np

_Z95 = 1.959963984540054
RULE_OF_30 = 30  #: Doddington: with 30 errors the true rate is within ±30 % with 90 % confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class RateAt:
    """A measured rate at an operating point, with its 95 % interval.

    `target` is the rate the threshold was set for (FMR or FPIR), `None` where the threshold was given or is
    itself the result. `errors` of `trials` were counted. `supported`: at least 30 trials decided where the
    target lies (rule of 30); a target far below 1/trials is formally met by any high threshold and means
    nothing.
    """

    target: float | None
    value: float
    low: float
    high: float
    threshold: float
    errors: int
    trials: int
    supported: bool


def share(errors: float, trials: float) -> float:
    """errors / trials; not a number if there was no trial."""
    return errors / trials if trials else math.nan


def wilson_interval(errors: int, trials: int) -> tuple[float, float]:
    """95 % score interval of a proportion of independent trials (Wilson, JASA 22, 1927); 0..1 without trials.

    Exactly from 0 without an error, and exactly to 1 where every trial is one.
    """
    if trials == 0:
        return 0.0, 1.0
    rate, square = errors / trials, _Z95**2
    centre = (rate + square / (2 * trials)) / (1 + square / trials)
    half = _Z95 / (1 + square / trials) * math.sqrt(rate * (1 - rate) / trials + square / (4 * trials**2))
    low = max(centre - half, 0.0) if errors else 0.0
    return low, min(centre + half, 1.0) if errors < trials else 1.0


def rule_of_three(independent: int) -> float:
    """95 % upper bound of a rate when none of so many independent trials failed (ISO/IEC 19795-1, annex B)."""
    return min(3.0 / independent, 1.0) if independent else 1.0


def at_extremes(
    interval: tuple[float, float], errors: int, trials: int, independent: int
) -> tuple[float, float]:
    """The interval, widened where resampling cannot see how sure one is: without an error, or with nothing else, by
    the rule of three for so many independent trials; a single one says nothing."""
    if independent <= 1:
        return 0.0, 1.0
    low, high = interval
    if errors == 0:
        high = max(high, rule_of_three(independent))
    if errors == trials:
        low = min(low, 1.0 - rule_of_three(independent))
    return low, high


def above(score: float) -> float:
    """The lowest float32 threshold that this float32 score does not reach."""
    return float(np.nextafter(np.float32(score), np.float32(np.inf)))

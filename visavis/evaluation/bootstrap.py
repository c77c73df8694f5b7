"""Confidence intervals by drawing subjects, not comparisons.

Comparisons that share a subject are alike: the interval must come from how rates vary when other subjects had
been in the data. Subjects are drawn with replacement; a comparison of subjects a and b then counts w_a·w_b
times, a mated one of subject a counts w_a times, where w is how often a subject was drawn. Sources: subsets
bootstrap, Bolle, Ratha and Pankanti (CVIU 93, 2004); two-way weights: vertex bootstrap, Snijders and Borgatti
(Connections 22, 1999), and Owen and Eckles (Annals of Applied Statistics 6, 2012), who show that it errs on the
wide side. Intervals are percentiles of the replicates.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.rates import RULE_OF_30, RateAt, above, at_extremes, share

SubjectNumbers: TypeAlias = NDArray[np.int32]  #: (n,), 0..subjects-1, the subject of each sample or trial
Weights: TypeAlias = NDArray[np.float64]  #: (replicates, subjects), how often each subject was drawn
Rates: TypeAlias = NDArray[np.float64]  #: (replicates,)
ErrorCounts: TypeAlias = NDArray[np.intp]  #: (subjects,), how many errors each subject has

_CELLS = 4_000_000  #: subject pairs counted at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampling:
    """How often and from which seed subjects are drawn; the same seed gives the same interval.

    `among`: there are so many subjects, even if the data at hand miss the last of them. Data sets that are drawn
    with the same `among` get the same people in every replicate.
    """

    replicates: int = 1000
    seed: int = 0
    among: int | None = None

    def __post_init__(self) -> None:
        if self.replicates < 1:
            raise ValueInvalid("At least one replicate is needed.")

    def weights(self, subjects: int) -> Weights:
        rng, among = np.random.default_rng(self.seed), max(self.among or 0, subjects)
        drawn = rng.multinomial(among, np.full(among, 1.0 / among), size=self.replicates)
        return drawn[:, :subjects].astype(np.float64)


def percentile_interval(rates: Rates, value: float) -> tuple[float, float]:
    """The middle 95 % of the replicates, widened to hold the measured value; replicates without data left out."""
    known = rates[np.isfinite(rates)]
    if len(known) == 0:
        return 0.0, 1.0
    low, high = np.percentile(known, [2.5, 97.5])
    return min(float(low), value), max(float(high), value)


def resampled_rate(
    errors: int,
    trials: int,
    rates: Rates,
    threshold: float,
    subjects: SubjectNumbers,
    *,
    target: float | None = None,
    value: float | None = None,
    supported: bool | None = None,
) -> RateAt:
    """A rate with the interval of its replicates; `subjects` are those of its trials.

    Without an error the upper bound is at least that of the rule of three for so many subjects, and the lower bound
    likewise where every trial is an error; of one subject the interval is 0..1. `value` is given where the rate
    is not errors / trials, `supported` where it does not rest on the number of errors.
    """
    value = share(errors, trials) if value is None else value
    low, high = at_extremes(percentile_interval(rates, value), errors, trials, distinct(subjects))
    return RateAt(
        target=target,
        value=value,
        low=low,
        high=high,
        threshold=threshold,
        errors=errors,
        trials=trials,
        supported=errors >= RULE_OF_30 if supported is None else supported,
    )


def trial_totals(weights: Weights, subjects: SubjectNumbers) -> Rates:
    """The weight of all trials in each replicate, where a trial belongs to one subject."""
    return np.asarray(weights @ np.bincount(subjects, minlength=weights.shape[1]))


def pair_totals(weights: Weights, first: SubjectNumbers, second: SubjectNumbers) -> Rates:
    """The weight of all comparisons in each replicate: w'Cw with C the number of comparisons by subject pair.

    C is counted and multiplied a block of rows at a time, so memory stays bounded for many subjects.
    """
    replicates, subjects = weights.shape
    totals = np.zeros(replicates)
    step = max(_CELLS // subjects, 1)
    for start in range(0, subjects, step):
        stop = min(start + step, subjects)
        chosen = (first >= start) & (first < stop)
        cells = (first[chosen].astype(np.int64) - start) * subjects + second[chosen]
        counts = np.bincount(cells, minlength=(stop - start) * subjects).reshape(stop - start, subjects)
        totals += ((weights @ counts.T.astype(np.float64)) * weights[:, start:stop]).sum(axis=1)
    return totals


def weighted_threshold(falling: Scores, weights: Rates, allowed: float) -> float:
    """The lowest threshold that comparisons of at most the weight `allowed` reach."""
    over = int(np.searchsorted(np.cumsum(weights), allowed + 1e-9, side="right"))
    return above(float(falling[min(over, len(falling) - 1)]))


def ratio(part: Rates, whole: Rates) -> Rates:
    """Not a number where a replicate holds no trial."""
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0))


def occurrences(*numbers: SubjectNumbers) -> NDArray[np.intp]:
    """How often each subject 0.. occurs in all of these."""
    length = max(int(some.max(initial=-1)) for some in numbers) + 1
    counts = [np.bincount(some, minlength=length) for some in numbers]
    return np.asarray(np.sum(counts, axis=0), np.intp)


def distinct(*numbers: SubjectNumbers) -> int:
    """How many different subjects occur."""
    return int(np.count_nonzero(occurrences(*numbers)))

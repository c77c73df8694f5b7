"""Share of right decisions, as older benchmarks report it. It hides the kind of error: prefer FNMR at an FMR."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.comparisons import Mask
from visavis.evaluation.rates import RateAt, above, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldedAccuracy:
    """Mean over folds, each judged at the threshold that was best on all others (LFW, View 2).

    `standard_error` is the standard deviation of the folds divided by the root of their number.
    """

    value: float
    standard_error: float
    folds: tuple[float, ...]
    thresholds: tuple[float, ...]


def best_accuracy(scores: Scores, mated: Mask) -> RateAt:
    """The share of right decisions at the threshold that is best on these very comparisons: optimistic.

    The interval is Wilson's for independent comparisons. Raises `ValueInvalid` without comparisons.
    """
    threshold = best_threshold(scores, mated)
    trials = len(scores)
    right = int(((scores >= threshold) == mated).sum())
    low, high = wilson_interval(right, trials)
    return RateAt(
        target=None,
        value=right / trials,
        low=low,
        high=high,
        threshold=threshold,
        errors=trials - right,
        trials=trials,
        supported=True,
    )


def folded_accuracy(scores: Scores, mated: Mask, folds: NDArray[np.integer]) -> FoldedAccuracy:
    """Cross-validated accuracy; `folds` (n,) numbers the fold of each comparison. Needs two folds or more."""
    names = np.unique(folds)
    if len(names) < 2:
        raise ValueInvalid("Accuracy by folds needs two folds or more.")
    thresholds = [best_threshold(scores[folds != name], mated[folds != name]) for name in names]
    values = [
        float(((scores >= threshold) == mated)[folds == name].mean())
        for name, threshold in zip(names, thresholds, strict=True)
    ]
    return FoldedAccuracy(
        value=float(np.mean(values)),
        standard_error=float(np.std(values, ddof=1) / np.sqrt(len(values))),
        folds=tuple(values),
        thresholds=tuple(thresholds),
    )


def best_threshold(scores: Scores, mated: Mask) -> float:
    """Halfway between the two scores between which most decisions are right; the lowest such place."""
    if len(scores) == 0:
        raise ValueInvalid("Accuracy needs comparisons.")
    order = np.argsort(scores, kind="stable")
    rising, truth = scores[order].astype(np.float64), mated[order]
    failed = int(np.isneginf(rising).sum())  # never accepted
    places = np.concatenate([[0], np.flatnonzero(rising[1:] != rising[:-1]) + 1, [len(rising)]])
    places = places[places >= failed]
    rejected_right = np.concatenate([[0], np.cumsum(~truth)])[places]
    accepted_right = truth.sum() - np.concatenate([[0], np.cumsum(truth)])[places]
    best = int(places[int(np.argmax(rejected_right + accepted_right))])
    if best == len(rising):
        return above(float(rising[-1]))
    return float(rising[best] if best == failed else (rising[best - 1] + rising[best]) / 2)

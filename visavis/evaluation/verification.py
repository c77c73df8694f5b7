"""1:1 error rates (ISO/IEC 19795-1), exact from the scores. A comparison matches when its score ≥ threshold."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.domain.arrays import Scores
from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import (
    ErrorCounts,
    Rates,
    Resampling,
    SubjectNumbers,
    Weights,
    distinct,
    pair_totals,
    percentile_interval,
    ratio,
    resampled_rate,
    trial_totals,
    weighted_threshold,
)
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.rates import RULE_OF_30, RateAt, above, rule_of_three, share

_DEFAULT = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ErrorCurve:
    """FMR and FNMR at rising thresholds, all (n,): the data of a DET plot."""

    thresholds: NDArray[np.float64]
    fmr: NDArray[np.float64]
    fnmr: NDArray[np.float64]


class Verification:
    """Error rates of a set of comparisons. Sorts once; every question after that is quick.

    Mated comparisons with the score `FAILED` count as false non-matches at every threshold, so all FNMR here
    are generalised rates (ISO/IEC 19795-1) as soon as the set contains its failures. Raises `ValueInvalid`
    without a mated or without a non-mated comparison.
    """

    def __init__(self, comparisons: ComparisonSet) -> None:
        mated, others = np.flatnonzero(comparisons.mated), np.flatnonzero(~comparisons.mated)
        if not (len(mated) and len(others)):
            raise ValueInvalid("Error rates need mated and non-mated comparisons.")
        scores: Scores = np.asarray(comparisons.scores, np.float32)
        mated = mated[np.argsort(scores[mated], kind="stable")]
        others = others[np.argsort(scores[others], kind="stable")[::-1]]
        self._mated: Scores = scores[mated]  # rising
        self._mated_subjects: SubjectNumbers = comparisons.first[mated]
        self._falling: Scores = scores[others]
        self._rising: Scores = self._falling[::-1]
        self._first: SubjectNumbers = comparisons.first[others]
        self._second: SubjectNumbers = comparisons.second[others]
        self._subjects = int(max(comparisons.first.max(), comparisons.second.max())) + 1
        self._drawn: tuple[Resampling, Weights, Rates, Rates] | None = None

    @property
    def mated(self) -> int:
        return len(self._mated)

    @property
    def non_mated(self) -> int:
        return len(self._falling)

    @property
    def failed(self) -> int:
        """Mated comparisons that could not be made."""
        return int(np.isneginf(self._mated).sum())

    def fmr(self, threshold: float) -> float:
        return share(self._false_matches(threshold), self.non_mated)

    def fnmr(self, threshold: float) -> float:
        return share(self._false_non_matches(threshold), self.mated)

    def missed_by_subject(self, threshold: float, subjects: int) -> ErrorCounts:
        """How many mated comparisons of each of so many subjects do not match."""
        missed = self._mated_subjects[: self._false_non_matches(threshold)]
        return np.bincount(missed, minlength=subjects)

    def threshold_at_fmr(self, target: float) -> float:
        """The lowest threshold whose FMR is at most `target`, 0 < target < 1."""
        if not 0.0 < target < 1.0:
            raise ValueInvalid("A target rate lies between 0 and 1.")
        allowed = int(target * self.non_mated + 1e-9)
        return above(float(self._falling[allowed]))

    def curve(self, points: int | None = None) -> ErrorCurve:
        """Every step of both rates, or about `points` of them spaced evenly in log FMR."""
        if points is None:
            thresholds = np.unique(np.concatenate([self._mated, self._falling])).astype(np.float64)
        else:
            targets = np.geomspace(0.999, 1.0 / self.non_mated, points)
            thresholds = np.unique([self.threshold_at_fmr(target) for target in targets])
        thresholds = thresholds[np.isfinite(thresholds)]
        reached = self.non_mated - np.searchsorted(self._rising, thresholds)
        missed = np.searchsorted(self._mated, thresholds)
        return ErrorCurve(thresholds=thresholds, fmr=reached / self.non_mated, fnmr=missed / self.mated)

    def fnmr_at_fmr(
        self, target: float, resampling: Resampling = _DEFAULT, *, rates: Rates | None = None
    ) -> RateAt:
        """FNMR where FMR is `target`; every replicate sets its own threshold, as a new study would.

        `rates` are its `fnmr_replicates`, where they are there already.
        """
        rates = self.fnmr_replicates(target, resampling) if rates is None else rates
        return self._fnmr_result(target, self.threshold_at_fmr(target), rates)

    def fnmr_replicates(self, target: float, resampling: Resampling = _DEFAULT) -> Rates:
        """What `fnmr_at_fmr` is in each replicate: to be compared with another model's, replicate by replicate."""
        weights, mated_totals, totals = self._replicates(resampling)
        tail = self._tail(target)
        thresholds = np.array(
            [
                weighted_threshold(self._falling[tail], self._pair_weights(drawn, tail), target * total)
                for drawn, total in zip(weights, totals, strict=True)
            ]
        )
        return self._resampled_fnmr(weights, mated_totals, thresholds)

    def fnmr_at(self, threshold: float, resampling: Resampling = _DEFAULT) -> RateAt:
        """FNMR at a given threshold."""
        weights, totals, _ = self._replicates(resampling)
        rates = self._resampled_fnmr(weights, totals, np.full(len(weights), threshold))
        return self._fnmr_result(None, threshold, rates)

    def fmr_at(self, threshold: float, resampling: Resampling = _DEFAULT) -> RateAt:
        """FMR at a given threshold; without any false match the upper bound is 3 / non-mated comparisons, and no
        better than 3 / the number of disjoint subject pairs."""
        errors = self._false_matches(threshold)
        weights, _, totals = self._replicates(resampling)
        tail = slice(0, errors)
        reached = np.array([self._pair_weights(drawn, tail).sum() for drawn in weights])
        low, high = percentile_interval(ratio(reached, totals), share(errors, self.non_mated))
        if errors == 0:
            high = max(high, rule_of_three(distinct(self._first, self._second) // 2))
        return RateAt(
            target=None,
            value=share(errors, self.non_mated),
            low=low,
            high=high,
            threshold=threshold,
            errors=errors,
            trials=self.non_mated,
            supported=errors >= RULE_OF_30,
        )

    def equal_error_rate(self, resampling: Resampling = _DEFAULT, *, rates: Rates | None = None) -> RateAt:
        """Mean of FMR and FNMR at the threshold where they differ least; `rates` are its `eer_replicates`."""
        value, threshold = self.crossing()
        errors = self._false_non_matches(threshold)
        rates = self.eer_replicates(value, resampling) if rates is None else rates
        return resampled_rate(errors, self.mated, rates, threshold, self._mated_subjects, value=value)

    def crossing(self) -> tuple[float, float]:
        """The equal error rate and its threshold."""
        curve = self.curve()
        best = int(np.argmin(np.abs(curve.fmr - curve.fnmr)))
        return float(curve.fmr[best] + curve.fnmr[best]) / 2, float(curve.thresholds[best])

    def eer_replicates(self, value: float, resampling: Resampling = _DEFAULT) -> Rates:
        """The equal error rate of each replicate, where that of all data is `value`."""
        tail = self._tail(min(max(value, 1.0 / self.non_mated), 0.5))
        missed = np.searchsorted(self._mated, self._falling[tail])
        weights, mated_totals, totals = self._replicates(resampling)
        return np.array(
            [
                self._weighted_eer(drawn, tail, missed, *both)
                for drawn, *both in zip(weights, mated_totals, totals, strict=True)
            ]
        )

    def _false_matches(self, threshold: float) -> int:
        return self.non_mated - int(np.searchsorted(self._rising, threshold))

    def _false_non_matches(self, threshold: float) -> int:
        return int(np.searchsorted(self._mated, threshold))

    def _replicates(self, resampling: Resampling) -> tuple[Weights, Rates, Rates]:
        """Weights, and what all mated and all non-mated comparisons weigh; kept for the next question."""
        if self._drawn is None or self._drawn[0] != resampling:
            weights = resampling.weights(self._subjects)
            mated = trial_totals(weights, self._mated_subjects)
            self._drawn = resampling, weights, mated, pair_totals(weights, self._first, self._second)
        return self._drawn[1:]

    def _tail(self, rate: float) -> slice:
        """The highest non-mated scores, several times as many as the rate needs: enough for any replicate."""
        return slice(0, int(min(3 * rate * self.non_mated + 2000, self.non_mated)))

    def _pair_weights(self, drawn: Rates, tail: slice) -> Rates:
        return np.asarray(drawn[self._first[tail]] * drawn[self._second[tail]])

    def _resampled_fnmr(self, weights: Weights, totals: Rates, thresholds: Rates) -> Rates:
        missed = np.searchsorted(self._mated, thresholds)
        subjects = self._mated_subjects[: int(missed.max(initial=0))]
        lost = [drawn[subjects[:count]].sum() for drawn, count in zip(weights, missed.tolist(), strict=True)]
        return ratio(np.array(lost), totals)

    def _fnmr_result(self, target: float | None, threshold: float, rates: Rates) -> RateAt:
        errors = self._false_non_matches(threshold)
        needed = errors if target is None else target * self.non_mated
        return resampled_rate(
            errors,
            self.mated,
            rates,
            threshold,
            self._mated_subjects,
            target=target,
            supported=needed >= RULE_OF_30,
        )

    def _weighted_eer(
        self, drawn: Rates, tail: slice, missed: NDArray[np.intp], mated_total: float, total: float
    ) -> float:
        if not (mated_total and total):
            return np.nan
        false_matches = np.cumsum(self._pair_weights(drawn, tail)) / total
        lost = np.concatenate([[0.0], np.cumsum(drawn[self._mated_subjects[: int(missed.max())]])])
        false_non_matches = lost[missed] / mated_total
        best = int(np.argmin(np.abs(false_matches - false_non_matches)))
        return float(false_matches[best] + false_non_matches[best]) / 2

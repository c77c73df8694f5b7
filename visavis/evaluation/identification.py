"""1:N error rates of an open set (ISO/IEC 19795-1; FPIR and FNIR as in NIST FRTE 1:N)."""

import numpy as np

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import (
    ErrorCounts,
    Rates,
    Resampling,
    SubjectNumbers,
    Weights,
    distinct,
    ratio,
    resampled_rate,
    trial_totals,
    weighted_threshold,
)
from visavis.evaluation.comparisons import Mask
from visavis.evaluation.curves import SearchCurve
from visavis.evaluation.open_set import SearchSet
from visavis.evaluation.rates import RULE_OF_30, RateAt, above

_DEFAULT = Resampling()  # a value, not a state


class Identification:
    """Error rates of a set of searches.

    FPIR(N, T): share of searches for people who are not enrolled that return anybody at or above T.
    FNIR(N, R, T): share of searches for enrolled people that do not return the right one among the first R at
    or above T. Intervals draw subjects (each with all its probes, of all draws of the gallery) and hold for
    galleries of this size and kind. A result at a target FPIR is `supported` where that share of the non-mated
    subjects is 30 or more: repeated draws ask about the same people again. Raises `ValueInvalid` without a
    mated or a non-mated search.
    """

    def __init__(self, searches: SearchSet) -> None:
        if not (len(searches.scores) and len(searches.top)):
            raise ValueInvalid("Open-set rates need searches for enrolled subjects and for others.")
        order = np.argsort(searches.top, kind="stable")[::-1]
        self._searches = searches
        self._falling = searches.top[order]
        self._falling_subjects: SubjectNumbers = searches.non_mated_subjects[order]
        self._subjects = int(max(searches.subjects.max(), searches.non_mated_subjects.max())) + 1
        self._drawn: tuple[Resampling, Weights] | None = None

    @property
    def mated(self) -> int:
        return len(self._searches.scores)

    @property
    def non_mated(self) -> int:
        return len(self._falling)

    def missed_by_subject(self, threshold: float, subjects: int, *, rank: int = 1) -> ErrorCounts:
        """How many mated searches of each of so many subjects miss it, over all draws of the gallery."""
        return np.bincount(self._searches.subjects[self._missed(threshold, rank)], minlength=subjects)

    def threshold_at_fpir(self, target: float) -> float:
        """The lowest threshold whose FPIR is at most `target`, 0 < target < 1."""
        if not 0.0 < target < 1.0:
            raise ValueInvalid("A target rate lies between 0 and 1.")
        return above(float(self._falling[int(target * self.non_mated + 1e-9)]))

    def fnir_at_fpir(
        self,
        target: float,
        *,
        rank: int = 1,
        resampling: Resampling = _DEFAULT,
        rates: Rates | None = None,
    ) -> RateAt:
        """FNIR(N, R, T) where FPIR(N, T) is `target`; every replicate sets its own threshold.

        `rates` are its `fnir_replicates`, where they are there already.
        """
        threshold = self.threshold_at_fpir(target)
        if rates is None:
            rates = self.fnir_replicates(target, rank=rank, resampling=resampling)
        enough = target * distinct(self._falling_subjects) >= RULE_OF_30
        return self._result(self._missed(threshold, rank), rates, threshold, target=target, supported=enough)

    def fnir_replicates(self, target: float, *, rank: int = 1, resampling: Resampling = _DEFAULT) -> Rates:
        """What `fnir_at_fpir` is in each replicate: to be compared with another model's, replicate by replicate."""
        weights = self._weights(resampling)
        totals = trial_totals(weights, self._falling_subjects)
        thresholds = np.array(
            [
                weighted_threshold(self._falling, drawn[self._falling_subjects], target * total)
                for drawn, total in zip(weights, totals, strict=True)
            ]
        )
        return np.array(
            [
                self._weighted_miss(drawn, float(its), rank)
                for drawn, its in zip(weights, thresholds, strict=True)
            ]
        )

    def fnir_at(self, threshold: float, *, rank: int = 1, resampling: Resampling = _DEFAULT) -> RateAt:
        missed = self._missed(threshold, rank)
        rates = self._mated_rates(self._weights(resampling), missed)
        return self._result(missed, rates, threshold)

    def fpir_at(self, threshold: float, *, resampling: Resampling = _DEFAULT) -> RateAt:
        weights = self._weights(resampling)
        errors = int((self._falling >= threshold).sum())
        reached = weights[:, self._falling_subjects[:errors]].sum(axis=1)
        rates = ratio(reached, trial_totals(weights, self._falling_subjects))
        return resampled_rate(errors, self.non_mated, rates, threshold, self._falling_subjects)

    def hit_rate(self, rank: int = 1, *, resampling: Resampling = _DEFAULT) -> RateAt:
        """Share of mated searches with the right subject among the first `rank`, whatever its score."""
        missed = self.fnir_at(-np.inf, rank=rank, resampling=resampling)
        return RateAt(
            target=None,
            value=1.0 - missed.value,
            low=1.0 - missed.high,
            high=1.0 - missed.low,
            threshold=-np.inf,
            errors=missed.errors,
            trials=missed.trials,
            supported=missed.supported,
        )

    def cmc(self, ranks: int = 20) -> tuple[float, ...]:
        """Cumulative match characteristic: the hit rates at ranks 1 to `ranks`."""
        return tuple(float((self._searches.ranks <= rank).mean()) for rank in range(1, ranks + 1))

    def curve(self, points: int = 100, *, rank: int = 1) -> SearchCurve:
        """About `points` steps of both rates, spaced evenly in log FPIR."""
        targets = np.geomspace(0.999, 1.0 / self.non_mated, points)
        thresholds = np.unique([self.threshold_at_fpir(float(target)) for target in targets])
        rising = self._falling[::-1]
        fpir = (self.non_mated - np.searchsorted(rising, thresholds)) / self.non_mated
        fnir = np.array([self._missed(float(threshold), rank).mean() for threshold in thresholds])
        return SearchCurve(thresholds=thresholds, fpir=fpir, fnir=fnir)

    def _weights(self, resampling: Resampling) -> Weights:
        """Kept for the next question."""
        if self._drawn is None or self._drawn[0] != resampling:
            self._drawn = resampling, resampling.weights(self._subjects)
        return self._drawn[1]

    def _missed(self, threshold: float, rank: int) -> Mask:
        return (self._searches.ranks > rank) | (self._searches.scores < threshold)

    def _weighted_miss(self, drawn: Rates, threshold: float, rank: int) -> float:
        weights = drawn[self._searches.subjects]
        total = weights.sum()
        return float(weights[self._missed(threshold, rank)].sum() / total) if total else np.nan

    def _mated_rates(self, weights: Weights, missed: Mask) -> Rates:
        totals = trial_totals(weights, self._searches.subjects)
        return ratio(weights[:, self._searches.subjects[missed]].sum(axis=1), totals)

    def _result(
        self,
        missed: Mask,
        rates: Rates,
        threshold: float,
        *,
        target: float | None = None,
        supported: bool | None = None,
    ) -> RateAt:
        return resampled_rate(
            int(missed.sum()),
            self.mated,
            rates,
            threshold,
            self._searches.subjects,
            target=target,
            supported=supported,
        )

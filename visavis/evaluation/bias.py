"""Error rates by cohort at one threshold: differential performance in the sense of ISO/IEC 19795-10.

Every rate has a 95 % interval from drawing subjects, and every cohort a chance that the largest difference among
these subjects arises by accident. FNMR is the mean over attempts (each photo that has another one of its subject,
compared with all of these), so a subject with many photos does not decide for its cohort; failures to acquire count
as false non-matches. FMR is that of strangers within the cohort, which is whom an impostor resembles.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visavis.evaluation.bootstrap import Resampling, SubjectNumbers, Weights, ratio
from visavis.evaluation.cohort_rates import CohortRate, CrossRate, ErrorRate, Estimate, RateByCohort, estimate
from visavis.evaluation.cohort_trials import NonMatedPairs, Sums, Trials
from visavis.evaluation.cohorts import Cohorts, subjects_in
from visavis.evaluation.comparisons import Mask
from visavis.evaluation.differential import (
    Contrast,
    Ratio,
    adjusted,
    contrast,
    inequity,
    ratio_of,
    smoothed,
    trials_for_doubling,
    variance_inflation,
)

LEAST_SUBJECTS = 10  #: in a cohort, with trials, before its rate is compared with others
LEAST_ERRORS = 5  #: in all cohorts together, before differences are tested
_RESAMPLING = Resampling()  # a value, not a state


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """What is known of all photos: whose they are, and the trials of each rate."""

    subjects: SubjectNumbers
    rates: Mapping[ErrorRate, Trials]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How intervals and chances are computed."""

    resampling: Resampling = _RESAMPLING
    permutations: int = 2000
    least_subjects: int = LEAST_SUBJECTS


def rates_by_cohort(
    measured: Measured, attributes: Sequence[Cohorts], design: Design
) -> list[tuple[RateByCohort, ...]]:
    """The rates of each attribute, in order of `ErrorRate`; chances are corrected over all of them together."""
    weights = design.resampling.weights(int(measured.subjects.max()) + 1)
    tables = [
        [_Table.of(measured, cohorts, rate, weights, design) for rate in ErrorRate if rate in measured.rates]
        for cohorts in attributes
    ]
    chances = iter(adjusted([one for some in tables for one in _contrasts(some, measured.subjects, design)]))
    return [
        tuple(table.result(next(chances) if table.testable else None) for table in some) for some in tables
    ]


def _contrasts(tables: "Sequence[_Table]", subjects: SubjectNumbers, design: Design) -> list[Contrast]:
    """Of the testable ones among the tables of one attribute."""
    asked = [(table.trials, table.compared) for table in tables if table.testable]
    if not asked:
        return []
    permutations, seed = design.permutations, design.resampling.seed
    return contrast(asked, tables[0].cohorts, subjects, permutations=permutations, seed=seed)


def cross_rates(pairs: NonMatedPairs, cohorts: Cohorts, resampling: Resampling) -> tuple[CrossRate, ...]:
    """FMR within and between the cohorts; each two once."""
    count = len(cohorts)
    errors, trials = pairs.matrix(cohorts.codes, count)
    weights = resampling.weights(int(pairs.subjects.max()) + 1)
    drawn_errors, drawn_trials = pairs.drawn_matrix(cohorts.codes, count, weights)
    held = subjects_in(cohorts, pairs.subjects, pairs.tried()).tolist()
    return tuple(
        CrossRate(
            one=cohorts.names[one],
            other=cohorts.names[two],
            estimate=estimate(
                errors[one, two],
                trials[one, two],
                ratio(drawn_errors[:, one, two], drawn_trials[:, one, two]),
                (errors[one, two], trials[one, two]),
                held[one] // 2 if one == two else min(held[one], held[two]),
                held[one] if one == two else held[one] + held[two],
            ),
        )
        for one in range(count)
        for two in range(one, count)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Table:
    """One rate over one attribute, with its replicates; index 0.. are cohorts, the last is all together."""

    cohorts: Cohorts
    rate: ErrorRate
    trials: Trials
    subjects: np.typing.NDArray[np.intp]
    compared: Mask
    counts: tuple[Sums, Sums]
    raw: tuple[Sums, Sums]
    drawn: tuple[Sums, Sums]

    @classmethod
    def of(
        cls, measured: Measured, cohorts: Cohorts, rate: ErrorRate, weights: Weights, design: Design
    ) -> "_Table":
        trials, codes, count = measured.rates[rate], cohorts.codes, len(cohorts)
        everyone = np.where(codes >= 0, 0, -1).astype(np.int32)
        all_of_them = Cohorts(attribute="", names=("",), codes=everyone)
        subjects = np.concatenate(
            [subjects_in(one, measured.subjects, trials.tried()) for one in (cohorts, all_of_them)]
        )
        return cls(
            cohorts=cohorts,
            rate=rate,
            trials=trials,
            subjects=subjects,
            compared=subjects[:-1] >= design.least_subjects,
            counts=_joined(trials.counts(codes, count), trials.counts(everyone, 1)),
            raw=_joined(trials.raw(codes, count), trials.raw(everyone, 1)),
            drawn=_joined(trials.drawn(codes, count, weights), trials.drawn(everyone, 1, weights)),
        )

    @property
    def testable(self) -> bool:
        errors = self.raw[0][:-1][self.compared]
        return len(errors) > 1 and float(errors.sum()) >= LEAST_ERRORS

    def result(self, chances: Sums | None) -> RateByCohort:
        estimates = [self._estimate(place) for place in range(len(self.subjects))]
        values = np.where(self.compared, smoothed(*self.counts)[:-1], np.inf)
        best = int(np.argmin(values)) if np.isfinite(values).sum() > 1 else None
        cohorts = tuple(
            CohortRate(
                cohort=name,
                estimate=estimates[place],
                compared=bool(self.compared[place]),
                to_best=self._ratio(place, best) if best is not None else None,
                to_overall=self._ratio(place, len(self.cohorts)),
                to_others=self._to_others(place),
                chance=None if chances is None or np.isnan(chances[place]) else float(chances[place]),
            )
            for place, name in enumerate(self.cohorts.names)
        )
        return RateByCohort(
            rate=self.rate,
            overall=estimates[-1],
            cohorts=cohorts,
            best=None if best is None else self.cohorts.names[best],
            tested=chances is not None,
            needed_subjects=self._needed(estimates[-1]),
            inequity=inequity([one.estimate.value for one in cohorts if one.compared]),
        )

    def _estimate(self, place: int) -> Estimate:
        held = int(self.subjects[place])
        return estimate(
            self.counts[0][place],
            self.counts[1][place],
            ratio(self.drawn[0][:, place], self.drawn[1][:, place]),
            (self.raw[0][place], self.raw[1][place]),
            held // 2 if self.rate is ErrorRate.FMR else held,
            held,
        )

    def _ratio(self, place: int, other: int) -> Ratio | None:
        if not self.compared[place]:
            return None
        rates, drawn = ratio(*self.counts), smoothed(*self.drawn)
        if place == other:
            return Ratio(value=1.0 if rates[place] > 0 else math.nan, low=1.0, high=1.0)
        return ratio_of(float(rates[place]), float(rates[other]), drawn[:, place], drawn[:, other])

    def _to_others(self, place: int) -> Ratio | None:
        others = np.append(self.compared, False)
        if not (others[place] and others.sum() > 1):
            return None
        others[place] = False
        errors, trials, drawn_errors, drawn_trials = (
            sums[..., others].sum(axis=-1) for sums in (*self.counts, *self.drawn)
        )
        rates = ratio(*self.counts)
        return ratio_of(
            float(rates[place]),
            float(errors / trials) if trials > 0 else math.nan,
            smoothed(*self.drawn)[:, place],
            smoothed(drawn_errors, drawn_trials),
        )

    def _needed(self, overall: Estimate) -> int | None:
        trials = float(self.counts[1][-1])
        spread = variance_inflation(overall.value, trials, ratio(self.drawn[0][:, -1], self.drawn[1][:, -1]))
        needed = trials_for_doubling(overall.value, spread)
        if needed is None or not overall.subjects:
            return None
        if self.rate is ErrorRate.FMR:  # comparisons grow with the square
            return math.ceil(overall.subjects * math.sqrt(needed / trials))
        return math.ceil(overall.subjects * needed / trials)


def _joined(parts: tuple[Sums, Sums], whole: tuple[Sums, Sums]) -> tuple[Sums, Sums]:
    return np.concatenate([parts[0], whole[0]], axis=-1), np.concatenate([parts[1], whole[1]], axis=-1)

"""From scores to decisions at a stated error rate."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
from visavis.domain.evidence import Evidence, require_data_name
from visavis.domain.gallery_size import HIGHEST, LOWEST, SearchScaling, comparison_fmr, search_fpir
from visavis.domain.subject import ReferenceId, SubjectId
from visavis.domain.template import ModelIdentity, Template, require_same_model


class Measure(StrEnum):
    """How two templates are compared. The result is always a similarity: higher is more alike."""

    COSINE = "cosine"  #: cosine of the angle times both weights (1 for most models), about -1..1
    EUCLIDEAN = "euclidean"  #: 1 minus the distance of the original vectors, at most 1 (dlib: 0.6 is 0.4)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ComparisonScore:
    """A similarity; `measure` states its range. It is not a probability and not a decision."""

    value: float
    measure: Measure

    @property
    def distance(self) -> float:
        """The distance that users of Euclidean rules expect, 0 for equal vectors."""
        if self.measure is Measure.EUCLIDEAN:
            return 1.0 - self.value
        return float(np.sqrt(max(2.0 - 2.0 * self.value, 0.0)))


def compare(one: Template, other: Template, measure: Measure = Measure.COSINE) -> ComparisonScore:
    """The similarity of two templates of the same model; raises `ModelMismatch` otherwise."""
    return ComparisonScore(value=float(compare_all(one, [other], measure)[0]), measure=measure)


def compare_all(
    one: Template, others: Sequence[Template], measure: Measure = Measure.COSINE
) -> NDArray[np.float64]:
    """The similarities of a template to several, (n,), at full precision; raises `ModelMismatch`."""
    for other in others:
        require_same_model(one.model, other.model)
    here = one.vector.astype(np.float64)
    there = np.array([other.vector for other in others], np.float64)
    products: NDArray[np.float64] = np.einsum(
        "ij,j->i", there, here
    )  # row by row: no result depends on its neighbours
    if measure is Measure.COSINE:
        return products
    norms = np.array([other.norm for other in others])
    cosines = products / np.sqrt((here @ here) * np.einsum("ij,ij->i", there, there))
    squared = one.norm**2 + norms**2 - 2.0 * one.norm * norms * cosines
    return np.asarray(1.0 - np.sqrt(np.maximum(squared, 0.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseMatchRate:
    """A false-match rate 0..1; `extrapolated` where the calibration's data had ended.

    Between `low` and `high` lies, in 95 of 100 cases, the rate of as many other people of the same kind; both
    are `None` where the calibration has no intervals.
    """

    value: float
    extrapolated: bool = False
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.value <= 1.0:
            raise ValueInvalid("A false-match rate lies above 0 and at most at 1.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A similarity from which on two templates match, and what it promises: this model, this rate, this data.

    `supported` is the smallest false-match rate that the data supports; smaller ones are extrapolated.
    """

    value: float
    measure: Measure
    fmr: FalseMatchRate
    model: ModelIdentity
    data: str
    supported: float

    def __post_init__(self) -> None:
        require_data_name(self.data)


_LEAST = LOWEST  #: the smallest rate that is stated
Interval: TypeAlias = tuple[float, float]  #: low and high


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoint:
    """At this similarity, this share of non-mated comparisons is at least as high (and of mated below).

    The intervals are those in which 95 of 100 equally large groups of other people would lie.
    """

    score: float
    fmr: float
    fnmr: float
    fmr_interval: Interval | None = None
    fnmr_interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What scores of one model mean, measured on stated data.

    Between its points log10(FMR) is interpolated linearly; beyond the last one it continues with the slope
    of the last decade. Tails of non-mated cosines fall faster than that, so the extrapolation errs on the
    safe side, and it is always marked; all that is known there is that the rate is below that of the last point.
    `search` says how rates of searches follow from those of comparisons; without it, as if all were independent.
    """

    model: ModelIdentity
    measure: Measure
    data: str
    subjects: int
    mated: int
    non_mated: int
    points: tuple[CalibrationPoint, ...]
    search: SearchScaling | None = None
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        scores = [point.score for point in self.points]
        rates = [point.fmr for point in self.points]
        if len(self.points) < 2 or scores != sorted(set(scores)) or rates != sorted(set(rates), reverse=True):
            raise ValueInvalid("A calibration needs two points or more, rising in score, falling in FMR.")
        if not 0.0 < rates[-1] <= rates[0] <= 1.0:
            raise ValueInvalid("A calibration needs rates above 0.")
        require_data_name(self.data)
        if len({point.fmr_interval is None for point in self.points}) != 1 or not all(
            0.0 <= low <= rate <= high <= 1.0
            for point in self.points
            for rate, (low, high) in (
                (point.fmr, point.fmr_interval or (0.0, 1.0)),
                (point.fnmr, point.fnmr_interval or (0.0, 1.0)),
            )
        ):
            raise ValueInvalid("Every point of a calibration has an interval around its rates, or none has.")

    @property
    def lowest_fmr(self) -> float:
        """The smallest false-match rate that the data supports."""
        return self.points[-1].fmr

    def fmr_at(self, score: float) -> FalseMatchRate:
        """The share of non-mated comparisons that reach `score`."""
        first, last = self.points[0], self.points[-1]
        if score < first.score:
            return self._rate(1.0)
        if score > last.score:
            exponent = np.log10(last.fmr) + self._slope() * (score - last.score)
            return self._rate(float(10.0 ** max(exponent, math.log10(_LEAST))), extrapolated=True)
        exponent = np.interp(score, self._scores(), self._exponents())
        return self._rate(float(10.0**exponent))

    def threshold_at(self, fmr: float) -> Threshold:
        """The similarity whose false-match rate is `fmr`; raises `ValueInvalid` outside 1e-15..0.5."""
        if not LOWEST <= fmr <= HIGHEST:
            raise ValueInvalid(
                f"A false-match rate of {fmr:g} is outside the range {LOWEST:g} to {HIGHEST:g}."
            )
        exponent = float(np.log10(fmr))
        beyond = exponent < np.log10(self.lowest_fmr) - 1e-9
        if beyond:
            value = self.points[-1].score + (exponent - np.log10(self.lowest_fmr)) / self._slope()
        else:
            value = np.interp(-exponent, [-e for e in self._exponents()], self._scores())
        return Threshold(
            value=float(value),
            measure=self.measure,
            fmr=self._rate(fmr, extrapolated=bool(beyond)),
            model=self.model,
            data=self.data,
            supported=self.lowest_fmr,
        )

    def fnmr_at(self, score: float) -> tuple[float, Interval | None]:
        """The share of mated comparisons below `score`, and its interval, at the nearest point not below it."""
        place = int(np.searchsorted(self._scores(), score))
        point = self.points[min(place, len(self.points) - 1)]
        return point.fnmr, point.fnmr_interval

    def search_fpir(self, fmr: float, references: int, subjects: int) -> float:
        """The chance that anybody who is not enrolled reaches a score of this FMR in such a gallery."""
        if self.search is None:
            return search_fpir(fmr, references)
        return self.search.fpir(fmr, references, subjects)

    def comparison_fmr(self, fpir: float, references: int, subjects: int) -> float:
        """The FMR of a comparison at which a search keeps `fpir`, within the range that thresholds may have."""
        if self.search is None:
            return comparison_fmr(fpir, references)
        return self.search.comparison_fmr(fpir, references, subjects)

    def _rate(self, fmr: float, *, extrapolated: bool = False) -> FalseMatchRate:
        """With its interval, interpolated as the rate itself is; beyond the data from 0 to that of the last point."""
        first, last = self.points[0].fmr_interval, self.points[-1].fmr_interval
        if first is None or last is None:
            return FalseMatchRate(value=fmr, extrapolated=extrapolated)
        if extrapolated:
            return FalseMatchRate(value=fmr, extrapolated=True, low=0.0, high=max(last[1], fmr))
        if fmr > self.points[0].fmr:
            return FalseMatchRate(value=fmr, low=min(first[0], fmr), high=1.0)
        after = bisect_left(self.points, -fmr, lo=1, hi=len(self.points) - 1, key=lambda point: -point.fmr)
        one, other = self.points[after - 1], self.points[after]
        share = math.log(one.fmr / fmr) / math.log(one.fmr / other.fmr)
        low, high = (
            math.exp((1.0 - share) * math.log(max(here, _LEAST)) + share * math.log(max(there, _LEAST)))
            for here, there in zip(one.fmr_interval or (), other.fmr_interval or (), strict=True)
        )
        return FalseMatchRate(value=fmr, low=min(low, fmr), high=max(high, fmr))

    def _scores(self) -> list[float]:
        return [point.score for point in self.points]

    def _exponents(self) -> list[float]:
        return [math.log10(point.fmr) for point in self.points]

    def _slope(self) -> float:
        """Decades per unit of score at the end of the data, negative; fitted over the last decade."""
        last = self.points[-1]
        start = max(
            (p for p in self.points[:-1] if p.fmr >= 9.9 * last.fmr), key=lambda p: p.score, default=None
        )
        start = start or self.points[0]
        return float((np.log10(last.fmr) - np.log10(start.fmr)) / (last.score - start.score))


class Outcome(StrEnum):
    """What was decided. An inconclusive one is for a person to decide, or for another try."""

    MATCH = "match"
    NON_MATCH = "non_match"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An outcome with the evidence that belongs to it.

    `fmr` is the false-match rate at `score`; for a search it is multiplied up to `fpir`, the chance that
    anybody who is not enrolled would have reached this score in this gallery.
    """

    outcome: Outcome
    score: ComparisonScore | None
    fmr: FalseMatchRate | None
    threshold: Threshold
    policy: str
    fpir: float | None = None
    reasons: tuple[str, ...] = ()  #: what else counted than scores, as `denied_before`


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A subject that a probe resembles. `reference_id` says which reference; `None` is the mean of all."""

    subject_id: SubjectId
    name: str
    score: ComparisonScore
    fmr: FalseMatchRate
    reference_id: ReferenceId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateList:
    """Subjects in descending order of score, each at most once, out of `searched` references."""

    candidates: tuple[Candidate, ...]
    searched: int
    subjects: int
    denied: tuple[Candidate, ...] = ()  #: resembled, and not shown: a person said so of a look that is nearer

    def __post_init__(self) -> None:
        scores = [candidate.score.value for candidate in self.candidates]
        if scores != sorted(scores, reverse=True):
            raise ValueInvalid("Candidates are listed in descending order of score.")
        if len({candidate.subject_id for candidate in self.candidates}) != len(self.candidates):
            raise ValueInvalid("A subject appears only once in a candidate list.")

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

"""From scores to decisions at a stated error rate."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from visavis.domain.errors import ValueInvalid
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
    """A false-match rate 0..1; `extrapolated` where the calibration's data had ended."""

    value: float
    extrapolated: bool = False

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
        if not self.data:
            raise ValueInvalid("A threshold names the data it was calibrated on.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPoint:
    """At this similarity, this share of non-mated comparisons is at least as high (and of mated below)."""

    score: float
    fmr: float
    fnmr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What scores of one model mean, measured on stated data.

    Between its points log10(FMR) is interpolated linearly; beyond the last one it continues with the slope
    of the last decade. Tails of non-mated cosines fall faster than that, so the extrapolation errs on the
    safe side, and it is always marked.
    """

    model: ModelIdentity
    measure: Measure
    data: str
    subjects: int
    mated: int
    non_mated: int
    points: tuple[CalibrationPoint, ...]

    def __post_init__(self) -> None:
        scores = [point.score for point in self.points]
        rates = [point.fmr for point in self.points]
        if len(self.points) < 2 or scores != sorted(set(scores)) or rates != sorted(set(rates), reverse=True):
            raise ValueInvalid("A calibration needs two points or more, rising in score, falling in FMR.")
        if not (0.0 < rates[-1] and rates[0] <= 1.0 and self.data):
            raise ValueInvalid("A calibration needs rates above 0 and names its data.")

    @property
    def lowest_fmr(self) -> float:
        """The smallest false-match rate that the data supports."""
        return self.points[-1].fmr

    def fmr_at(self, score: float) -> FalseMatchRate:
        """The share of non-mated comparisons that reach `score`."""
        first, last = self.points[0], self.points[-1]
        if score <= first.score:
            return FalseMatchRate(value=1.0 if score < first.score else first.fmr)
        if score > last.score:
            exponent = np.log10(last.fmr) + self._slope() * (score - last.score)
            return FalseMatchRate(value=float(10.0 ** max(exponent, -12.0)), extrapolated=True)
        exponent = np.interp(score, self._scores(), self._exponents())
        return FalseMatchRate(value=float(10.0**exponent))

    def threshold_at(self, fmr: float) -> Threshold:
        """The similarity whose false-match rate is `fmr`; raises `ValueInvalid` outside 1e-9..0.5."""
        if not 1e-9 <= fmr <= 0.5:
            raise ValueInvalid(f"A false-match rate of {fmr:g} is outside the range 1e-9 to 0.5.")
        exponent = float(np.log10(fmr))
        beyond = exponent < np.log10(self.lowest_fmr) - 1e-9
        if beyond:
            value = self.points[-1].score + (exponent - np.log10(self.lowest_fmr)) / self._slope()
        else:
            value = np.interp(-exponent, [-e for e in self._exponents()], self._scores())
        return Threshold(
            value=float(value),
            measure=self.measure,
            fmr=FalseMatchRate(value=fmr, extrapolated=bool(beyond)),
            model=self.model,
            data=self.data,
            supported=self.lowest_fmr,
        )

    def _scores(self) -> list[float]:
        return [point.score for point in self.points]

    def _exponents(self) -> list[float]:
        return [float(np.log10(point.fmr)) for point in self.points]

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

    def __post_init__(self) -> None:
        scores = [candidate.score.value for candidate in self.candidates]
        if scores != sorted(scores, reverse=True):
            raise ValueInvalid("Candidates are listed in descending order of score.")
        if len({candidate.subject_id for candidate in self.candidates}) != len(self.candidates):
            raise ValueInvalid("A subject appears only once in a candidate list.")

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None

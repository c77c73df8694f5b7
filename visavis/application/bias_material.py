"""What an audit of bias looks at: the photos with their templates, scores, failures and qualities."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visavis.application.extract import Extraction, template_set
from visavis.domain.decision import Threshold
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import Template
from visavis.evaluation.bias import Measured
from visavis.evaluation.bootstrap import SubjectNumbers
from visavis.evaluation.cohort_rates import ErrorRate
from visavis.evaluation.cohort_trials import Attempts, MatedAttempts, NonMatedPairs
from visavis.evaluation.cohorts import Cohorts
from visavis.evaluation.comparisons import (
    FAILED,
    Mask,
    SamplePairs,
    TemplateSet,
    mated_pairs,
    score_pairs,
    subject_numbers,
)
from visavis.evaluation.scan import FalseMatches, Scan, scan_non_mated


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortFacts:
    """What may explain the errors of a cohort; `None` where it is not known.

    `quality` is the mean unified quality of its photos. `mated_shift` says how far its mean mated score lies from
    that of all, in standard deviations of mated scores; `non_mated_shift` the same for strangers within the cohort.
    `failures` counts photos without a template by the code of the reason.
    """

    cohort: str
    subjects: int
    photos: int
    quality: float | None
    mated_shift: float | None
    non_mated_shift: float | None
    failures: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Material:
    """Everything that is computed once for all attributes. Arrays are (photos,) unless said otherwise."""

    subjects: SubjectNumbers
    quality: NDArray[np.float64]  #: not a number where there is none
    mated: NDArray[np.float64]  #: mean mated score of each photo, not a number where there is none
    mated_deviation: float
    failures: list[str]  #: code of the reason, empty where there is a template
    scan: Scan
    non_mated: NonMatedPairs
    measured: Measured

    @classmethod
    def of(
        cls,
        photos: Sequence[tuple[str, str]],
        extraction: Extraction,
        threshold: Threshold,
        attributes: Sequence[Cohorts],
        enrol_quality: float,
    ) -> "Material":
        subjects = subject_numbers([subject for subject, _ in photos])
        made = [extraction.references.get(photo) for _, photo in photos]
        usable = np.array([one is not None for one in made], np.bool_)
        if len(np.unique(subjects[usable])) < 2:
            raise ValueInvalid("An audit needs usable photos of two subjects or more.")
        templates = template_set([one for one in made if one is not None], threshold.measure)
        scan = _scanned(templates, subjects, usable, threshold, attributes)
        non_mated = NonMatedPairs(matches=scan.matches, usable=usable, subjects=subjects)
        pairs = mated_pairs(subjects)
        scores = _scores(templates, usable, pairs, threshold)
        quality = _qualities(made)
        compared = scores > FAILED
        return cls(
            subjects=subjects,
            quality=quality,
            mated=_means(pairs, scores, compared, len(photos)),
            mated_deviation=float(scores[compared].std()) if compared.any() else math.nan,
            failures=[extraction.failures.get(photo, "") for _, photo in photos],
            scan=scan,
            non_mated=non_mated,
            measured=Measured(
                subjects=subjects,
                rates={
                    ErrorRate.FTE: _shares(_refused(photos, extraction, quality, enrol_quality), subjects),
                    ErrorRate.FTA: _shares(~usable, subjects),
                    ErrorRate.FNMR: MatedAttempts.of(pairs, scores < threshold.value, subjects),
                    ErrorRate.FMR: non_mated,
                },
            ),
        )

    def facts(self, cohorts: Cohorts, likeness: NDArray[np.float64]) -> tuple[CohortFacts, ...]:
        return tuple(
            self._cohort(name, cohorts.codes == place, likeness, _mean(self.mated[cohorts.codes >= 0]))
            for place, name in enumerate(cohorts.names)
        )

    def _cohort(
        self, name: str, chosen: Mask, likeness: NDArray[np.float64], centre: float | None
    ) -> CohortFacts:
        codes = Counter(code for code, ok in zip(self.failures, chosen.tolist(), strict=True) if ok and code)
        return CohortFacts(
            cohort=name,
            subjects=len(np.unique(self.subjects[chosen])),
            photos=int(chosen.sum()),
            quality=_mean(self.quality[chosen]),
            mated_shift=_shift(_mean(self.mated[chosen]), centre, self.mated_deviation),
            non_mated_shift=_shift(_mean(likeness[chosen]), self.scan.mean, self.scan.deviation),
            failures=dict(sorted(codes.items())),
        )


def _scanned(
    templates: TemplateSet,
    subjects: SubjectNumbers,
    usable: Mask,
    threshold: Threshold,
    attributes: Sequence[Cohorts],
) -> Scan:
    """Over the photos that have templates; places count among all photos."""
    places = np.flatnonzero(usable)
    codes = [cohorts.codes[places] for cohorts in attributes]
    found = scan_non_mated(templates, subjects[places], threshold.value, codes, threshold.measure)
    likeness = np.full((len(attributes), len(usable)), np.nan)
    likeness[:, places] = found.likeness
    matches = FalseMatches(
        first=places[found.matches.first], second=places[found.matches.second], scores=found.matches.scores
    )
    return Scan(matches=matches, likeness=likeness, mean=found.mean, deviation=found.deviation)


def _scores(
    templates: TemplateSet, usable: Mask, pairs: SamplePairs, threshold: Threshold
) -> NDArray[np.float32]:
    """Of all pairs; `FAILED` where a photo has no template."""
    scores = np.full(len(pairs), FAILED, np.float32)
    both = usable[pairs.first] & usable[pairs.second]
    row = np.cumsum(usable) - 1
    if both.any():
        kept = SamplePairs(first=row[pairs.first[both]], second=row[pairs.second[both]])
        scores[both] = score_pairs(templates, kept, threshold.measure)
    return scores


def _refused(
    photos: Sequence[tuple[str, str]],
    extraction: Extraction,
    quality: NDArray[np.float64],
    enrol_quality: float,
) -> Mask:
    """The photos that enrolment would not take."""
    refused = [photo in extraction.refused or photo not in extraction.references for _, photo in photos]
    return np.array(refused, np.bool_) | (quality < enrol_quality)


def _shares(failed: Mask, subjects: SubjectNumbers) -> Attempts:
    return Attempts(
        errors=failed.astype(np.float64), trials=np.ones(len(failed), np.float64), subjects=subjects
    )


def _qualities(made: Sequence[Template | None]) -> NDArray[np.float64]:
    found = [None if one is None else one.quality for one in made]
    return np.array([np.nan if value is None else value for value in found], np.float64)


def _means(
    pairs: SamplePairs, scores: NDArray[np.float32], compared: Mask, photos: int
) -> NDArray[np.float64]:
    places = np.concatenate([pairs.first[compared], pairs.second[compared]])
    counts = np.bincount(places, minlength=photos)
    sums = np.bincount(places, np.tile(scores[compared], 2), minlength=photos)
    return np.asarray(np.divide(sums, counts, out=np.full(photos, np.nan), where=counts > 0))


def _mean(values: NDArray[np.float64]) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def _shift(value: float | None, centre: float | None, deviation: float) -> float | None:
    if value is None or centre is None or not deviation > 0:
        return None
    return (value - centre) / deviation

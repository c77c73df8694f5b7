"""From comparisons and searches to error rates."""

from dataclasses import dataclass

import numpy as np

from visavis.application.evaluation_result import (
    DEPLOYED_FMR,
    DEPLOYED_FPIR,
    FMR_TARGETS,
    FPIR_TARGETS,
    DiscardResult,
    Evaluation,
    OpenSetResult,
    ScoreEvaluation,
)
from visavis.application.extract import Extraction
from visavis.application.labelled import Compared, Qualities
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Measure
from visavis.domain.template import ModelIdentity
from visavis.evaluation.accuracy import FoldedAccuracy
from visavis.evaluation.bootstrap import Resampling, distinct
from visavis.evaluation.comparisons import ComparisonSet
from visavis.evaluation.curves import score_histogram
from visavis.evaluation.identification import Identification
from visavis.evaluation.independent import IndependentVerification
from visavis.evaluation.open_set import Rows, SearchSet
from visavis.evaluation.quality import error_versus_discard
from visavis.evaluation.rates import RateAt
from visavis.evaluation.verification import Verification

_POINTS = 200  #: of a 1:1 curve
_SEARCH_POINTS = 60  #: of a 1:N curve
_RANKS = 20
VERIFICATION_STEPS = 3 + len(FMR_TARGETS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """An evaluation and the comparisons it rests on."""

    evaluation: Evaluation
    compared: Compared


class Steps:
    """Counts pieces of work for those who wait."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._total, self._done, self._progress = total, 0, progress

    def done(self, count: int = 1) -> None:
        self._done += count
        if self._progress:
            self._progress(min(self._done, self._total), self._total)


def judge_scores(
    comparisons: ComparisonSet,
    steps: Steps,
    *,
    subjects: int | None = None,
    threshold: float | None = None,
    resampling: Resampling,
    accuracy: RateAt | None = None,
    folded: FoldedAccuracy | None = None,
    independent: bool = False,
) -> ScoreEvaluation:
    """1:1 error rates; `threshold` is the one in use. Takes `VERIFICATION_STEPS` steps.

    Raises `ValueInvalid` without a mated or a non-mated comparison.
    """
    rates = IndependentVerification(comparisons) if independent else Verification(comparisons)
    steps.done()
    fnmr: list[RateAt] = []
    for target in FMR_TARGETS:
        if target * rates.non_mated >= 1:
            fnmr.append(rates.fnmr_at_fmr(target, resampling))
        steps.done()
    equal = rates.equal_error_rate(resampling)
    steps.done()
    deployed = None
    if threshold is not None:
        deployed = (rates.fmr_at(threshold, resampling), rates.fnmr_at(threshold, resampling))
    result = ScoreEvaluation(
        subjects=distinct(comparisons.first, comparisons.second) if subjects is None else subjects,
        mated=rates.mated,
        non_mated=rates.non_mated,
        failed=rates.failed,
        equal_error_rate=equal,
        fnmr=tuple(fnmr),
        curve=rates.curve(_POINTS),
        histogram=score_histogram(comparisons),
        accuracy=accuracy,
        folded=folded,
        deployed=deployed,
        independent=independent,
    )
    steps.done()
    return result


def judge_searches(
    found: SearchSet,
    *,
    references: int,
    rows: Rows,
    probes: int = 1,
    calibration: Calibration | None,
    resampling: Resampling,
) -> OpenSetResult:
    """1:N error rates of one design. Raises `ValueInvalid` without a mated or a non-mated search."""
    rates = Identification(found)
    deployed = None
    if calibration is not None:
        fmr = calibration.comparison_fmr(DEPLOYED_FPIR, round(found.references), round(found.gallery))
        threshold = calibration.threshold_at(fmr).value
        deployed = (
            rates.fpir_at(threshold, resampling=resampling),
            rates.fnir_at(threshold, resampling=resampling),
        )
    return OpenSetResult(
        references=references,
        rows=rows,
        probes=probes,
        subjects=found.gallery,
        searched=found.searched,
        mated=rates.mated,
        non_mated=rates.non_mated,
        failed=int(np.isneginf(found.scores).sum()),
        fnir=tuple(
            rates.fnir_at_fpir(target, resampling=resampling)
            for target in FPIR_TARGETS
            if target * rates.non_mated >= 1
        ),
        rank_1=rates.hit_rate(1, resampling=resampling),
        cmc=rates.cmc(_RANKS),
        curve=rates.curve(_SEARCH_POINTS),
        deployed=deployed,
    )


def judge_quality(
    comparisons: ComparisonSet, qualities: Qualities | None, threshold: float
) -> DiscardResult | None:
    """Error versus discard over the mated comparisons that could be made; `None` where quality is unknown."""
    if qualities is None:
        return None
    chosen = comparisons.mated & np.isfinite(comparisons.scores) & np.isfinite(qualities)
    if not chosen.any():
        return None
    curve = error_versus_discard(comparisons.scores[chosen], qualities[chosen], threshold)
    return DiscardResult(
        threshold=threshold,
        trials=int(chosen.sum()),
        curve=curve,
        area=curve.area() if curve.fnmr[0] else None,
    )


def deployed_threshold(calibration: Calibration | None) -> float | None:
    """That of 1:1 comparisons with the policy that comes with Visavis."""
    return None if calibration is None else calibration.threshold_at(DEPLOYED_FMR).value


def looked_at(result: ScoreEvaluation) -> float:
    """The threshold at which quality is judged: the one in use, or that of an FMR near 1e-3."""
    if result.deployed is not None:
        return result.deployed[0].threshold
    known = [rate for rate in result.fnmr if rate.target is not None and rate.target >= 1e-3]
    return known[-1].threshold if known else result.equal_error_rate.threshold


def of_photos(
    result: ScoreEvaluation, extraction: Extraction, model: ModelIdentity, measure: Measure
) -> Evaluation:
    """The error rates with what is known of the photos."""
    codes = list(extraction.failures.values())
    return Evaluation(
        model=model,
        measure=measure,
        photos=extraction.photos,
        failures={code: codes.count(code) for code in sorted(set(codes))},
        failure_to_acquire=extraction.failure_to_acquire,
        failure_to_enrol=extraction.failure_to_enrol,
        subjects=result.subjects,
        mated=result.mated,
        non_mated=result.non_mated,
        failed=result.failed,
        equal_error_rate=result.equal_error_rate,
        fnmr=result.fnmr,
        curve=result.curve,
        histogram=result.histogram,
        accuracy=result.accuracy,
        folded=result.folded,
        deployed=result.deployed,
        independent=result.independent,
    )

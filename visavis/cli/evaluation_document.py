"""An evaluation as a document; heavy to import, so only done when there is one."""

import math

from visavis.application.evaluate import Evaluation, OpenSetResult
from visavis.domain.pack import Pack
from visavis.evaluation.accuracy import FoldedAccuracy
from visavis.evaluation.rates import RateAt
from visavis.wire.evaluation import EvaluateDocument, FoldsNote, OpenSetNote, RateNote


def document_of(result: Evaluation, pack: Pack) -> EvaluateDocument:
    """The evaluation as a document."""
    return EvaluateDocument(
        pack=pack.name,
        model=result.model.key,
        non_commercial=pack.needs_acceptance,
        measure=result.measure,
        photos=result.photos,
        subjects=result.subjects,
        failures=result.failures,
        failure_to_acquire=result.failure_to_acquire,
        failure_to_enrol=result.failure_to_enrol,
        mated=result.mated,
        non_mated=result.non_mated,
        equal_error_rate=_rate(result.equal_error_rate),
        fnmr=[_rate(rate) for rate in result.fnmr],
        accuracy=_rate(result.accuracy) if result.accuracy else None,
        folded_accuracy=_folds(result.folded),
        deployed_fmr=_rate(result.deployed[0]) if result.deployed else None,
        deployed_fnmr=_rate(result.deployed[1]) if result.deployed else None,
        open_set=[_open_set(one) for one in result.open_set],
    )


def _folds(folded: FoldedAccuracy | None) -> FoldsNote | None:
    if folded is None:
        return None
    return FoldsNote(value=folded.value, standard_error=folded.standard_error, folds=list(folded.folds))


def _open_set(one: OpenSetResult) -> OpenSetNote:
    return OpenSetNote(
        references=one.references,
        rows=one.rows,
        subjects=one.subjects,
        searched=one.searched,
        mated=one.mated,
        non_mated=one.non_mated,
        fnir=[_rate(rate) for rate in one.fnir],
        rank_1=_rate(one.rank_1),
    )


def _rate(rate: RateAt) -> RateNote:
    return RateNote(
        target=rate.target,
        value=rate.value,
        low=rate.low,
        high=rate.high,
        threshold=rate.threshold if math.isfinite(rate.threshold) else None,
        errors=rate.errors,
        trials=rate.trials,
        supported=rate.supported,
    )

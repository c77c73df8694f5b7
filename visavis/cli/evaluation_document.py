"""Evaluations as documents; heavy to import, so only done when there is one."""

from dataclasses import dataclass

from visavis.application.evaluation_result import (
    DiscardResult,
    Evaluation,
    OpenSetResult,
    ScoreEvaluation,
)
from visavis.cli.rate_notes import rate_note
from visavis.domain.pack import Pack
from visavis.evaluation.accuracy import FoldedAccuracy
from visavis.evaluation.curves import ScoreHistogram, SearchCurve
from visavis.evaluation.verification import ErrorCurve
from visavis.wire.evaluation import (
    DiscardNote,
    ErrorCurveNote,
    EvaluateDocument,
    EvaluateScoresDocument,
    FoldsNote,
    HistogramNote,
    OpenSetNote,
    RateNote,
    SearchCurveNote,
)


def document_of(result: Evaluation, pack: Pack) -> EvaluateDocument:
    """The evaluation as a document."""
    rates = _ScoreNotes.of(result)
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
        failed=result.failed,
        equal_error_rate=rates.equal_error_rate,
        fnmr=rates.fnmr,
        accuracy=rates.accuracy,
        folded_accuracy=_folds(result.folded),
        deployed_fmr=rates.deployed_fmr,
        deployed_fnmr=rates.deployed_fnmr,
        curve=_curve(result.curve),
        histogram=_histogram(result.histogram),
        open_set=[_open_set(one) for one in result.open_set],
        policies=[_open_set(one) for one in result.policies],
        multi_probe=[_open_set(one) for one in result.multi_probe],
        discard=_discard(result.discard),
    )


def scores_document_of(result: ScoreEvaluation) -> EvaluateScoresDocument:
    """The error rates of a table of scores as a document."""
    rates = _ScoreNotes.of(result)
    return EvaluateScoresDocument(
        subjects=result.subjects,
        mated=result.mated,
        non_mated=result.non_mated,
        failed=result.failed,
        equal_error_rate=rates.equal_error_rate,
        fnmr=rates.fnmr,
        accuracy=rates.accuracy,
        deployed_fmr=rates.deployed_fmr,
        deployed_fnmr=rates.deployed_fnmr,
        curve=_curve(result.curve),
        histogram=_histogram(result.histogram),
        independent=result.independent,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScoreNotes:
    """The rates that both documents have."""

    equal_error_rate: RateNote
    fnmr: list[RateNote]
    accuracy: RateNote | None
    deployed_fmr: RateNote | None
    deployed_fnmr: RateNote | None

    @classmethod
    def of(cls, result: ScoreEvaluation) -> "_ScoreNotes":
        fmr, fnmr = result.deployed or (None, None)
        return cls(
            equal_error_rate=rate_note(result.equal_error_rate),
            fnmr=[rate_note(rate) for rate in result.fnmr],
            accuracy=rate_note(result.accuracy) if result.accuracy else None,
            deployed_fmr=rate_note(fmr) if fmr else None,
            deployed_fnmr=rate_note(fnmr) if fnmr else None,
        )


def _folds(folded: FoldedAccuracy | None) -> FoldsNote | None:
    if folded is None:
        return None
    return FoldsNote(value=folded.value, standard_error=folded.standard_error, folds=list(folded.folds))


def _curve(curve: ErrorCurve) -> ErrorCurveNote:
    return ErrorCurveNote(
        thresholds=curve.thresholds.tolist(), fmr=curve.fmr.tolist(), fnmr=curve.fnmr.tolist()
    )


def _search_curve(curve: SearchCurve) -> SearchCurveNote:
    return SearchCurveNote(
        thresholds=curve.thresholds.tolist(), fpir=curve.fpir.tolist(), fnir=curve.fnir.tolist()
    )


def _histogram(found: ScoreHistogram) -> HistogramNote:
    return HistogramNote(
        edges=found.edges.tolist(), mated=found.mated.tolist(), non_mated=found.non_mated.tolist()
    )


def _discard(found: DiscardResult | None) -> DiscardNote | None:
    if found is None:
        return None
    return DiscardNote(
        threshold=found.threshold,
        trials=found.trials,
        discarded=list(found.curve.discarded),
        fnmr=list(found.curve.fnmr),
        area=found.area,
    )


def _open_set(one: OpenSetResult) -> OpenSetNote:
    fpir, fnir = one.deployed or (None, None)
    return OpenSetNote(
        references=one.references,
        rows=one.rows,
        probes=one.probes,
        subjects=one.subjects,
        searched=one.searched,
        mated=one.mated,
        non_mated=one.non_mated,
        failed=one.failed,
        fnir=[rate_note(rate) for rate in one.fnir],
        rank_1=rate_note(one.rank_1),
        cmc=list(one.cmc),
        curve=_search_curve(one.curve),
        deployed_fpir=rate_note(fpir) if fpir else None,
        deployed_fnir=rate_note(fnir) if fnir else None,
    )

"""A comparison of models as a document; heavy to import, so only done when there is one."""

from collections import Counter
from typing import get_args

from visavis.application.compare_words import advice_on, name_of, sentence
from visavis.application.model_comparison import Amount, ComparedFigure, ModelComparison, PackRun
from visavis.domain.errors import ValueInvalid
from visavis.domain.pack import Pack
from visavis.evaluation.paired import Verdict
from visavis.wire.compare_models import (
    AmountNote,
    ComparedNote,
    ComparedPack,
    CompareModelsDocument,
    DifferenceNote,
    Outcome,
)
from visavis.wire.packs import PackUse


def document_of(result: ModelComparison, a: Pack, b: Pack) -> CompareModelsDocument:
    return CompareModelsDocument(
        a=_pack(a, result.a),
        b=_pack(b, result.b),
        measure=result.measure,
        photos=result.photos,
        subjects=result.subjects,
        mated=result.mated,
        non_mated=result.non_mated,
        verdict=_outcome(result.verdict),
        summary=sentence(result, a.name, b.name),
        figures=tuple(_figure(one) for one in result.figures),
    )


def _pack(pack: Pack, run: PackRun) -> ComparedPack:
    return ComparedPack(
        pack=PackUse.of(pack), failures=dict(sorted(Counter(run.extraction.failures.values()).items()))
    )


def _figure(one: ComparedFigure) -> ComparedNote:
    difference = one.difference
    return ComparedNote(
        figure=one.figure.value,
        name=name_of(one),
        target=one.target,
        references=one.references,
        a=_amount(one.a),
        b=_amount(one.b),
        difference=DifferenceNote(
            value=difference.value,
            low=difference.low,
            high=difference.high,
            ratio=difference.ratio,
            ratio_low=difference.ratio_low,
            ratio_high=difference.ratio_high,
            p_value=difference.p_value,
            b_better=difference.b_better,
        ),
        verdict=_outcome(difference.verdict),
        advice=advice_on(one),
    )


def _amount(one: Amount) -> AmountNote:
    return AmountNote(value=one.value, low=one.low, high=one.high, errors=one.errors, trials=one.trials)


def _outcome(verdict: Verdict) -> Outcome:
    outcome: Outcome
    for outcome in get_args(Outcome):
        if outcome == verdict.value:
            return outcome
    raise ValueInvalid(f"There is no outcome {verdict}.")

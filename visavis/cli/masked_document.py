"""An evaluation with masks as a document."""

from collections import Counter

from visavis.application.extract import Extraction
from visavis.application.masked_result import MaskedCondition, MaskedEvaluation, MaskedPoint
from visavis.cli.rate_notes import rate_note
from visavis.domain.pack import Pack
from visavis.wire.masked import ConditionNote, FactorNote, MaskedDocument, MaskedPhotosNote, MaskedPointNote


def masked_document(result: MaskedEvaluation, pack: Pack) -> MaskedDocument:
    return MaskedDocument(
        pack=pack.name,
        model=result.model.key,
        measure=result.measure,
        masks="painted" if result.painted else "real",
        subjects=result.subjects,
        unmasked=_photos(result.unmasked),
        masked=_photos(result.masked),
        conditions=[_condition(one) for one in result.conditions],
    )


def _photos(extraction: Extraction) -> MaskedPhotosNote:
    return MaskedPhotosNote(
        photos=extraction.photos,
        failure_to_acquire=extraction.failure_to_acquire,
        failures=dict(Counter(extraction.failures.values()).most_common()),
    )


def _condition(one: MaskedCondition) -> ConditionNote:
    return ConditionNote(
        condition=one.condition.value,
        mated=one.mated,
        non_mated=one.non_mated,
        failed=one.failed,
        equal_error_rate=rate_note(one.equal_error_rate),
        points=[_point(point) for point in one.points],
        deployed_fmr=rate_note(one.deployed[0]) if one.deployed else None,
        deployed_fnmr=rate_note(one.deployed[1]) if one.deployed else None,
    )


def _point(point: MaskedPoint) -> MaskedPointNote:
    factor = point.degradation
    return MaskedPointNote(
        fmr=point.target,
        kept_fmr=rate_note(point.kept[0]),
        kept_fnmr=rate_note(point.kept[1]),
        own_fnmr=rate_note(point.own),
        degradation=FactorNote(value=factor.ratio, low=factor.ratio_low, high=factor.ratio_high)
        if factor
        else None,
    )

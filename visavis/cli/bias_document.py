"""An audit of bias as a document; heavy to import, so only done when there is one."""

import json
import math
from dataclasses import dataclass
from datetime import datetime

from visavis.application.audit_bias import AttributeAudit, BiasAudit
from visavis.application.bias_findings import advice, findings, limits
from visavis.evaluation.cohort_rates import CohortRate, Estimate, RateByCohort
from visavis.evaluation.differential import Inequity, Ratio
from visavis.wire.bias import (
    BiasAttribute,
    BiasCohort,
    BiasCohortRate,
    BiasCross,
    BiasDocument,
    BiasEstimate,
    BiasFinding,
    BiasInequity,
    BiasRate,
    BiasRatio,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where and when an audit was made, and of what."""

    made_at: datetime
    software: str
    pack: str
    tenant: str | None = None
    gallery: str | None = None


def document_of(audit: BiasAudit, made: Provenance) -> BiasDocument:
    return BiasDocument(
        made_at=made.made_at,
        software=made.software,
        tenant=made.tenant,
        gallery=made.gallery,
        pack=made.pack,
        model=audit.threshold.model.key,
        measure=audit.threshold.measure.value,
        threshold=audit.threshold.value,
        fmr=audit.threshold.fmr.value,
        calibration=audit.threshold.data,
        photos=audit.photos,
        subjects=audit.subjects,
        least_subjects=audit.least_subjects,
        found=audit.found,
        worst_ratio=audit.worst_ratio,
        findings=tuple(BiasFinding(level=one.level.value, text=one.text) for one in findings(audit)),
        advice=advice(audit),
        limits=limits(audit),
        attributes=tuple(_attribute(one) for one in audit.attributes),
    )


def canonical(document: BiasDocument) -> str:
    """What is signed: compact JSON in ASCII with sorted keys, as receipts and the audit log have it."""
    content = json.loads(document.model_dump_json())
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _attribute(one: AttributeAudit) -> BiasAttribute:
    return BiasAttribute(
        attribute=one.attribute,
        per_photo=one.per_photo,
        unstated=one.unstated,
        withheld=one.withheld,
        cohorts=tuple(
            BiasCohort(
                cohort=facts.cohort,
                subjects=facts.subjects,
                photos=facts.photos,
                quality=facts.quality,
                mated_shift=facts.mated_shift,
                non_mated_shift=facts.non_mated_shift,
                failures=facts.failures,
            )
            for facts in one.facts
        ),
        rates=tuple(_rate(rate) for rate in one.rates),
        cross_fmr=tuple(
            BiasCross(one=cross.one, other=cross.other, fmr=_estimate(cross.estimate)) for cross in one.cross
        ),
        garbe=one.garbe,
        inequity_rate=one.inequity_rate,
        stricter_fmr=one.stricter_fmr,
    )


def _rate(rate: RateByCohort) -> BiasRate:
    return BiasRate(
        rate=rate.rate.value,
        overall=_estimate(rate.overall),
        best=rate.best,
        tested=rate.tested,
        needed_subjects=rate.needed_subjects,
        cohorts=tuple(_cohort(one) for one in rate.cohorts),
        inequity=_inequity(rate.inequity),
    )


def _cohort(one: CohortRate) -> BiasCohortRate:
    return BiasCohortRate(
        cohort=one.cohort,
        estimate=_estimate(one.estimate),
        compared=one.compared,
        to_best=_ratio(one.to_best),
        to_overall=_ratio(one.to_overall),
        to_others=_ratio(one.to_others),
        chance=one.chance,
        found=one.found,
    )


def _estimate(one: Estimate) -> BiasEstimate:
    return BiasEstimate(
        value=_known(one.value),
        low=one.low,
        high=one.high,
        errors=one.errors,
        trials=one.trials,
        subjects=one.subjects,
        supported=one.supported,
    )


def _ratio(one: Ratio | None) -> BiasRatio | None:
    return None if one is None else BiasRatio(value=_known(one.value), low=one.low, high=one.high)


def _inequity(one: Inequity | None) -> BiasInequity | None:
    if one is None:
        return None
    return BiasInequity(max_min=_known(one.max_min), max_mean=_known(one.max_mean), gini=one.gini)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""What an audit of bias found, in everyday words; what to do about it; and what it cannot tell."""

import math
from collections.abc import Iterator

from visavis.application.audit_bias import LEAST_SHOWN, AttributeAudit, BiasAudit
from visavis.application.bias_material import CohortFacts
from visavis.application.ports.reports import Finding, Level
from visavis.evaluation.cohort_rates import CohortRate, ErrorRate, Estimate, RateByCohort
from visavis.evaluation.differential import Ratio

HINT = 0.05  #: a difference is mentioned as a possible one below this chance of an accident
NAMES = {
    ErrorRate.FTE: "photos refused at enrolment (FTE)",
    ErrorRate.FTA: "photos without a template (FTA)",
    ErrorRate.FNMR: "failed attempts of the right person (FNMR)",
    ErrorRate.FMR: "matches of strangers (FMR)",
}
_OUTCOMES = (ErrorRate.FNMR, ErrorRate.FMR)
_WIDE = 5.0  #: a ratio up to which an audit without a finding is good news
_POORER = 5.0  #: points of quality that are worth a remark
_SHIFT = 0.15  #: standard deviations of scores that are worth a remark


def findings(audit: BiasAudit) -> tuple[Finding, ...]:
    """The bad news first; everything that page one needs."""
    told = [finding for one in audit.attributes for finding in _of_attribute(one, audit.least_subjects)]
    order = (Level.BAD, Level.WATCH, Level.GOOD, Level.NOTE)
    return tuple(sorted(told, key=lambda finding: order.index(finding.level)))


def advice(audit: BiasAudit) -> tuple[str, ...]:
    """What to do about what was found, without repetition."""
    told = [
        text
        for one in audit.attributes
        for rate in one.rates
        for cohort in rate.found
        for text in _advice(one, rate, cohort)
    ]
    return tuple(dict.fromkeys(told))


def limits(audit: BiasAudit) -> tuple[str, ...]:
    """What the audit cannot tell."""
    texts = [
        "These rates hold for these photos, this model and this threshold. Audit again after a change of any.",
        "A difference says that a cohort is served worse, not why: cohorts may differ in cameras, light or age of "
        "the photos. --intersections looks at two attributes at once.",
        "No finding is no proof of equality: each interval says how large a difference may have gone unnoticed.",
        "Cohorts are those that the table tells. Nothing was inferred from a face.",
    ]
    unstated = [f"{one.attribute}: {one.unstated:,}" for one in audit.attributes if one.unstated]
    if unstated:
        texts.append(f"Photos about which the table says nothing are left out ({', '.join(unstated)}).")
    withheld = [f"{one.attribute}: {one.withheld:,}" for one in audit.attributes if one.withheld]
    if withheld:
        texts.append(
            f"Cohorts of fewer than {LEAST_SHOWN} subjects are left out, because their rates would tell of single "
            f"people ({', '.join(withheld)})."
        )
    if audit.threshold.fmr.extrapolated:
        texts.append(
            "The threshold lies beyond the data of its calibration: its false-match rate is extrapolated."
        )
    return tuple(texts)


def times(ratio: Ratio) -> str:
    """`4.2 times (95 %: 2.1–8.0)`, or what is known where the other cohort has no error at all."""
    if math.isnan(ratio.value):
        return f"at least {ratio.low:.1f} times"
    return f"{ratio.value:.1f} times (95 %: {ratio.low:.1f}–{ratio.high:.1f})"


def share_in_words(rate: ErrorRate, value: float) -> str:
    """`3.2 %`, or `1 in 4,200` for false matches."""
    if math.isnan(value):
        return "–"
    if rate is not ErrorRate.FMR:
        return f"{100 * value:.2f} %" if value < 0.1 else f"{100 * value:.1f} %"
    return "none" if value == 0 else f"1 in {1 / value:,.0f}"


def interval_in_words(rate: ErrorRate, estimate: Estimate) -> str:
    """Both bounds, the better one first."""
    return f"{share_in_words(rate, estimate.low)} – {share_in_words(rate, estimate.high)}"


def _of_attribute(one: AttributeAudit, least: int) -> Iterator[Finding]:
    for rate in one.rates:
        for cohort in rate.found:
            yield Finding(level=Level.BAD, text=_worse(one, rate, cohort))
        for cohort in rate.cohorts:
            if not cohort.found and cohort.chance is not None and cohort.chance <= HINT:
                yield Finding(level=Level.NOTE, text=_hint(one, rate, cohort))
    yield from _small(one, least)
    if any(rate.tested for rate in one.rates) and not any(rate.found for rate in one.rates):
        yield _nothing(one)
    untested = [rate for rate in one.rates if not rate.tested and rate.overall.errors]
    if untested:
        yield Finding(level=Level.NOTE, text=_untested(one, untested))


def _worse(one: AttributeAudit, rate: RateByCohort, cohort: CohortRate) -> str:
    if cohort.to_others is None:
        return ""
    said = _SAID[rate.rate].format(cohort=_named(one, cohort.cohort), times=times(cohort.to_others))
    value = share_in_words(rate.rate, cohort.estimate.value)
    return f"{said}: {value}. {_by_accident(cohort)}{_against_best(rate, cohort)}{_why(one, rate, cohort)}"


def _against_best(rate: RateByCohort, cohort: CohortRate) -> str:
    """An aside: which cohort is the best was seen afterwards, so that the ratio to it comes out too large."""
    best = next((other for other in rate.cohorts if other.cohort == rate.best), None)
    if best is None or cohort.to_best is None:
        return ""
    said = f" {best.cohort} fares best with {share_in_words(rate.rate, best.estimate.value)}"
    if sum(other.compared for other in rate.cohorts) > 2 and not math.isnan(cohort.to_best.value):
        said += f" ({cohort.to_best.value:.1f} times, which flatters the best)"
    return f"{said}."


_SAID = {
    ErrorRate.FTE: "Photos of {cohort} are refused at enrolment {times} as often as those of all others",
    ErrorRate.FTA: "Photos of {cohort} yield no template {times} as often as those of all others",
    ErrorRate.FNMR: "People of {cohort} must try again {times} as often as all others",
    ErrorRate.FMR: "Strangers within {cohort} are taken for one another {times} as often as within the others",
}


def _by_accident(cohort: CohortRate) -> str:
    """The chance of such data without a difference; that of a difference, given the data, nobody knows."""
    chance = cohort.chance or 0.0
    said = "fewer than 1 in 1,000" if chance < 0.001 else f"{100 * chance:.1f} %"
    return (
        f"If cohorts did not differ, chance alone would show a difference like this in {said} of such audits."
    )


def _why(one: AttributeAudit, rate: RateByCohort, cohort: CohortRate) -> str:
    facts, others = _facts(one, cohort.cohort)
    shift, poorer = facts.non_mated_shift, _poorer(facts, others)
    if rate.rate is ErrorRate.FMR and shift is not None and shift > _SHIFT:
        return f" To this model they look more alike than others ({shift:+.1f} standard deviations).{poorer}"
    if rate.rate in (ErrorRate.FTA, ErrorRate.FTE) and facts.failures:
        code, count = max(facts.failures.items(), key=lambda item: item[1])
        return f" Most frequent reason: {code.replace('_', ' ')} ({count:,})."
    if poorer:
        return poorer
    if rate.rate is ErrorRate.FNMR and facts.mated_shift is not None and facts.mated_shift < -_SHIFT:
        return (
            f" Their own photos score {-facts.mated_shift:.1f} standard deviations lower than those of all."
        )
    return ""


def _advice(one: AttributeAudit, rate: RateByCohort, cohort: CohortRate) -> Iterator[str]:
    name = _named(one, cohort.cohort)
    if rate.rate in (ErrorRate.FTE, ErrorRate.FTA) or _poorer(*_facts(one, cohort.cohort)):
        yield f"Look at how {name} is photographed: light on the face, distance, focus and exposure come first."
    if rate.rate is ErrorRate.FMR:
        if one.stricter_fmr is not None:
            yield (
                f"A target of --fmr {one.stricter_fmr:.1g} brings the FMR within {name} down to what was meant for "
                "all; look at what that does to FNMR first (this command with --fmr)."
            )
        yield "Calibrate on people like those who are in the gallery, and let a person look at close calls."
    if rate.rate is ErrorRate.FNMR:
        yield f"Enrol several references for {name}, taken as the probes are: one unlucky photo then decides less."
        yield "Offer another way at once to whoever is not recognised, and audit another model pack (--pack)."


def _hint(one: AttributeAudit, rate: RateByCohort, cohort: CohortRate) -> str:
    ratio = f" {times(cohort.to_others)} those of the others" if cohort.to_others else " higher"
    return (
        f"Not a finding: {NAMES[rate.rate]} of {_named(one, cohort.cohort)} are{ratio}, but chance alone would show "
        f"this in {100 * (cohort.chance or 0):.0f} % of such audits. More people would tell."
    )


def _nothing(one: AttributeAudit) -> Finding:
    """Good news only if a large difference would have been seen."""
    said = f"{one.attribute}: no cohort stands out more than chance explains."
    worst = [
        (cohort.to_others.high, cohort.cohort, rate)
        for rate in one.rates
        for cohort in rate.cohorts
        if rate.tested and rate.rate in _OUTCOMES and cohort.to_others is not None
    ]
    if not worst:
        return Finding(level=Level.NOTE, text=said)
    high, cohort, rate = max(worst, key=lambda item: item[0])
    said += f" Up to {high:.1f} times the {rate.rate.upper()} of the others cannot be ruled out ({cohort})."
    if high <= _WIDE:
        return Finding(level=Level.GOOD, text=said)
    needed = (
        f": about {rate.needed_subjects:,} subjects in it would show a doubling"
        if rate.needed_subjects
        else ""
    )
    return Finding(level=Level.WATCH, text=f"{said} More people would tell{needed}.")


def _small(one: AttributeAudit, least: int) -> Iterator[Finding]:
    fnmr = one.rate(ErrorRate.FNMR)
    small = [cohort for cohort in fnmr.cohorts if not cohort.compared]
    if not small:
        return
    names = ", ".join(f"{cohort.cohort} ({cohort.estimate.subjects})" for cohort in small[:8])
    more = f" and {len(small) - 8} more" if len(small) > 8 else ""
    needed = fnmr.needed_subjects
    text = f"{one.attribute}: nothing can be said about {names}{more}: fewer than {least} subjects with two photos."
    if needed:
        text += (
            f" About {max(needed, least):,} in each cohort would show whether FNMR is twice the overall one."
        )
    yield Finding(level=Level.WATCH, text=text)


def _untested(one: AttributeAudit, rates: list[RateByCohort]) -> str:
    named = ", ".join(f"{rate.rate.upper()} ({rate.overall.errors:,} errors)" for rate in rates)
    needed = [rate.needed_subjects for rate in rates if rate.needed_subjects]
    size = f" A doubling would show from about {max(needed):,} subjects in a cohort on." if needed else ""
    return f"{one.attribute}: too few errors, or too few people, to compare {named}.{size}"


def _facts(one: AttributeAudit, cohort: str) -> tuple[CohortFacts, list[CohortFacts]]:
    return (
        next(facts for facts in one.facts if facts.cohort == cohort),
        [facts for facts in one.facts if facts.cohort != cohort],
    )


def _quality_gap(facts: CohortFacts, others: list[CohortFacts]) -> float | None:
    """Points by which the photos of all others are better, on average."""
    known = [(other.quality, other.photos) for other in others if other.quality is not None]
    photos = sum(count for _, count in known)
    if facts.quality is None or not photos:
        return None
    return sum(quality * count for quality, count in known) / photos - facts.quality


def _poorer(facts: CohortFacts, others: list[CohortFacts]) -> str:
    gap = _quality_gap(facts, others)
    if gap is None or gap <= _POORER:
        return ""
    return f" Their photos are of poorer quality, by {gap:.0f} of 100 points."


def _named(one: AttributeAudit, cohort: str) -> str:
    return f"{one.attribute} {cohort}"

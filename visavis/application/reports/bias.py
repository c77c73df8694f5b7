"""The page of an audit of bias."""

import math
from collections.abc import Sequence

from visavis.application.audit_bias import AttributeAudit, BiasAudit
from visavis.application.bias_findings import (
    NAMES,
    advice,
    findings,
    interval_in_words,
    limits,
    share_in_words,
    times,
)
from visavis.application.ports.reports import (
    Axis,
    Finding,
    Level,
    Look,
    Mark,
    Plot,
    Report,
    Section,
    Series,
    Table,
)
from visavis.evaluation.cohort_rates import CohortRate, ErrorRate, RateByCohort


def bias_report(
    audit: BiasAudit, *, pack: str, gallery: str | None = None, data: str = "", footer: str = ""
) -> Report:
    """`data` is the document; `footer` says whether and how it was signed."""
    told, found = advice(audit), findings(audit)
    what = f"Gallery {gallery}, model pack {pack}" if gallery else f"Model pack {pack}"
    sections = [_attribute(one) for one in audit.attributes]
    if told:
        sections.insert(0, Section(heading="What to do", text=told))
    return Report(
        title="Does it serve everybody alike?",
        subtitle=f"{what}, at a false-match rate of {audit.threshold.fmr.value:.1g}",
        findings=(_headline(audit, found), *found),
        facts=_facts(audit),
        sections=(*sections, _methods(audit), Section(heading="What this cannot tell", text=limits(audit))),
        data=data,
        footer=footer,
    )


def _headline(audit: BiasAudit, told: Sequence[Finding]) -> Finding:
    """Good news only if nothing is left to watch: a cohort that could not be judged may be served worse."""
    if audit.found:
        many = "difference" if audit.found == 1 else "differences"
        return Finding(
            level=Level.BAD, text=f"{audit.found} {many} between cohorts found that chance does not explain."
        )
    if any(rate.tested for one in audit.attributes for rate in one.rates):
        said = "No cohort was found to be served worse than chance explains"
        if any(one.level is Level.WATCH for one in told):
            return Finding(
                level=Level.WATCH, text=f"{said}, but there is too little data to be sure for all."
            )
        return Finding(level=Level.GOOD, text=f"{said}.")
    return Finding(
        level=Level.WATCH, text="There is too little data to find out whether a cohort is served worse."
    )


def _facts(audit: BiasAudit) -> tuple[tuple[str, str], ...]:
    return (
        ("photos", f"{audit.photos:,} of {audit.subjects:,} subjects"),
        ("attributes", ", ".join(one.attribute for one in audit.attributes)),
        ("cohorts", f"{audit.cohorts:,}"),
        ("threshold", f"{audit.threshold.value:.4f} ({audit.threshold.measure})"),
        ("false-match rate meant", f"{audit.threshold.fmr.value:.1g}"),
        ("calibrated on", audit.threshold.data),
    )


def _attribute(one: AttributeAudit) -> Section:
    shown = [
        rate for rate in one.rates if rate.overall.errors or rate.rate in (ErrorRate.FNMR, ErrorRate.FMR)
    ]
    clean = [NAMES[rate.rate] for rate in one.rates if rate not in shown]
    text = [f"Not a single case: {', '.join(clean)}."] if clean else []
    summary = _summary(one)
    if summary:
        text.append(summary)
    return Section(
        heading=(one.attribute[:1].upper() + one.attribute[1:]).replace("_", " "),
        text=tuple(text),
        plots=tuple(_plot(one, rate) for rate in shown),
        tables=(
            *(_rates(rate) for rate in shown),
            *([_cross(one)] if one.cross else []),
            _explanations(one),
        ),
    )


def _summary(one: AttributeAudit) -> str:
    parts = []
    if one.garbe is not None:
        parts.append(f"GARBE {one.garbe:.2f} (0: all alike)")
    if one.inequity_rate is not None:
        parts.append(f"inequity rate {one.inequity_rate:.2f} (1: all alike)")
    parts += [
        f"max-min ratio of {rate.rate.upper()} {rate.inequity.max_min:.1f}"
        for rate in one.rates
        if rate.inequity is not None and math.isfinite(rate.inequity.max_min)
    ]
    return f"Summaries: {', '.join(parts)}." if parts else ""


def _plot(one: AttributeAudit, rate: RateByCohort) -> Plot:
    known = [cohort for cohort in rate.cohorts if not math.isnan(cohort.estimate.value)]
    series = Series(
        label=rate.rate.upper(),
        x=tuple(float(place) for place in range(len(known))),
        y=tuple(cohort.estimate.value for cohort in known),
        low=tuple(cohort.estimate.low for cohort in known),
        high=tuple(cohort.estimate.high for cohort in known),
        names=tuple(cohort.cohort for cohort in known),
        look=Look.BARS,
    )
    overall = rate.overall.value
    return Plot(
        title=f"{rate.rate.upper()} by {one.attribute}",
        caption=f"Share of {NAMES[rate.rate]} with 95 % intervals over subjects; lower is better.",
        x=Axis(label=one.attribute),
        y=Axis(label=rate.rate.upper(), low=0.0, percent=True),
        series=(series,),
        marks=() if math.isnan(overall) else (Mark(label="all", y=overall),),
    )


def _rates(rate: RateByCohort) -> Table:
    return Table(
        title=NAMES[rate.rate][:1].upper() + NAMES[rate.rate][1:],
        columns=(
            "cohort",
            "rate",
            "95 % interval",
            "errors of",
            "subjects",
            "times the others",
            "times the best",
            "by accident",
            "",
        ),
        rows=tuple(_rate_row(rate, cohort) for cohort in rate.cohorts),
        caption=_caption(rate),
    )


def _rate_row(rate: RateByCohort, cohort: CohortRate) -> Sequence[str]:
    measured = cohort.estimate
    return (
        cohort.cohort,
        share_in_words(rate.rate, measured.value),
        interval_in_words(rate.rate, measured),
        f"{measured.errors:,} of {measured.trials:,}",
        f"{measured.subjects:,}",
        "–" if cohort.to_others is None else times(cohort.to_others),
        "–" if cohort.to_best is None or cohort.cohort == rate.best else times(cohort.to_best),
        "–" if cohort.chance is None else f"{100 * cohort.chance:.1f} %",
        "too few subjects" if not cohort.compared else "found" if cohort.found else "",
    )


def _caption(rate: RateByCohort) -> str:
    said = f"All together: {share_in_words(rate.rate, rate.overall.value)}."
    if rate.needed_subjects:
        said += f" Twice that would show in a cohort of about {rate.needed_subjects:,} subjects."
    if not rate.tested:
        said += " Too few errors or people: differences were not tested."
    return said


def _cross(one: AttributeAudit) -> Table:
    names = [facts.cohort for facts in one.facts]
    cells = {(cross.one, cross.other): cross.estimate for cross in one.cross}
    rows = [
        (
            name,
            *(
                share_in_words(ErrorRate.FMR, (cells.get((name, other)) or cells[other, name]).value)
                for other in names
            ),
        )
        for name in names
    ]
    return Table(
        title="FMR within and between cohorts",
        columns=("", *names),
        rows=tuple(rows),
        caption="How often strangers of the cohort of the row match strangers of that of the column.",
    )


def _explanations(one: AttributeAudit) -> Table:
    return Table(
        title="What may explain it",
        columns=(
            "cohort",
            "subjects",
            "photos",
            "quality",
            "own photos score",
            "strangers score",
            "no template",
        ),
        rows=tuple(
            (
                facts.cohort,
                f"{facts.subjects:,}",
                f"{facts.photos:,}",
                "–" if facts.quality is None else f"{facts.quality:.0f}",
                _shift(facts.mated_shift),
                _shift(facts.non_mated_shift),
                ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in facts.failures.items())
                or "–",
            )
            for facts in one.facts
        ),
        caption="Scores against those of all, in standard deviations. Quality: mean, 0 to 100.",
    )


def _shift(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def _methods(audit: BiasAudit) -> Section:
    return Section(
        heading="How it was computed",
        text=(
            "Terms of ISO/IEC 19795-1 and 19795-10 (differential performance). FNMR is the mean over attempts: each "
            "photo that has another one of its subject, compared with all of these; photos without a template count "
            "as failed. FMR of a cohort is that of strangers within it.",
            "Intervals: 95 %, by drawing subjects with replacement. Ratios: the same draws, half an error added to "
            "both sides.",
            f"Chances: cohorts are dealt out anew among the subjects {audit.permutations:,} times; the chance is the "
            "share of these in which any cohort of any attribute and rate stands out from all others as far "
            "(single-step max T, Westfall and Young). A difference is a finding below 1 %, if its interval agrees.",
            f"A cohort is compared from {audit.least_subjects} subjects on. GARBE: Howard et al., 2022. Inequity rate "
            "and max-min ratio: NIST IR 8429, 2022.",
        ),
    )

"""The report of an evaluation: how often is it wrong?"""

from dataclasses import dataclass

from visavis.application.evaluation_result import DEPLOYED_FMR, DiscardResult, Evaluation, ScoreEvaluation
from visavis.application.ports.reports import Axis, Finding, Level, Look, Mark, Plot, Report, Section, Series
from visavis.application.reports.findings import photo_findings, score_findings, search_findings
from visavis.application.reports.searches import search_sections
from visavis.application.reports.verification import verification_section
from visavis.application.reports.words import counted, percent

_METHOD = (
    "Terms and counting follow ISO/IEC 19795-1. A mated comparison or search of which a photo gave no template "
    "counts as an error at every threshold; a non-mated one is left out, because counting it would flatter the rate.",
    "Intervals hold the true rate in 95 of 100 such studies. They come from drawing the people again, 1,000 times, "
    "with all that belongs to them (Bolle, Ratha and Pankanti 2004; Owen and Eckles 2012), because comparisons that "
    "show one person stand or fall together. Where no error was seen, the rule of three bounds the rate.",
    "A rate set by a target, such as FNMR at FMR 0.001, has its threshold set anew in every draw. Data are called "
    "enough where 30 errors were seen (rule of 30, Doddington).",
)
_METHOD_1N = (
    "Galleries are drawn five times; FPIR and FNIR are those of NIST FRTE 1:N with rank 1, and hold for galleries of "
    "this size and kind. Several templates of one person are fused as the product fuses them: mean direction, mean "
    "weight."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What was evaluated: the name of the pack, whether its weights are restricted, and what the data are called."""

    pack: str
    non_commercial: bool
    data: str
    software: str = ""


def evaluation_report(result: Evaluation, about: Evaluated, *, data: str = "") -> Report:
    """The report on a pack; `data` is the JSON document that travels inside the page."""
    findings = [*score_findings(result, DEPLOYED_FMR), *search_findings(result), *photo_findings(result)]
    if about.non_commercial:
        text = f"The weights of {about.pack} are for non-commercial use only."
        findings.append(Finding(level=Level.WATCH, text=text))
    return Report(
        title=f"How often is {about.pack} wrong?",
        subtitle=f"{counted(result.photos, 'photo')} of {result.subjects:,} people: {about.data}",
        findings=findings,
        facts=_facts(result, about),
        sections=[
            verification_section(result),
            *search_sections(result),
            *([_quality(result.discard)] if result.discard else []),
            Section(
                heading="How this was measured", text=_METHOD + ((_METHOD_1N,) if result.open_set else ())
            ),
        ],
        data=data,
        footer=about.software,
    )


def scores_report(result: ScoreEvaluation, *, table: str, software: str = "", data: str = "") -> Report:
    """The report on a table of scores of any system."""
    return Report(
        title="How often is it wrong?",
        subtitle=f"{result.mated + result.non_mated:,} scores: {table}",
        findings=score_findings(result, None),
        facts=_rates(result),
        sections=[
            verification_section(result),
            Section(heading="How this was measured", text=_METHOD),
        ],
        data=data,
        footer=software,
    )


def _facts(result: Evaluation, about: Evaluated) -> list[tuple[str, str]]:
    named = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in result.failures.items())
    facts = [
        ("model pack", f"{about.pack} ({result.model})"),
        ("photos without a template", percent(result.failure_to_acquire) + (f" ({named})" if named else "")),
        ("photos that enrolment would refuse", percent(result.failure_to_enrol)),
        *_rates(result),
    ]
    if result.folded:
        folded = result.folded
        facts.append(("accuracy by folds", f"{folded.value:.2%} ± {folded.standard_error:.2%}"))
    elif result.accuracy:
        facts.append(("accuracy, at best", percent(result.accuracy.value)))
    if result.discard and result.discard.area is not None:
        facts.append(("error versus discard, area", f"{result.discard.area:.2f} (1 would be useless)"))
    return facts


def _rates(result: ScoreEvaluation) -> list[tuple[str, str]]:
    rates = [
        ("comparisons", f"{result.mated:,} mated, {result.non_mated:,} non-mated"),
        ("equal error rate", percent(result.equal_error_rate.value)),
    ]
    rates += [(f"FNMR at FMR {rate.target:g}", percent(rate.value)) for rate in result.fnmr if rate.supported]
    if result.deployed:
        rates.append(("threshold in use", f"{result.deployed[0].threshold:.4f}"))
    return rates


def _quality(found: DiscardResult) -> Section:
    plot = Plot(
        title="Error versus discard (EDC)",
        caption="False non-matches that are left when the comparisons of the lowest quality are set aside: the faster "
        "the line falls, the better quality predicts errors.",
        x=Axis(label="comparisons set aside", percent=True),
        y=Axis(label="false non-match rate (FNMR)", low=0.0, percent=True),
        series=(Series(label="FNMR", x=found.curve.discarded, y=found.curve.fnmr, look=Look.STEPS),),
        marks=(Mark(label="without discard", y=found.curve.fnmr[0]),),
    )
    area = (
        "No comparison failed, so there is nothing that quality could have predicted."
        if found.area is None
        else f"Area up to 20 % discarded, relative to none: {found.area:.2f}; 1 would be useless, less is better."
    )
    text = (
        f"The quality of a comparison is the lower one of its two templates; {found.trials:,} mated comparisons at the "
        f"threshold {found.threshold:.4f}.",
        area,
    )
    return Section(heading="Does quality predict errors?", text=text, plots=(plot,))

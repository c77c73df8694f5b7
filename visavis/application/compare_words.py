"""What a comparison of models says, in sentences."""

import math

from visavis.application.model_comparison import ComparedFigure, Figure, ModelComparison
from visavis.evaluation.paired import LEAST_SUBJECTS, Verdict
from visavis.evaluation.rates import RULE_OF_30

_NAMES = {
    Figure.FTA: "failure to acquire",
    Figure.FTE: "failure to enrol",
    Figure.EER: "equal error rate",
    Figure.FNMR: "FNMR",
    Figure.FNIR: "FNIR",
    Figure.SPEED: "time per photo, ms",
    Figure.SIZE: "template, bytes",
}
VERDICTS = {
    Verdict.BETTER: "better",
    Verdict.WORSE: "worse",
    Verdict.MIXED: "better in some, worse in others",
    Verdict.NO_DIFFERENCE: "no difference shown",
    Verdict.NOT_ENOUGH: "not enough data",
}


def name_of(one: ComparedFigure) -> str:
    """`FNMR at FMR 0.001`."""
    if one.figure is Figure.FNMR:
        return f"FNMR at FMR {one.target:g}"
    if one.figure is Figure.FNIR:
        return f"FNIR at FPIR {one.target:g}, {one.references} reference{'s' * (one.references != 1)}"
    return _NAMES[one.figure]


def advice_on(one: ComparedFigure) -> str:
    """What would be enough, where the data are not; empty where they are."""
    verdict = one.difference.verdict
    if verdict is Verdict.NOT_ENOUGH:
        return _enough(one)
    needed = one.difference.subjects_needed
    if verdict is Verdict.NO_DIFFERENCE and needed is not None:
        return f"A difference of this size would show with about {_round(needed):,} people."
    return ""


def sentence(comparison: ModelComparison, a: str, b: str) -> str:
    """The verdict about the error rates."""
    figures = [one for one in comparison.figures if one.figure not in {Figure.SPEED, Figure.SIZE}]
    shown = [name_of(one) for one in figures if one.difference.verdict in {Verdict.BETTER, Verdict.WORSE}]
    match comparison.verdict:
        case Verdict.BETTER | Verdict.WORSE:
            return f"{b} is {comparison.verdict.value} than {a}: {', '.join(shown)}."
        case Verdict.MIXED:
            return f"{b} is better than {a} in some error rates and worse in others."
        case Verdict.NO_DIFFERENCE:
            return f"No difference between {a} and {b} was shown. That is not the same as equal: see the intervals."
        case _:
            return f"There is not enough data to tell {a} and {b} apart."


def _enough(one: ComparedFigure) -> str:
    if not one.supported and one.figure is Figure.FNMR and one.target:
        pairs = RULE_OF_30 / one.target
        return (
            f"Enough: {pairs:,.0f} non-mated comparisons, as {math.ceil(math.sqrt(2 * pairs)):,} people give."
        )
    if not one.supported and one.target:
        return f"Enough: {RULE_OF_30 / one.target:,.0f} people of whom there is one photo, who play the strangers."
    photos = 1 + (one.references or 1) if one.figure not in {Figure.FTA, Figure.FTE} else 1
    return f"Enough: {LEAST_SUBJECTS} people with {photos} photo{'s' * (photos > 1)} or more; here are {one.subjects}."


def _round(count: int) -> int:
    """To two digits: it is an estimate."""
    unit = int(10 ** max(len(str(count)) - 2, 0))
    return math.ceil(count / unit) * unit

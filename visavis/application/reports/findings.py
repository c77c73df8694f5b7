"""What an evaluation says in everyday words: the first page of its report."""

from collections.abc import Sequence

from visavis.application.evaluation_result import (
    DEPLOYED_FPIR,
    DiscardResult,
    Evaluation,
    OpenSetResult,
    ScoreEvaluation,
)
from visavis.application.ports.reports import Finding, Level
from visavis.application.reports.searches import at_fpir
from visavis.application.reports.words import bounds, counted, interval, one_in, percent, whole_percent
from visavis.evaluation.rates import RULE_OF_30, RateAt, wilson_interval

_EASY, _TIRESOME = 0.03, 0.10  #: shares of right people turned away that are hardly noticed, and that annoy
_CLEAR = 0.75  #: a rate that falls below this share of another is worth a sentence
_DISCARD = 0.1  #: share of the worst comparisons whose absence is told


def score_findings(result: ScoreEvaluation, promised: float | None) -> list[Finding]:
    """About comparisons; `promised` is the FMR that the threshold in use is meant to keep, if it is known."""
    if result.deployed is None:
        return [_without_threshold(result), *_independent(result)]
    fmr, fnmr = result.deployed
    return [
        _strangers(fmr, promised),
        _again(fnmr),
        _enough(fmr, fnmr, promised, None if result.independent else result.subjects),
        *_independent(result),
    ]


def search_findings(result: Evaluation) -> list[Finding]:
    """About searches, ways to enrol and fused probes."""
    found: list[Finding] = []
    if result.open_set:
        found += _searches(result.open_set[-1])
    return [*found, *_better_policy(result.policies), *_better_probe(result.multi_probe)]


def photo_findings(result: Evaluation) -> list[Finding]:
    """About photos that gave no template, and what quality is worth."""
    found: list[Finding] = []
    if failed := sum(result.failures.values()):
        text = (
            f"{counted(failed, 'photo')} of {result.photos:,} ({percent(result.failure_to_acquire)}) gave no template, "
            "and count as errors wherever the right person should have been recognised."
        )
        level = Level.NOTE if result.failure_to_acquire < _EASY else Level.WATCH
        found.append(Finding(level=level, text=text))
    return found + (_quality(result.discard) if result.discard else [])


def _strangers(fmr: RateAt, promised: float | None) -> Finding:
    text = (
        f"Of comparisons of two different people, {one_in(fmr.value)} is taken for a match ({bounds(fmr)})."
    )
    if fmr.errors == 0:
        text = f"Not one of {fmr.trials:,} comparisons of different people was taken for a match ({bounds(fmr)})."
    if promised is None:
        return Finding(level=Level.NOTE, text=text)
    text += f" Promised is {one_in(promised)}"
    if fmr.low > promised:
        return Finding(
            level=Level.BAD, text=f"{text}: on these photos that is not kept. Calibrate on your own."
        )
    return Finding(level=Level.GOOD, text=f"{text}: these photos do not speak against it.")


def _again(fnmr: RateAt) -> Finding:
    text = (
        f"The right person is turned away in {percent(fnmr.value)} of comparisons ({interval(fnmr)}), "
        f"about {one_in(fnmr.value)}, and must try again or be helped."
    )
    if fnmr.errors == 0:
        text = f"Not one of {fnmr.trials:,} comparisons of two photos of one person failed ({bounds(fnmr)})."
    return Finding(level=_bother(fnmr), text=text)


def _enough(fmr: RateAt, fnmr: RateAt, promised: float | None, subjects: int | None) -> Finding:
    """`subjects`: `None` where nobody wrote them down."""
    if fmr.supported and fnmr.supported:
        seen = f"{fmr.errors:,} false matches and {fnmr.errors:,} false non-matches"
        text = f"The data are enough to say both: {seen} were seen."
        return Finding(level=Level.GOOD, text=text)
    lacking = [
        counted(rate.errors, name, f"{name}es")
        for rate, name in ((fmr, "false match"), (fnmr, "false non-match"))
        if not rate.supported
    ]
    data = "The data" if subjects is None else f"The data of {subjects:,} people"
    text = f"{data} are not enough to be sure: only {' and '.join(lacking)}"
    text += f" where {RULE_OF_30} are needed for a reliable rate; trust the intervals, not the values."
    if promised is not None and not fmr.supported and fmr.trials * promised < RULE_OF_30:
        text += f" A rate of {one_in(promised)} needs {RULE_OF_30 / promised:,.0f} non-mated comparisons."
    return Finding(level=Level.WATCH, text=text)


def _without_threshold(result: ScoreEvaluation) -> Finding:
    equal = result.equal_error_rate
    text = f"Set so that both errors are equally frequent, {percent(equal.value)} ({interval(equal)}) of decisions err."
    return Finding(level=Level.NOTE, text=text)


def _independent(result: ScoreEvaluation) -> list[Finding]:
    if not result.independent:
        return []
    text = (
        "The table names no subjects, so comparisons were taken as independent: the true uncertainty is larger than "
        "these intervals say."
    )
    return [Finding(level=Level.WATCH, text=text)]


def _searches(one: OpenSetResult) -> list[Finding]:
    if one.deployed is None:
        return []
    fpir, fnir = one.deployed
    where = f"Searching among {one.subjects:,.0f} people with {counted(one.references, 'photo')} each"
    strangers = (
        f"{where}, {percent(fpir.value)} of strangers are taken for somebody ({interval(fpir)}; promised: "
        f"{percent(DEPLOYED_FPIR)})."
    )
    if fpir.low > DEPLOYED_FPIR:
        level = Level.BAD
    elif fpir.supported:
        level = Level.GOOD
    else:
        level = Level.NOTE
        strangers += f" Only {counted(fpir.errors, 'such search', 'such searches')} of {fpir.trials:,}: too few to say."
    missed = f"{where}, {percent(fnir.value)} of searches do not find the right person ({interval(fnir)})."
    return [Finding(level=level, text=strangers), Finding(level=_bother(fnir), text=missed)]


def _bother(rate: RateAt) -> Level:
    """How much it matters that so many right people are turned away."""
    return Level.GOOD if rate.value <= _EASY else Level.WATCH if rate.value <= _TIRESOME else Level.BAD


def _better_policy(found: Sequence[OpenSetResult]) -> list[Finding]:
    best = _clearly_better(found)
    if best is None:
        return []
    one, words = best
    return [
        Finding(level=Level.NOTE, text=f"Enrolling {one.references} photos instead of one helps: {words}")
    ]


def _better_probe(found: Sequence[OpenSetResult]) -> list[Finding]:
    best = _clearly_better(found)
    if best is None:
        return []
    one, words = best
    text = f"Searching with {one.probes} photos of a person instead of one helps: {words}"
    return [Finding(level=Level.NOTE, text=text)]


def _clearly_better(found: Sequence[OpenSetResult]) -> tuple[OpenSetResult, str] | None:
    """The first is the simplest; the best of the others if it is clearly better, more than by chance, and how much."""
    known = [(one, rate) for one in found if (rate := at_fpir(one)) is not None]
    if len(known) < 2:
        return None
    simple, (best, rate) = known[0][1], min(known[1:], key=lambda pair: pair[1].value)
    if rate.value > _CLEAR * simple.value or rate.high >= simple.value:
        return None
    words = (
        f"{percent(rate.value)} of searches miss the right person, not {percent(simple.value)}, where "
        f"{whole_percent(rate.target or 0.0)} of strangers are taken for somebody."
    )
    return best, words


def _quality(found: DiscardResult) -> list[Finding]:
    place = min(range(len(found.curve.discarded)), key=lambda n: abs(found.curve.discarded[n] - _DISCARD))
    before, after = found.curve.fnmr[0], found.curve.fnmr[place]
    left = round(found.trials * (1.0 - found.curve.discarded[place]))
    if not before or after > _CLEAR * before or wilson_interval(round(after * left), left)[1] >= before:
        return []
    text = (
        f"Better photos help: without the {whole_percent(found.curve.discarded[place])} of comparisons of the lowest "
        f"quality, {percent(after)} of right people are turned away instead of {percent(before)}."
    )
    return [Finding(level=Level.NOTE, text=text)]

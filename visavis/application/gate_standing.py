"""How a candidate stands against the pack in force, on the same data."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.compare_words import name_of
from visavis.application.model_comparison import Figure, ModelComparison
from visavis.domain.card import CardRate, EvaluationCard, KeptCard, RateKind
from visavis.domain.gate import Criterion, Gate, limit_name
from visavis.evaluation.paired import Verdict

_NAMED = 3  #: figures in one line
_COMPARED = frozenset({RateKind.EER, RateKind.FNMR, RateKind.FNIR})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rival:
    """The pack in force, its cards, and the comparison of the candidate (B) with it (A), if there was one."""

    pack: str
    cards: tuple[KeptCard, ...] = ()
    comparison: ModelComparison | None = None


def standing(card: EvaluationCard, rival: Rival, gate: Gate) -> Criterion:
    """Not worse by the cards on the same data, where there are any, nor by the comparison, where there is one.

    A comparison has to rest on as much data as the gate asks of a card: with little data nothing is ever worse.
    """
    same = next((one.card for one in rival.cards if one.card.data_digest == card.data_digest), None)
    worse = _worse(card, same) if same is not None else []
    if worse:
        return _criterion(rival, passed=False, found=f"by the cards, {_some(worse)}")
    if rival.comparison is not None:
        return _paired(rival, rival.comparison, gate)
    if same is None:
        return _criterion(
            rival,
            passed=False,
            found=f'never compared on "{card.data}"',
            advice=f"Give the photos with --data DIR, or evaluate {rival.pack} on them, too.",
        )
    found = "not worse by the intervals of both cards, which see less than --data DIR would"
    return _criterion(rival, passed=True, found=found)


def _paired(rival: Rival, comparison: ModelComparison, gate: Gate) -> Criterion:
    """Worse in one rate, all of them asked at once, is worse."""
    if comparison.verdict in {Verdict.WORSE, Verdict.MIXED}:
        return _criterion(rival, passed=False, found=_some(_shown(comparison)))
    few = (
        comparison.subjects < gate.least_subjects
        or comparison.mated < gate.least_mated
        or comparison.non_mated < gate.least_non_mated
    )
    if few or comparison.verdict is Verdict.NOT_ENOUGH:
        counts = (
            f"{comparison.subjects:,} people, {comparison.mated:,} mated and {comparison.non_mated:,} "
            "non-mated comparisons"
        )
        return _criterion(
            rival,
            passed=False,
            found=f"not enough data to tell: {counts}",
            advice="Compare them on more photos (--data DIR): as many as the gate asks of a card.",
        )
    return _criterion(rival, passed=True, found=comparison.verdict.value.replace("_", " "))


def _shown(comparison: ModelComparison) -> list[str]:
    return [
        f"{name_of(one)} {one.b.value:.2%} against {one.a.value:.2%} (p {one.difference.p_value or 0:.3f})"
        for one in comparison.figures
        if one.figure not in {Figure.SPEED, Figure.SIZE} and one.difference.verdict is Verdict.WORSE
    ]


def _worse(card: EvaluationCard, theirs: EvaluationCard) -> list[str]:
    """Rates whose whole interval lies above that of the other card."""
    found = []
    for rate in card.rates:
        other = theirs.rate(rate.kind, rate.target, rate.references)
        reached = rate.kind is RateKind.EER or (rate.supported and other is not None and other.supported)
        if other is not None and reached and rate.kind in _COMPARED and rate.low > other.high:
            found.append(f"{_name(rate)} {interval_text(rate)} against {interval_text(other)}")
    return found


def _name(rate: CardRate) -> str:
    if rate.kind is RateKind.EER or rate.target is None:
        return "equal error rate"
    return limit_name(rate.kind, rate.target, rate.references)


def _some(parts: Sequence[str]) -> str:
    rest = len(parts) - _NAMED
    return "; ".join(parts[:_NAMED]) + (f"; and {rest} more" if rest > 0 else "")


def _criterion(rival: Rival, *, passed: bool, found: str, advice: str = "") -> Criterion:
    return Criterion(
        code="worse_than_promoted",
        name=f"against {rival.pack}, the pack in force",
        passed=passed,
        found=found,
        wanted="not worse",
        advice=advice,
    )


def interval_text(rate: CardRate) -> str:
    """`0.59% (0.29% to 1.01%)`."""
    return f"{rate.value:.2%} ({rate.low:.2%} to {rate.high:.2%})"

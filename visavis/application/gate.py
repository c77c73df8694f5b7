"""Whether a model pack may become the default: criterion by criterion, with figures."""

from dataclasses import dataclass

from visavis.application.gate_standing import Rival, interval_text, standing
from visavis.domain.card import EvaluationCard, KeptCard, RateKind
from visavis.domain.errors import CalibrationMissing
from visavis.domain.gate import Against, Bound, Criterion, Gate, RateLimit, Searches
from visavis.domain.pack import Pack
from visavis.domain.promotion import ComparedBy


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A pack with all that a gate asks about.

    `cards` are the newest first; `unaccepted` is the licence that was not accepted, `unverified` names files that are
    missing or not what the catalogue names. `rival` is `None` for the pack that is in force itself.
    """

    pack: Pack
    cards: tuple[KeptCard, ...]
    unaccepted: str
    unverified: tuple[str, ...]
    rival: Rival | None

    @property
    def card(self) -> KeptCard | None:
        """The newest card that was measured with the weights of now."""
        return next((kept for kept in self.cards if kept.card.is_of(self.pack)), None)


def judge(candidate: Candidate, gate: Gate) -> tuple[Criterion, ...]:
    """Everything that the gate asks, in the order in which a person would mend it."""
    kept = candidate.card
    found = [_licence(candidate), _weights(candidate), _card(candidate)]
    if kept is not None:
        card = kept.card
        found += [_calibration(candidate.pack, card), *_data(card, gate), _fta(card, gate)]
        found += [_limit(card, limit, gate) for limit in gate.limits]
        if candidate.rival is not None and gate.against is Against.NOT_WORSE:
            found.append(standing(card, candidate.rival, gate))
    return tuple(found)


def compared_by(candidate: Candidate, gate: Gate) -> ComparedBy:
    if candidate.rival is None or gate.against is Against.ANYTHING:
        return ComparedBy.NOTHING
    return ComparedBy.PAIRED if candidate.rival.comparison is not None else ComparedBy.CARDS


def _licence(candidate: Candidate) -> Criterion:
    return Criterion(
        code="licence",
        name="licence accepted",
        passed=not candidate.unaccepted,
        found=candidate.unaccepted or "accepted, or free",
        wanted="accepted",
        advice=f"Run: visavis models accept {candidate.pack.name}.",
    )


def _weights(candidate: Candidate) -> Criterion:
    return Criterion(
        code="weights",
        name="weights verified",
        passed=not candidate.unverified,
        found=", ".join(candidate.unverified) or "intact",
        wanted="intact",
        advice=f"Run: visavis models pull {candidate.pack.name}.",
    )


def _card(candidate: Candidate) -> Criterion:
    name = candidate.pack.name
    stale = "of other weights only" if candidate.cards else "none"
    kept = candidate.card
    return Criterion(
        code="card",
        name="evaluation card",
        passed=kept is not None,
        found=kept.digest[:12] if kept else stale,
        wanted="one of these weights",
        advice=f'Run: visavis models evaluate {name} DIR --data "…".',
    )


def _calibration(pack: Pack, card: EvaluationCard) -> Criterion:
    try:
        found = pack.calibration(card.measure).data
    except CalibrationMissing:
        found = ""
    return Criterion(
        code="calibration",
        name=f"calibration of {card.measure} scores",
        passed=bool(found),
        found=found or "none",
        wanted="one",
        advice=f'Run: visavis models calibrate {pack.name} DIR --data "…".',
    )


def _data(card: EvaluationCard, gate: Gate) -> list[Criterion]:
    asked = (
        ("subjects", card.subjects, gate.least_subjects, "people"),
        ("mated", card.mated, gate.least_mated, "mated comparisons"),
        ("non_mated", card.non_mated, gate.least_non_mated, "non-mated comparisons"),
    )
    return [
        Criterion(
            code=f"data_{code}",
            name=f"{words} of the card",
            passed=found >= least,
            found=f"{found:,}",
            wanted=f"{least:,} or more",
            advice=f'Evaluate it on more photos than "{card.data}".',
        )
        for code, found, least, words in asked
    ]


def _fta(card: EvaluationCard, gate: Gate) -> Criterion:
    return Criterion(
        code="failure_to_acquire",
        name="failure to acquire",
        passed=card.failure_to_acquire <= gate.most_fta,
        found=f"{card.failure_to_acquire:.2%}",
        wanted=f"at most {gate.most_fta:.2%}",
    )


def _limit(card: EvaluationCard, limit: RateLimit, gate: Gate) -> Criterion:
    rate = card.rate(limit.kind, limit.target, limit.references)
    wanted = f"{'upper end' if gate.bound is Bound.HIGH else 'value'} at most {limit.most:.2%}"
    if rate is None or not rate.supported:
        lenient = limit.kind is RateKind.FNIR and gate.searches is Searches.IF_MEASURED
        return Criterion(
            code=limit.code,
            name=limit.name,
            passed=lenient,
            found="too little data to measure it",
            wanted=wanted,
            advice=_more_data(limit),
        )
    value = rate.high if gate.bound is Bound.HIGH else rate.value
    return Criterion(
        code=limit.code, name=limit.name, passed=value <= limit.most, found=interval_text(rate), wanted=wanted
    )


def _more_data(limit: RateLimit) -> str:
    needed = 30 / limit.target
    if limit.kind is RateKind.FNIR:
        return f"Evaluate it on data with {needed:,.0f} people of whom there is one photo."
    return f"Evaluate it on data with {needed:,.0f} non-mated comparisons."

"""The gate: who passes, who does not, and with which figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.unit.application.cards import RATES, card, kept, rate
from tests.unit.wire import values
from visavis.adapters.memory.model_registry import MemoryPromotionLog
from visavis.adapters.onnx.gates import read_gate
from visavis.application.extract import Extraction
from visavis.application.gate import Candidate, judge
from visavis.application.gate_standing import Rival
from visavis.application.model_comparison import (
    Amount,
    ComparedFigure,
    Figure,
    ModelComparison,
    PackRun,
)
from visavis.application.promote import Promote, RollBack
from visavis.domain.card import EvaluationCard, RateKind
from visavis.domain.decision import Measure
from visavis.domain.errors import GateFailed, ValueInvalid
from visavis.domain.gate import Against, Bound, Gate, Searches
from visavis.domain.promotion import ComparedBy
from visavis.evaluation.paired import Difference, Verdict
from visavis.evaluation.verification import ErrorCurve

PACK = values.pack()
GATE = read_gate()


def candidate(one: EvaluationCard | None = None, **changes: object) -> Candidate:
    made = Candidate(pack=PACK, cards=(kept(one or card()),), unaccepted="", unverified=(), rival=None)
    return replace(made, **changes)  # type: ignore[arg-type]


def failed(one: Candidate, gate: Gate = GATE) -> list[str]:
    return [criterion.code for criterion in judge(one, gate) if not criterion.passed]


def with_rate(kind: RateKind, value: float, target: float, **more: object) -> EvaluationCard:
    changed = rate(kind, value, target, **more)  # type: ignore[arg-type]
    return card(rates=tuple(changed if (one.kind, one.target) == (kind, target) else one for one in RATES))


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (candidate(), []),
        (candidate(cards=()), ["card"]),
        (candidate(card(weights=())), ["card"]),  # of other weights
        (candidate(unaccepted="Research"), ["licence"]),
        (candidate(unverified=("embedder damaged",)), ["weights"]),
        (candidate(pack=values.pack(calibrations=())), ["calibration"]),
        (candidate(card(subjects=99)), ["data_subjects"]),
        (candidate(card(subjects=100)), []),
        (candidate(card(mated=299)), ["data_mated"]),
        (candidate(card(non_mated=299_999)), ["data_non_mated"]),
        (candidate(card(failure_to_acquire=0.051)), ["failure_to_acquire"]),
        (candidate(with_rate(RateKind.FNMR, 0.0279, 1e-3)), []),
        (candidate(with_rate(RateKind.FNMR, 0.0281, 1e-3)), ["fnmr_at_0.001"]),  # 3.01 % at its upper end
        (candidate(with_rate(RateKind.FNMR, 0.001, 1e-3, supported=False)), ["fnmr_at_0.001"]),
        (candidate(with_rate(RateKind.FNMR, 0.07, 1e-4)), ["fnmr_at_0.0001"]),
        (candidate(with_rate(RateKind.FNIR, 0.07, 0.1, references=1)), ["fnir_at_0.1"]),
        (candidate(with_rate(RateKind.FNIR, 0.07, 0.1, references=1, supported=False)), []),
        (candidate(card(rates=RATES[:3])), []),
        (candidate(card(rates=RATES[:2])), ["fnmr_at_0.0001"]),
    ],
)
def test_criteria(one: Candidate, codes: list[str]) -> None:
    assert failed(one) == codes


def test_a_gate_may_look_at_values_and_may_require_searches() -> None:
    near = candidate(with_rate(RateKind.FNMR, 0.0299, 1e-3))
    assert failed(near) == ["fnmr_at_0.001"]
    assert failed(near, replace(GATE, bound=Bound.VALUE)) == []
    strict = replace(GATE, searches=Searches.REQUIRED)
    assert failed(candidate(card(rates=RATES[:3])), strict) == ["fnir_at_0.1"]


def test_the_newest_card_of_these_weights_counts() -> None:
    bad, good = card(subjects=5), card()
    old = kept(card(weights=()), "e" * 64)
    assert failed(candidate(cards=(old, kept(good), kept(bad)))) == []
    assert failed(candidate(cards=(old, kept(bad), kept(good)))) == ["data_subjects"]


def rival_card(one: EvaluationCard) -> Rival:
    return Rival(pack="other", cards=(kept(one),))


@pytest.mark.parametrize(
    ("rival", "codes"),
    [
        (rival_card(card()), []),
        (Rival(pack="other"), ["worse_than_promoted"]),
        (rival_card(card(data_digest="e" * 64)), ["worse_than_promoted"]),  # never compared
        (rival_card(card(rates=(rate(RateKind.FNMR, 0.0021, 1e-3, spread=0.001),))), ["worse_than_promoted"]),
        (rival_card(card(rates=(rate(RateKind.FNMR, 0.003, 1e-3),))), []),  # the intervals touch
        (rival_card(card(rates=(rate(RateKind.FNMR, 0.0001, 1e-3, spread=0.0, supported=False),))), []),
    ],
)
def test_against_the_card_of_the_pack_in_force(rival: Rival, codes: list[str]) -> None:
    assert failed(candidate(rival=rival)) == codes
    assert failed(candidate(rival=rival), replace(GATE, against=Against.ANYTHING)) == []


def comparison(verdict: Verdict) -> ModelComparison:
    amount = Amount(value=0.02, low=0.01, high=0.03)
    difference = Difference(
        value=0.01,
        low=0.005,
        high=0.02,
        ratio=2.0,
        ratio_low=1.5,
        ratio_high=3.0,
        p_value=0.002,
        b_better=0.0,
        verdict=verdict,
    )
    run = PackRun(model=values.MODEL, extraction=Extraction(references={}, probes={}, failures={}))
    curve = ErrorCurve(thresholds=np.zeros(1), fmr=np.zeros(1), fnmr=np.zeros(1))
    figure = ComparedFigure(figure=Figure.FNMR, target=1e-3, a=amount, b=amount, difference=difference)
    return ModelComparison(
        a=run,
        b=run,
        measure=Measure.COSINE,
        photos=2000,
        subjects=500,
        mated=4000,
        non_mated=400_000,
        figures=(figure,),
        verdict=verdict,
        curves=(curve, curve),
    )


@pytest.mark.parametrize(
    ("verdict", "passes"),
    [
        (Verdict.BETTER, True),
        (Verdict.NO_DIFFERENCE, True),
        (Verdict.WORSE, False),
        (Verdict.MIXED, False),
        (Verdict.NOT_ENOUGH, False),
    ],
)
def test_against_the_pack_in_force_on_the_same_photos(verdict: Verdict, passes: bool) -> None:
    rival = Rival(pack="other", comparison=comparison(verdict))  # without cards on the same data
    assert (failed(candidate(rival=rival)) == []) is passes


def test_a_comparison_does_not_hide_what_the_cards_show() -> None:
    worse = rival_card(card(rates=(rate(RateKind.FNMR, 0.0, 1e-3, spread=0.0),)))
    rival = replace(worse, comparison=comparison(Verdict.NO_DIFFERENCE))
    assert failed(candidate(rival=rival)) == ["worse_than_promoted"]


@pytest.mark.parametrize("few", [{"subjects": 99}, {"mated": 299}, {"non_mated": 299_999}])
def test_a_comparison_on_too_little_data_proves_nothing(few: dict[str, int]) -> None:
    small = replace(comparison(Verdict.NO_DIFFERENCE), **few)  # type: ignore[arg-type]
    assert failed(candidate(rival=replace(rival_card(card()), comparison=small))) == ["worse_than_promoted"]
    worse = replace(comparison(Verdict.WORSE), **few)  # type: ignore[arg-type]
    (found,) = [
        one for one in judge(candidate(rival=Rival(pack="other", comparison=worse)), GATE) if not one.passed
    ]
    assert found.found == "FNMR at FMR 0.001 2.00% against 2.00% (p 0.002)"


class Clock:
    """A day later at every look."""

    def __init__(self) -> None:
        self.days = 0

    def now(self) -> datetime:
        self.days += 1
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=self.days)


def test_a_refusal_names_every_criterion_with_figures_and_changes_nothing() -> None:
    log = MemoryPromotionLog()
    poor = candidate(card(subjects=8, mated=10), unaccepted="Research")
    with pytest.raises(GateFailed) as caught:
        Promote(log=log, clock=Clock())(poor, GATE)
    error = caught.value
    assert error.code == "gate_failed"
    assert error.reasons == ("licence", "data_subjects", "data_mated")
    assert "3 of 11 criteria" in error.message
    assert "people of the card: 8; wanted: 100 or more" in error.message
    assert "visavis models accept standard" in error.advice
    assert log.read().entries == ()


def test_promoting_and_going_back() -> None:
    log, clock = MemoryPromotionLog(), Clock()
    promote, back = Promote(log=log, clock=clock), RollBack(log=log, clock=clock)

    def promoted(name: str) -> str | None:
        pack = replace(PACK, name=name)
        promote(candidate(pack=pack, cards=(kept(card(pack)),)), GATE)
        return in_force()

    def in_force() -> str | None:
        entry = log.read().in_force
        return entry.pack if entry else None

    assert promoted("one") == "one"
    assert promoted("two") == "two"
    assert promoted("two") == "two"  # again: going back still leaves it
    assert back().pack == "one"
    assert in_force() == "one"
    assert promoted("three") == "three"
    assert (back().pack, back().pack) == ("one", None)
    assert in_force() is None
    with pytest.raises(ValueInvalid, match="nothing to go back to"):
        back()
    first = log.read().entries[0]
    assert (first.card, first.gate, first.compared_by) == ("c" * 64, GATE.digest, ComparedBy.NOTHING)
    assert len(log.read().entries) == 7

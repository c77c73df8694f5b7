"""Evaluation cards for tests."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.unit.wire import values
from visavis.domain.card import CardRate, EvaluationCard, KeptCard, RateKind, Weights
from visavis.domain.decision import Measure
from visavis.domain.pack import Pack

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def rate(
    kind: RateKind,
    value: float,
    target: float | None = None,
    *,
    spread: float = 0.002,
    supported: bool = True,
    references: int | None = None,
) -> CardRate:
    return CardRate(
        kind=kind,
        value=value,
        low=max(value - spread, 0.0),
        high=value + spread,
        errors=40,
        trials=4000,
        supported=supported,
        target=target,
        threshold=0.4,
        references=references,
        gallery=None if references is None else 100.0,
    )


RATES = (
    rate(RateKind.EER, 0.003),
    rate(RateKind.FNMR, 0.006, 1e-3),
    rate(RateKind.FNMR, 0.02, 1e-4),
    rate(RateKind.FNIR, 0.017, 0.1, references=1),
)


def card(pack: Pack | None = None, **changes: object) -> EvaluationCard:
    pack = pack or values.pack()
    made = EvaluationCard(
        pack=pack.name,
        model=pack.embedder.model,
        weights=Weights.of(pack),
        commercial=True,
        measure=Measure.COSINE,
        data="staff photos",
        data_digest="d" * 64,
        photos=2000,
        subjects=500,
        failures={"no_face": 2, "too_dark": 1},
        failure_to_acquire=0.0015,
        failure_to_enrol=0.004,
        mated=4000,
        non_mated=400_000,
        rates=RATES,
        calibration="some photos",
        thresholds={"0.001": 0.34, "0.0001": 0.42},
        software={"visavis": "0.1.0"},
        at=AT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def kept(one: EvaluationCard, digest: str = "c" * 64) -> KeptCard:
    return KeptCard(card=one, digest=digest, shipped=False)

"""The statistics of drift against other ways to compute them, and the rule over windows."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from visavis.domain.drift import SCALES, Scale, Signal, SignalState, Sketch
from visavis.evaluation.drift import (
    RULE,
    Rule,
    Turn,
    advanced,
    binomial_tail,
    distance,
    judged,
    ks_probability,
    proportion_probability,
    stability_index,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SMALL = Rule(reference=300, window=50)


def sketch(values: np.ndarray, signal: Signal = Signal.BRIGHTNESS) -> Sketch:
    return Sketch.of(signal, values.tolist())


def normal(seed: int, count: int, mean: float = 120.0, spread: float = 25.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, spread, count)


def run(
    state: SignalState, values: np.ndarray, rule: Rule = SMALL
) -> tuple[SignalState, list[tuple[int, Turn]]]:
    turns = []
    for number, value in enumerate(values.tolist()):
        state, turn = advanced(state, value, rule, NOW)
        if turn is not None:
            turns.append((number, turn))
    return state, turns


def test_bins_hold_what_lies_between_their_edges() -> None:
    scale = SCALES[Signal.EYE_DISTANCE]
    for value in (8.1, 44.0, 300.0, 1000.0):
        place = scale.place(value)
        assert scale.edges[place] <= value < scale.edges[place + 1]
    assert (scale.place(1.0), scale.place(1e6)) == (0, scale.bins - 1)
    assert Scale(low=0, high=10, bins=10).mean(Sketch(counts=(0, 0, 4) + (0,) * 7)) == pytest.approx(2.5)
    assert scale.mean(Sketch.empty(Signal.EYE_DISTANCE)) is None


def test_the_distance_is_that_of_the_values_up_to_the_bins() -> None:
    one, other = normal(1, 1000), normal(2, 150, mean=130)
    grid = np.sort(np.concatenate([one, other]))
    exact = np.abs(
        np.searchsorted(np.sort(one), grid, "right") / 1000
        - np.searchsorted(np.sort(other), grid, "right") / 150
    ).max()
    found = distance(sketch(one), sketch(other))
    assert found <= exact
    assert found == pytest.approx(exact, abs=0.05)


def test_the_probability_of_a_distance() -> None:
    """Known quantiles of Kolmogorov's distribution: λ = 1.358 has 5 %, 1.628 has 1 %; small samples are corrected."""
    m = n = 10**6
    for scaled, p_value in ((1.358, 0.05), (1.628, 0.01), (1.949, 0.001)):
        assert ks_probability(scaled * math.sqrt(2 / n), m, n) == pytest.approx(p_value, rel=0.02)
    assert ks_probability(0.0, 100, 100) == 1.0
    assert ks_probability(1.0, 1000, 150) < 1e-30


def test_chance_alone_stays_within_the_significance() -> None:
    below = [
        ks_probability(distance(sketch(normal(2 * n, 1000)), sketch(normal(2 * n + 1, 150))), 1000, 150)
        < 0.05
        for n in range(200)
    ]
    assert 0 < np.mean(below) < 0.06


def test_the_stability_index_is_zero_on_average_without_drift_and_large_with_one() -> None:
    calm = [stability_index(sketch(normal(2 * n, 1000)), sketch(normal(2 * n + 1, 150))) for n in range(200)]
    assert abs(float(np.mean(calm))) < 0.01
    assert max(calm) < 0.15
    assert stability_index(sketch(normal(1, 1000)), sketch(normal(2, 150, mean=145))) > 0.5


def test_constant_values_do_not_drift_and_leaving_the_constant_does() -> None:
    same = sketch(np.full(1000, 120.0))
    assert abs(stability_index(same, sketch(np.full(150, 120.0)))) < 0.01
    assert stability_index(same, sketch(np.full(150, 60.0))) > 1.0


def test_shares_and_tails_agree_with_the_exact_binomial() -> None:
    assert binomial_tail(0, 10, 0.3) == pytest.approx(1.0)
    assert binomial_tail(10, 10, 0.5) == pytest.approx(2**-10)
    exact = sum(math.comb(150, k) * 0.05**k * 0.95 ** (150 - k) for k in range(20, 151))
    assert binomial_tail(20, 150, 0.05) == pytest.approx(exact, rel=1e-9)
    assert proportion_probability(20, 1000, 3, 150) > 0.5
    assert proportion_probability(20, 1000, 30, 150) < 1e-6


def test_an_alarm_needs_two_windows_and_ends_after_two_others() -> None:
    state, turns = run(SignalState.new(Signal.BRIGHTNESS), normal(1, 300))
    assert (state.reference.total, state.window.total, turns) == (300, 0, [])
    state, turns = run(state, normal(2, 50, mean=60))
    assert (state.drifted, turns) == (1, [])
    state, turns = run(state, normal(3, 100))
    assert (state.drifted, turns) == (0, []), "one window may be an accident"
    state, turns = run(state, normal(4, 120, mean=60))
    assert turns == [(99, Turn.RAISED)]
    assert state.finding is not None
    assert not state.finding.rising
    assert state.finding.mean == pytest.approx(60, abs=8)
    state, turns = run(state, normal(5, 200))
    assert [turn for _, turn in turns] == [Turn.CLEARED]
    assert state.alarm_since is None


def test_a_reference_that_is_still_learnt_takes_more() -> None:
    state = SignalState.new(Signal.BRIGHTNESS)
    for value in normal(1, 400):
        state, _ = advanced(state, float(value), SMALL, NOW, learning=True)
    assert (state.reference.total, state.window.total) == (400, 0)


def test_a_few_more_refusals_are_chance_and_many_are_not() -> None:
    chance = np.random.default_rng(7)
    reference = sketch((chance.random(1000) < 0.03).astype(float), Signal.REJECTED)
    for share, drifted in ((0.05, False), (0.25, True)):
        window = sketch((np.arange(150) < 150 * share).astype(float), Signal.REJECTED)
        assert judged(Signal.REJECTED, reference, window, RULE, NOW).drifted is drifted


@pytest.mark.parametrize(("factor", "drifted"), [(0.5, False), (1.0, False), (1.3, False), (3.0, True)])
def test_the_calibration_is_left_only_upwards(factor: float, drifted: bool) -> None:
    """With `factor` times as many false matches as stated, 1 - FPIR is the largest of so many uniform numbers, so that
    the share below 2/3 of the body is (2/3)^factor."""
    places = np.random.default_rng(3).random(4000) ** (1 / factor)
    body = places[places <= SCALES[Signal.CALIBRATION].high]
    found = [
        judged(
            Signal.CALIBRATION,
            Sketch.empty(Signal.CALIBRATION),
            sketch(part, Signal.CALIBRATION),
            RULE,
            NOW,
        )
        for part in np.array_split(body, len(body) // 150)
    ]
    assert np.mean([one.drifted for one in found]) == pytest.approx(float(drifted), abs=0.05)
    share = float(np.mean([one.mean for one in found]))
    assert math.log(1 - share) / math.log(2 / 3) == pytest.approx(factor, rel=0.15)


def test_five_thousand_values_of_twelve_signals_raise_no_alarm() -> None:
    for seed in range(4):
        _, turns = run(SignalState.new(Signal.BRIGHTNESS), normal(seed, 6000), RULE)
        assert turns == []


@pytest.mark.parametrize("repeats", [3, 5])
def test_captures_that_come_in_groups_raise_the_bar_and_not_the_alarm(repeats: int) -> None:
    """The same person several times in a row: windows differ more, and the reference knows by how much."""
    found = []
    for seed in range(4):
        grouped = np.repeat(normal(seed, 6000 // repeats), repeats)
        state, turns = run(SignalState.new(Signal.BRIGHTNESS), grouped[:1000], RULE)
        usual, (state, turns) = state.usual, run(state, grouped[1000:], RULE)
        found.append((usual, bool(turns)))
        _, drifted = run(state, np.repeat(normal(100 + seed, 300, mean=60), repeats)[:450], RULE)
        assert [turn for _, turn in drifted] == [Turn.RAISED]
    assert np.mean([usual for usual, _ in found]) > 0.1
    assert sum(raised for _, raised in found) <= 1

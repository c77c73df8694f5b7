"""Does what a camera sends today differ from what it sent before: two statistics, and a rule over windows.

The population stability index says how much two distributions differ, the Kolmogorov-Smirnov test how surely they
do. A window counts as drifted if both say so, and an alarm needs several such windows in a row: without that, twelve
signals of a hundred cameras would raise false alarms every day. What the rule misses and how soon it finds a drift
was measured; see docs/why/drift.md.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from visavis.domain.drift import SCALES, Finding, Signal, SignalState, Sketch

Counts = NDArray[np.float64]

_UPPER: Final = 1.0 / 3.0
"""Of the best scores of strangers in the body of their distribution, the share in its upper third."""
_TOO_MANY: Final = 0.5
"""From this share on it is called a drift: 1.7 times as many false matches as stated."""
_GROUPS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a drift is called one.

    `reference` values make the reference, `window` values are compared with it at a time. A window is drifted if
    chance gives such a difference with a probability of `significance` at most, and if the population stability
    index exceeds what chance gives by `effect` (0.1 is usually called moderate, 0.25 large), and is at least `factor`
    times what parts of the reference differ by among each other: captures that follow each other are alike, and more so
    at one camera than at another. `consecutive` drifted windows raise an alarm, as many others clear it.
    """

    reference: int = 1000
    window: int = 150
    significance: float = 1e-4
    effect: float = 0.1
    factor: float = 2.0
    consecutive: int = 2


RULE: Final = Rule()


class Turn(StrEnum):
    """What a full window changed."""

    RAISED = "raised"
    CLEARED = "cleared"


def stability_index(reference: Sketch, window: Sketch, *, groups: int = _GROUPS) -> float:
    """Population stability index, sum of (q - p) ln(q / p) over groups of nearly equal weight in the reference, minus
    its mean where nothing has changed: (groups - 1)(1/n + 1/m) (Yurdakul and Naranjo, Statistical Properties of the
    Population Stability Index, Journal of Risk Model Validation 14(4), 2020). Half a value is added to each group, so
    that empty ones stay finite. About 0 without drift, may be slightly negative."""
    before, after = _grouped(reference, window, groups)
    m, n = float(before.sum()), float(after.sum())
    p = (before + 0.5) / (m + 0.5 * len(before))
    q = (after + 0.5) / (n + 0.5 * len(after))
    chance = (len(before) - 1) * (1.0 / n + 1.0 / m)
    return float(np.sum((q - p) * np.log(q / p))) - chance


def distance(reference: Sketch, window: Sketch) -> float:
    """The two-sample Kolmogorov-Smirnov statistic at the bins' edges, 0..1: at most that of the values themselves."""
    before, after = _array(reference), _array(window)
    return float(np.abs(before.cumsum() / before.sum() - after.cumsum() / after.sum()).max())


def ks_probability(statistic: float, m: int, n: int) -> float:
    """The chance of a statistic as large without drift: Kolmogorov's series 2 Σ (-1)^(k-1) exp(-2 k² λ²) with
    λ = D (√e + 0.12 + 0.11/√e), e = mn/(m+n) (Stephens, JRSS B 32, 1970). Bins only make it err towards silence."""
    root = math.sqrt(m * n / (m + n))
    scaled = statistic * (root + 0.12 + 0.11 / root)
    if scaled < 0.2:
        return 1.0
    terms = [(-1.0) ** (k - 1) * math.exp(-2.0 * k * k * scaled * scaled) for k in range(1, 101)]
    return min(max(2.0 * sum(terms), 0.0), 1.0)


def proportion_probability(before: float, m: int, after: float, n: int) -> float:
    """Two-sided chance of such a difference of two shares: the z test with the pooled share. `before` and `after` are
    counts; one is added to either side of each, which keeps small counts honest (Agresti and Caffo, 2000)."""
    first, second = (before + 1.0) / (m + 2.0), (after + 1.0) / (n + 2.0)
    pooled = (before + after + 2.0) / (m + n + 4.0)
    deviation = math.sqrt(pooled * (1.0 - pooled) * (1.0 / (m + 2.0) + 1.0 / (n + 2.0)))
    return math.erfc(abs(first - second) / deviation / math.sqrt(2.0))


def binomial_tail(successes: int, trials: int, share: float) -> float:
    """The chance of at least so many successes."""
    logs = [
        math.lgamma(trials + 1)
        - math.lgamma(k + 1)
        - math.lgamma(trials - k + 1)
        + k * math.log(share)
        + (trials - k) * math.log1p(-share)
        for k in range(successes, trials + 1)
    ]
    return min(math.fsum(math.exp(one) for one in logs), 1.0)


def judged(
    signal: Signal, reference: Sketch, window: Sketch, rule: Rule, at: datetime, *, usual: float = 0.0
) -> Finding:
    """A full window against the reference, whose parts have an index of up to `usual` among each other; of
    `Signal.CALIBRATION` against the calibration, which needs no reference."""
    if signal is Signal.CALIBRATION:
        return _against_calibration(window, rule, at)
    statistic, psi = distance(reference, window), stability_index(reference, window)
    m, n = reference.total, window.total
    if signal is Signal.REJECTED:
        p_value = proportion_probability(reference.counts[1], m, window.counts[1], n)
    else:
        p_value = ks_probability(statistic, m, n)
    return Finding(
        at=at,
        values=n,
        psi=psi,
        distance=statistic,
        p_value=p_value,
        reference_mean=_mean(signal, reference),
        mean=_mean(signal, window),
        drifted=p_value <= rule.significance and psi >= max(rule.effect, rule.factor * usual),
    )


def advanced(
    state: SignalState, value: float, rule: Rule, at: datetime, *, learning: bool = False
) -> tuple[SignalState, Turn | None]:
    """The state after one more value, and what changed by it. While it is `learning`, more than the rule asks for may
    come into the reference."""
    place = SCALES[state.signal].place(value)
    short = learning or state.reference.total < rule.reference
    if short and state.signal is not Signal.CALIBRATION:
        return _learnt(state, place, rule), None
    window = state.window.grown(place)
    if window.total < rule.window:
        return replace(state, window=window, block=None), None
    finding = judged(state.signal, state.reference, window, rule, at, usual=state.usual)
    full = replace(
        state,
        window=Sketch.empty(state.signal),
        last_window=window,
        finding=finding,
        drifted=state.drifted + 1 if finding.drifted else 0,
        calm=0 if finding.drifted else state.calm + 1,
    )
    if full.alarm_since is None and full.drifted >= rule.consecutive:
        return replace(full, alarm_since=at), Turn.RAISED
    if full.alarm_since is not None and full.calm >= rule.consecutive:
        return replace(full, alarm_since=None), Turn.CLEARED
    return full, None


def _learnt(state: SignalState, place: int, rule: Rule) -> SignalState:
    """The reference with one more value; a part that is complete is compared with what came before."""
    reference = state.reference.grown(place)
    block = (state.block or Sketch.empty(state.signal)).grown(place)
    if block.total < rule.window:
        return replace(state, reference=reference, block=block)
    before = reference.without(block)
    usual = stability_index(before, block) if before.total >= 2 * rule.window else 0.0
    return replace(state, reference=reference, block=None, usual=max(state.usual, usual))


def _against_calibration(window: Sketch, rule: Rule, at: datetime) -> Finding:
    """The best scores of strangers are uniform in 1 - FPIR where the calibration holds (the probability integral
    transform); higher ones mean more false matches than stated. One-sided: fewer do no harm."""
    upper = round(len(window.counts) * _UPPER)
    found, n = sum(window.counts[-upper:]), window.total
    share, p_value = found / n, binomial_tail(found, n, _UPPER)
    uniform = Sketch(counts=(n,) * len(window.counts))
    return Finding(
        at=at,
        values=n,
        psi=stability_index(uniform, window),
        distance=distance(uniform, window),
        p_value=p_value,
        reference_mean=_UPPER,
        mean=share,
        drifted=p_value <= rule.significance and share >= _TOO_MANY,
    )


def _grouped(reference: Sketch, window: Sketch, groups: int) -> tuple[Counts, Counts]:
    """Neighbouring bins put together, so that each group has about the same weight in the reference."""
    before, after = _array(reference), _array(window)
    weights = (before.cumsum() - before / 2) / before.sum()
    places = np.minimum((weights * groups).astype(int), groups - 1)
    _, dense = np.unique(places, return_inverse=True)
    count = int(dense.max()) + 1
    return (
        np.bincount(dense, weights=before, minlength=count).astype(np.float64),
        np.bincount(dense, weights=after, minlength=count).astype(np.float64),
    )


def _array(sketch: Sketch) -> Counts:
    return np.asarray(sketch.counts, np.float64)


def _mean(signal: Signal, sketch: Sketch) -> float:
    found = SCALES[signal].mean(sketch)
    return 0.0 if found is None else found

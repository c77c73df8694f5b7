"""Is B better than A? Both are measured on the same people, and the same people are drawn in every replicate.

What both find hard (a bad photo, a lookalike) then falls out of the difference, so that the same data show smaller
differences than two separate intervals would. Sources: paired bootstrap, Efron and Tibshirani, An Introduction to
the Bootstrap (1993), chapters 8 and 15; several questions at once: Holm (Scandinavian Journal of Statistics 6, 1979).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from visavis.domain.errors import ValueInvalid
from visavis.evaluation.bootstrap import Rates, percentile_interval, ratio
from visavis.evaluation.rates import rule_of_three

SIGNIFICANCE = 0.05
LEAST_SUBJECTS = 30  #: fewer people than this do not stand for others, however often they are drawn
LEAST_DISCORDANT = 6
"""Subjects with more errors under one than under the other; five of five are still chance (McNemar, exact). Trials do
not count: one bad photo fails in every comparison and in every draw of a gallery."""
_POWER = 1.96 + 0.84  #: standard errors that a difference needs to be shown four times out of five


class Verdict(StrEnum):
    """What the data say about B, compared with A. Figures where less is better."""

    BETTER = "better"
    WORSE = "worse"
    MIXED = "mixed"  #: of several figures: better in some, worse in others
    NO_DIFFERENCE = "no_difference_shown"  #: which is not the same as equal: see the interval
    NOT_ENOUGH = "not_enough_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """B - A, and B / A, of a figure where less is better, with 95 % intervals.

    `p_value`: how often chance alone would show a difference like this one, two-sided; `None` where nothing was
    drawn. `b_better`: the share of replicates in which B had less, ties half. `subjects_needed`: about so many
    would show a difference of this size, where these do not.
    """

    value: float
    low: float
    high: float
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    p_value: float | None
    b_better: float
    verdict: Verdict
    subjects_needed: int | None = None


def paired_difference(
    a: float,
    b: float,
    a_rates: Rates,
    b_rates: Rates,
    *,
    subjects: int,
    discordant: int | None = None,
    supported: bool = True,
) -> Difference:
    """`a_rates` and `b_rates`, (replicates,), are of the same draws; replicates without data in either are left out.

    `subjects` is how many people the figures rest on, `discordant` how many of them the two have made different
    numbers of errors with, where errors can be counted; `supported`: whether the data reach the operating point
    at all. Without any difference in any replicate the interval is that of the rule of three for so many subjects.
    """
    if a_rates.shape != b_rates.shape:
        raise ValueInvalid("Replicates are compared one with one.")
    known = np.isfinite(a_rates) & np.isfinite(b_rates)
    one, two = a_rates[known], b_rates[known]
    drawn = two - one
    low, high = _interval(drawn, b - a, subjects)
    p_value = _p_value(drawn)
    shown = p_value <= SIGNIFICANCE and (discordant is None or discordant >= LEAST_DISCORDANT)
    verdict = _verdict(b - a, shown=shown, enough=supported and subjects >= LEAST_SUBJECTS)
    ratio_low, ratio_high = _ratio_interval(one, two, b / a) if a > 0 else (None, None)
    return Difference(
        value=b - a,
        low=low,
        high=high,
        ratio=b / a if a > 0 else None,
        ratio_low=ratio_low,
        ratio_high=ratio_high,
        p_value=p_value,
        b_better=float(((drawn < 0).mean() + (drawn <= 0).mean()) / 2) if len(drawn) else 0.5,
        verdict=verdict,
        subjects_needed=None if shown else _needed(b - a, drawn, subjects),
    )


def known_difference(a: float, b: float) -> Difference:
    """Of figures that are facts and no measurements, such as sizes."""
    sign = (b < a) - (b > a)
    return Difference(
        value=b - a,
        low=b - a,
        high=b - a,
        ratio=b / a if a else None,
        ratio_low=b / a if a else None,
        ratio_high=b / a if a else None,
        p_value=None,
        b_better=(1 + sign) / 2,
        verdict={1: Verdict.BETTER, -1: Verdict.WORSE, 0: Verdict.NO_DIFFERENCE}[sign],
    )


def overall(differences: Sequence[Difference]) -> Verdict:
    """Of all figures together; the more questions are asked, the less a single answer counts (Holm)."""
    asked = [one for one in differences if one.verdict is not Verdict.NOT_ENOUGH and one.p_value is not None]
    if not asked:
        return Verdict.NOT_ENOUGH
    sure: set[Verdict] = set()
    for place, one in enumerate(sorted(asked, key=lambda one: one.p_value or 0.0)):
        if (one.p_value or 0.0) > SIGNIFICANCE / (len(asked) - place):
            break
        sure |= {one.verdict} & {Verdict.BETTER, Verdict.WORSE}
    if len(sure) == 2:
        return Verdict.MIXED
    return sure.pop() if sure else Verdict.NO_DIFFERENCE


def _verdict(value: float, *, shown: bool, enough: bool) -> Verdict:
    if not enough:
        return Verdict.NOT_ENOUGH
    if not shown or value == 0.0:
        return Verdict.NO_DIFFERENCE
    return Verdict.BETTER if value < 0.0 else Verdict.WORSE


def _p_value(drawn: Rates) -> float:
    """Twice the share of replicates on the other side of no difference; ties count for both sides."""
    if not len(drawn):
        return 1.0
    rarer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(2.0 * (rarer + 1) / (len(drawn) + 1), 1.0)


def _interval(drawn: Rates, value: float, subjects: int) -> tuple[float, float]:
    if not len(drawn):
        return -1.0, 1.0
    low, high = percentile_interval(drawn, value)
    if low == high == 0.0:
        bound = rule_of_three(subjects)
        return -bound, bound
    return low, high


def _ratio_interval(one: Rates, two: Rates, value: float) -> tuple[float | None, float | None]:
    ratios = ratio(two, one)
    return percentile_interval(ratios, value) if np.isfinite(ratios).any() else (None, None)


def _needed(value: float, drawn: Rates, subjects: int) -> int | None:
    """The spread of a rate falls with the root of the number of subjects."""
    spread = float(drawn.std()) if len(drawn) else 0.0
    if value == 0.0 or spread == 0.0:
        return None
    return max(math.ceil(subjects * (_POWER * spread / value) ** 2), subjects + 1)

"""Similarities 0..1 as CompreFace's clients know them, made of false-match rates.

CompreFace computes (tanh((c0 − d)·c1) + 1) / 2 of the distance d of two FaceNet embeddings, so that its 0.5, 0.9 and
0.98 lie at cosines of 0.30, 0.53 and 0.67. How often strangers reach these is not published. FaceNet's authors give a
validation rate of 98.4 % at a false-match rate of 1e-3 on LFW, which lies near the middle one of the three; users of
CompreFace report strangers at 0.92 and above. The rates here are lower than that suggests, so that a threshold in
a client's code is at least as strict as it was: 0.5 is 1 in 100, 0.9 is 1 in 10,000, 0.98 is 1 in a million.
"""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ANCHORS: Final = ((0.5, 1e-2), (0.9, 1e-4), (0.98, 1e-6))
"""Similarities and the false-match rates that they stand for, whatever the model."""

_LOWEST_FMR: Final = 1e-12  #: the smallest rate that a calibration states
_SAME: Final = 6.5  #: tanh of this is 1 within five digits: the same picture
_DECADES: Final = (0.0, 2.0, 4.0, 6.0, 12.0)
_ARGUMENTS: Final = (-math.atanh(0.8), 0.0, math.atanh(0.8), math.atanh(0.96), _SAME)


def similarity(fmr: float) -> float:
    """The similarity of a comparison whose score strangers reach at this rate, rounded to five digits.

    The argument of the tanh is linear in log10(FMR) between the anchors: monotone, 0.1 at a rate of 1, 1 at 1e-12.
    """
    decades = -math.log10(min(max(fmr, _LOWEST_FMR), 1.0))
    return rounded((math.tanh(_between(decades, _DECADES, _ARGUMENTS)) + 1.0) / 2.0)


def rate(wanted: float) -> float:
    """The inverse: the false-match rate that a client's threshold 0..1 stands for; at most 1."""
    argument = math.atanh(min(max(2.0 * wanted - 1.0, -0.8), math.tanh(_SAME)))
    return math.pow(10.0, -_between(argument, _ARGUMENTS, _DECADES))


def rounded(value: float) -> float:
    """Five digits, half up, as CompreFace rounds similarities and probabilities."""
    return float(Decimal(repr(value)).quantize(Decimal("0.00001"), ROUND_HALF_UP))


def _between(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    right = next((place for place in range(1, len(xs)) if x <= xs[place]), len(xs) - 1)
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])

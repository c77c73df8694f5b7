"""Similarities 0..100 that mean false-match rates.

Clients of Rekognition carry thresholds of 80, 90 or 99 in their code. Here each of these is a stated rate at which
faces of different humans reach it, whatever the model: 80 is 1 in 1,000, 90 is 1 in 10,000, 99 is 1 in a million.
"""

import math
from collections.abc import Sequence
from typing import Final

_DECADES: Final = (0.0, 3.0, 4.0, 6.0, 12.0)
"""−log10 of the false-match rates that are fixed."""
_NINES: Final = (-2.0, -math.log10(20.0), -1.0, 0.0, 6.0)
"""−log10(100 − similarity) at these rates: 0, 80, 90, 99, and 100 within rounding."""


def similarity(fmr: float) -> float:
    """The similarity of a comparison whose score strangers reach at this rate, rounded to five digits.

    Between the fixed rates log10(100 − similarity) is linear in log10(FMR): strictly monotone, 0 at a rate of 1, and
    100 at 1e-12, the smallest rate that a calibration states.
    """
    decades = -math.log10(min(max(fmr, 1e-12), 1.0))
    return round(100.0 - math.pow(10.0, -_between(decades, _DECADES, _NINES)), 5)


def rate(threshold: float) -> float:
    """The inverse: the false-match rate that a threshold 0..100 stands for."""
    nines = -math.log10(max(100.0 - threshold, 1e-6))
    return math.pow(10.0, -_between(nines, _NINES, _DECADES))


def _between(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Linear interpolation; `x` lies between the first and last of the rising `xs`."""
    right = next((place for place in range(1, len(xs)) if x <= xs[place]), len(xs) - 1)
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])

"""Rates as a reader wants them."""

import math

from visavis.evaluation.rates import RateAt


def percent(value: float) -> str:
    """Three significant digits at most: 12.5 %, 0.43 %, 0.001 %."""
    if not math.isfinite(value):
        return "–"
    shown = value * 100
    places = max(1 - math.floor(math.log10(shown)), 0) if 0 < shown < 100 else 0
    written = f"{shown:.{min(max(places, 1 if 0 < shown < 100 else 0), 6)}f}"
    return f"{written} %"


def interval(rate: RateAt) -> str:
    """The value and how sure it is."""
    return f"{percent(rate.value)} ({percent(rate.low)} to {percent(rate.high)})"


def in_words(rate: RateAt) -> str:
    """`12 of 100 (12 %, between 6.4 and 20 %)`."""
    low, high = percent(rate.low).removesuffix(" %"), percent(rate.high)
    return f"{rate.errors:,} of {rate.trials:,} ({percent(rate.value)}, between {low} and {high})"

"""Rates as people say them."""

from visavis.evaluation.rates import RateAt

_UNITS = ((1e9, "billion"), (1e6, "million"))


def one_in(rate: float) -> str:
    """`1 in 9,400`; `none` for 0."""
    if rate <= 0.0:
        return "none"
    if rate >= 0.5:
        return f"{rate:.0%}"
    count = 1.0 / rate
    for size, unit in _UNITS:
        if count >= size:
            return f"1 in {count / size:.2g} {unit}"
    if count < 9.95:
        return f"1 in {count:.1f}".removesuffix(".0")
    digits = max(len(f"{count:.0f}") - 2, 0)
    return f"1 in {round(count, -digits):,.0f}"


def percent(rate: float) -> str:
    """`1.9 %`, with digits enough to tell small rates apart."""
    if rate == 0.0:
        return "0 %"
    if rate >= 0.1:
        return f"{rate * 100:.1f} %"
    return f"{rate * 100:.2g} %" if rate < 0.01 else f"{rate * 100:.2f} %"


def whole_percent(share: float) -> str:
    """`10 %`; for shares that were chosen, not measured."""
    return f"{share * 100:g} %"


def interval(rate: RateAt) -> str:
    """`1.1 % to 2.5 %`."""
    return f"{percent(rate.low)} to {percent(rate.high)}"


def bounds(rate: RateAt) -> str:
    """`between 1 in 14,000 and 1 in 6,200`; the interval of a rare event."""
    if rate.low <= 0.0:
        return f"at most {one_in(rate.high)}"
    return f"between {one_in(rate.low)} and {one_in(rate.high)}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 photo`, `3 photos`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

"""Numbers in words that a person can weigh."""

from collections.abc import Sequence
from typing import Final

OUTCOMES: Final = {"match": "match", "non_match": "no match", "inconclusive": "inconclusive"}
STYLES: Final = {"match": "bold green", "non_match": "bold", "inconclusive": "bold yellow"}
_UNITS: Final = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def odds(rate: float) -> str:
    """A rate as `1 in 2.4 million`; from a half on `most`, because `1 in 1` says nothing."""
    if rate >= 0.5:
        return "most"
    one_in = 1.0 / rate
    for size, unit in _UNITS:
        if one_in >= size * 0.9995:
            return f"1 in {_three_digits(one_in / size)} {unit}"
    return f"1 in {_three_digits(one_in)}"


def _three_digits(number: float) -> str:
    """Two significant digits below ten, none behind the point above, thousands separated."""
    if number < 9.95:
        return f"{number:.1f}".removesuffix(".0")
    digits = max(len(str(round(number))) - 3, 0)
    return f"{round(number, -digits):,.0f}"


def rate(value: float) -> str:
    """A rate as a number: `1e-04`, `0.012`."""
    return f"{value:.0e}" if value < 1e-3 else f"{value:.2g}"


def supported_odds(rate: float, supported: float) -> str:
    """A rate as odds; below what the calibration's data supports, no more than that is claimed."""
    if rate < supported:
        return f"fewer than {odds(supported)}"
    return odds(rate)


def strangers(fmr: float | None, *, supported: float, what: str = "score this high") -> str:
    """How likely a stranger is to look this much alike."""
    if fmr is None:
        return "there was nothing to compare with"
    return f"{supported_odds(fmr, supported)} strangers would {what}"


def bytes_in_words(count: float) -> str:
    """`4.9 MB`."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 face`, `2 faces`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

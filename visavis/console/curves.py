"""Curves of error rates as data for `charts.html`: rates on a logarithmic axis, as experts read them."""

import math
from collections.abc import Sequence
from typing import Final

from visavis.console.charts import Chart, Tick
from visavis.console.render import rate

_WIDTH, _HEIGHT = 640.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 8.0, 10.0, 26.0
_LOWEST: Final = 1e-7
_MOST_POINTS: Final = 300
_SCORES: Final = 6


def by_score(
    title: str, scores: Sequence[float], series: Sequence[Sequence[float]], *, names: Sequence[str]
) -> Chart:
    """Rates over a linear axis of scores. Rates of 0 end a line."""
    low, high = min(scores), max(scores)
    span = (high - low) or 1.0
    bottom = _bottom([one for values in series for one in values])
    step = span / (_SCORES - 1)
    below = tuple(Tick(_tick(at / (_SCORES - 1)), f"{low + at * step:.2f}") for at in range(_SCORES))
    lines = tuple(
        _path([((score - low) / span, _depth(value, bottom)) for score, value in _thin(scores, values)])
        for values in series
    )
    return Chart(title, _WIDTH, _HEIGHT, (), lines, below, _rates(bottom), tuple(names))


def trade_off(title: str, across: Sequence[float], up: Sequence[float], *, name: str) -> Chart:
    """One rate over another, both logarithmic: a DET curve, or FNIR over FPIR."""
    left, bottom = _bottom(across), _bottom(up)
    decades = round(-math.log10(left))
    below = tuple(
        Tick(_tick(1 + decade / decades), rate(10.0**decade) if decade else "always")
        for decade in range(-decades, 1, 1 if decades < 6 else 2)
    )
    points = [(1 - _depth(one, left), _depth(other, bottom)) for one, other in _thin(across, up)]
    known = [(x, y) for x, y in points if x >= 0]
    return Chart(title, _WIDTH, _HEIGHT, (), (_path(known),), below, _rates(bottom), (name,))


def _thin(one: Sequence[float], other: Sequence[float]) -> list[tuple[float, float]]:
    pairs = list(zip(one, other, strict=True))
    return pairs[:: max(len(pairs) // _MOST_POINTS, 1)]


def _bottom(values: Sequence[float]) -> float:
    """The decade below the smallest rate."""
    least = min((one for one in values if one > 0), default=0.1)
    return max(10.0 ** math.floor(math.log10(min(least, 0.1))), _LOWEST)


def _depth(value: float, bottom: float) -> float:
    """0 for a rate of 1, 1 for the lowest that is shown, more for none."""
    if value <= 0:
        return math.inf
    return math.log10(value) / math.log10(bottom)


def _x(part: float) -> float:
    return round(_LEFT + part * (_WIDTH - _LEFT - _RIGHT), 1)


def _tick(part: float) -> float:
    """Where a mark has room at both ends."""
    return round(min(max(_x(part), _LEFT + 8), _WIDTH - 24), 1)


def _y(depth: float) -> float:
    return round(_TOP + depth * (_HEIGHT - _TOP - _BOTTOM), 1)


def _rates(bottom: float) -> tuple[Tick, ...]:
    decades = round(-math.log10(bottom))
    return tuple(
        Tick(_y(at / decades), f"1e-{at}" if at > 2 else f"{10.0**-at:g}") for at in range(decades + 1)
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    parts, pen = [], "M"
    for across, depth in points:
        if not (0 <= depth <= 1.0001 and 0 <= across <= 1.0001):
            pen = "M"
            continue
        parts.append(f"{pen}{_x(across)} {_y(depth)}")
        pen = "L"
    return "".join(parts)

"""From values to places along an axis, and which values get a tick."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.report.numbers import decade_text, tick_text
from visavis.application.ports.reports import Axis, Scale

Values = NDArray[np.float64]

_NORMAL = NormalDist()
_HALF = tuple(factor * 10.0**power for power in range(-9, -1) for factor in (1, 2, 5))
_MIDDLE = (0.1, 0.2, 0.4)
_LEVELS = (*_HALF, *_MIDDLE, 0.5, *(1.0 - level for level in reversed((*_HALF, *_MIDDLE))))
"""Where probit axes have ticks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """`rank`: ticks of a lower rank keep their labels first where there is no room for all."""

    value: float
    label: str
    rank: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The part of an axis that is shown."""

    scale: Scale
    low: float
    high: float
    percent: bool = False

    def places(self, values: Sequence[float] | Values) -> Values:
        """0 at the low end, 1 at the high one; what the scale cannot show lies at the end it runs to."""
        low, high = (_bent(self.scale, np.array([end]))[0] for end in (self.low, self.high))
        return np.asarray((_bent(self.scale, np.asarray(values, np.float64)) - low) / (high - low))

    def place(self, value: float) -> float:
        return float(self.places([value])[0])

    def ticks(self) -> list[Tick]:
        made = {Scale.LINEAR: _even, Scale.LOG: _decades, Scale.PROBIT: _deviates}[self.scale](self)
        slack = 1e-9
        return [tick for tick in made if -slack <= self.place(tick.value) <= 1 + slack]


def span_of(axis: Axis, values: Values, *, from_zero: bool = False) -> Span:
    """What the axis shows: its own bounds, or round ones around the values. `from_zero`: bars start at zero."""
    known = values[np.isfinite(values)]
    make = {Scale.LINEAR: _around, Scale.LOG: _around_decades, Scale.PROBIT: _around_levels}[axis.scale]
    low, high = make(known, from_zero)
    low = low if axis.low is None else axis.low
    high = high if axis.high is None else axis.high
    if (
        axis.percent
        and axis.high is None
        and axis.scale is Scale.LINEAR
        and len(known)
        and known.max() <= 1.0
    ):
        high = min(high, 1.0)
    return Span(scale=axis.scale, low=low, high=high if high > low else low + 1.0, percent=axis.percent)


def _bent(scale: Scale, values: Values) -> Values:
    """The values as the axis counts them; far beyond every axis where they have none."""
    if scale is Scale.LINEAR:
        return values
    if scale is Scale.LOG:
        known = np.where(values > 0, values, 1.0)
        return np.where(values > 0, np.log10(known), np.where(np.isnan(values), np.nan, -1e3))
    inside = np.clip(np.nan_to_num(values, nan=0.5), 1e-15, 1 - 1e-15)
    deviates = np.array([_NORMAL.inv_cdf(float(value)) for value in inside])
    return np.where(np.isnan(values), np.nan, deviates)


def _step(length: float, wanted: int = 5) -> float:
    """1, 2, or 5 times a power of ten."""
    rough = length / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)


def _around(known: Values, from_zero: bool) -> tuple[float, float]:
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if from_zero or 0 < low < 0.4 * high:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-12:
        room = abs(high) * 0.1 or 1.0
        low, high = (0.0, high + room) if low >= 0 and from_zero else (low - room, high + room)
    step = _step(high - low)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _around_decades(known: Values, _from_zero: bool) -> tuple[float, float]:
    positive = known[known > 0]
    if not len(positive):
        return 0.1, 1.0
    low = math.floor(math.log10(positive.min()) + 1e-9)
    high = max(math.ceil(math.log10(positive.max()) - 1e-9), low + 1)
    return 10.0**low, 10.0**high


def _around_levels(known: Values, _from_zero: bool) -> tuple[float, float]:
    inside = known[(known > 0) & (known < 1)]
    if not len(inside):
        return 0.01, 0.4
    below = [level for level in _LEVELS if level <= inside.min()]
    beyond = [level for level in _LEVELS if level >= inside.max()]
    low, high = (below or [_LEVELS[0]])[-1], (beyond or [_LEVELS[-1]])[0]
    return (low, high) if high > low else (low / 2, min(high * 2, 1 - low / 2))


def _even(span: Span) -> list[Tick]:
    step = _step(span.high - span.low)
    first = math.ceil(span.low / step - 1e-9)
    count = math.floor((span.high - span.low) / step + 1e-9) + 2
    values = [(first + number) * step for number in range(count)]
    return [
        Tick(value=v, label=tick_text(v + 0.0, step, percent=span.percent))
        for v in values
        if v <= span.high + step / 1e6
    ]


def _decades(span: Span) -> list[Tick]:
    first, last = math.floor(math.log10(span.low)), math.ceil(math.log10(span.high))
    every = max(math.ceil((last - first) / 8), 1)
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    return [
        Tick(
            value=factor * 10.0**power,
            label=decade_text(factor * 10.0**power, percent=span.percent),
            rank=0 if factor == 1 else 1,
        )
        for power in range(first, last + 1)
        if (last - power) % every == 0
        for factor in factors
    ]


def _deviates(span: Span) -> list[Tick]:
    return [
        Tick(value=level, label=_level_text(level, percent=span.percent), rank=_level_rank(level))
        for level in _LEVELS
    ]


def _level_rank(level: float) -> int:
    """Powers of ten and their complements first."""
    small = min(level, 1.0 - level)
    return 0 if abs(math.log10(small) - round(math.log10(small))) < 1e-6 else 1


def _level_text(level: float, *, percent: bool) -> str:
    if level < 0.5:
        return decade_text(level, percent=percent)
    written = f"{level * 100 if percent else level:.8f}".rstrip("0").rstrip(".")
    return written + ("\u202f%" if percent else "")

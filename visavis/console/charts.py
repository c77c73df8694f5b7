"""Charts as data: the geometry that `charts.html` draws as SVG. A table of the same figures goes with each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH = 640.0
_HEIGHT = 200.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 8.0, 10.0, 26.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where (pixels), and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in pixels of the chart, and what it says."""

    x: float
    y: float
    width: float
    height: float
    text: str
    series: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars or lines with their axes, in a box of `width` × `height`."""

    title: str
    width: float
    height: float
    bars: tuple[Bar, ...]
    lines: tuple[str, ...]
    below: tuple[Tick, ...]
    beside: tuple[Tick, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of a heat map; `level` is 0 (nothing) to 5 (the most)."""

    text: str
    value: float
    level: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def bars(
    title: str,
    labels: Sequence[str],
    series: Sequence[Sequence[float]],
    *,
    names: Sequence[str] = (),
    unit: str = "",
) -> Chart:
    """Stacked bars: for each label one bar, of as many parts as there are series. Raises `ValueError` for series of
    another length than the labels."""
    count = max(len(labels), 1)
    sums = [sum(parts) for parts in zip(*series, strict=True)]
    top, beside = _scale(max(sums, default=0.0))
    step = (_WIDTH - _LEFT - _RIGHT) / count
    drawn = []
    for at in range(len(labels)):
        below = 0.0
        for number, values in enumerate(series):
            height = (_HEIGHT - _TOP - _BOTTOM) * values[at] / top
            named = f"{names[number]}, " if number < len(names) else ""
            drawn.append(
                Bar(
                    round(_LEFT + at * step + step * 0.12, 1),
                    round(_HEIGHT - _BOTTOM - below - height, 1),
                    round(step * 0.76, 1),
                    round(height, 1),
                    f"{labels[at]}: {named}{values[at]:g}{unit}",
                    number,
                )
            )
            below += height
    marks = tuple(Tick(round(_LEFT + (at + 0.5) * step, 1), labels[at]) for at in _some(len(labels)))
    return Chart(title, _WIDTH, _HEIGHT, tuple(drawn), (), marks, beside, tuple(names))


def lines(
    title: str, labels: Sequence[str], series: Sequence[Sequence[float | None]], *, names: Sequence[str] = ()
) -> Chart:
    """A line for each series; a gap where a value is `None`."""
    known = [one for values in series for one in values if one is not None]
    top, beside = _scale(max(known, default=0.0))
    step = (_WIDTH - _LEFT - _RIGHT) / max(len(labels) - 1, 1)

    def path(values: Sequence[float | None]) -> str:
        parts, pen = [], "M"
        for at, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            height = (_HEIGHT - _TOP - _BOTTOM) * value / top
            parts.append(f"{pen}{_LEFT + at * step:.1f} {_HEIGHT - _BOTTOM - height:.1f}")
            pen = "L"
        return "".join(parts)

    marks = tuple(Tick(round(_LEFT + at * step, 1), labels[at]) for at in _some(len(labels)))
    return Chart(title, _WIDTH, _HEIGHT, (), tuple(map(path, series)), marks, beside, tuple(names))


def sparkline(values: Sequence[float]) -> str:
    """The path of a small line without axes, in a box of 100 × 24."""
    top = max(values, default=0.0) or 1.0
    step = 100.0 / max(len(values) - 1, 1)
    return "".join(
        f"{'L' if at else 'M'}{at * step:.1f} {23.0 - 22.0 * value / top:.1f}"
        for at, value in enumerate(values)
    )


def heat_map(
    title: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[float]]], *, unit: str = ""
) -> HeatMap:
    """A field for each value, darker for more."""
    most = max((value for _, values in rows for value in values), default=0.0)

    def cell(value: float) -> Cell:
        level = math.ceil(5 * value / most) if most and value else 0
        return Cell(f"{value:g}{unit}", value, level)

    return HeatMap(title, tuple(heads), tuple((name, tuple(map(cell, values))) for name, values in rows))


def _scale(most: float) -> tuple[float, tuple[Tick, ...]]:
    """A round top of the axis, at least 1, and its marks."""
    unit = 10.0 ** math.floor(math.log10(max(most, 1.0)))
    top = next(unit * factor for factor in (1, 2, 3, 4, 5, 6, 8, 10) if unit * factor >= max(most, 1.0))
    height = _HEIGHT - _TOP - _BOTTOM
    return top, tuple(
        Tick(round(_HEIGHT - _BOTTOM - height * part, 1), f"{top * part:,g}") for part in (0.0, 0.5, 1.0)
    )


def _some(count: int, most: int = 12) -> range:
    """Indices of labels that have room beside each other."""
    return range(0, count, max(math.ceil(count / most), 1))

"""Plots of named things: level bars or dots, one row a name, each with its value written beside it."""

import numpy as np

from visavis.adapters.report.axes import level_axis, mark_rows, upright_marks, words
from visavis.adapters.report.canvas import FONT, LINE, LOOKS, WIDTH, Canvas
from visavis.adapters.report.markup import Markup, element, joined
from visavis.adapters.report.numbers import shortened, value_text, width_of
from visavis.adapters.report.scales import Span, span_of
from visavis.adapters.report.shapes import look_of, marker, said, whisker
from visavis.application.ports.reports import Look, Plot, Scale, Series

_MOST_NAME = 150.0
_ROW = 17.0
_BETWEEN = 9.0


def is_named(plot: Plot) -> bool:
    return any(len(series.names) for series in plot.series)


def drawing(plot: Plot) -> tuple[Markup, float]:
    """What is in the view box, and its height."""
    names = _names(plot)
    written = [value_text(v, percent=plot.y.percent) for series in plot.series for v in series.y]
    left = min(max((width_of(name, FONT) for name in names.values()), default=0.0), _MOST_NAME) + 8
    right = max((width_of(one, FONT) for one in written), default=0.0) + 10
    values = np.array([v for s in plot.series for v in (*s.y, *s.low, *s.high)], np.float64)
    marked = [(mark.y, mark.label) for mark in plot.marks if mark.y is not None]
    span = span_of(plot.y, np.append(values, [value for value, _ in marked]), from_zero=_has_bars(plot))
    rows = max((row + 1 for _, row in mark_rows(marked, span, left, WIDTH - left - right)), default=0)
    group = _ROW * len(plot.series) + _BETWEEN
    canvas = Canvas(
        left=left, top=LINE * (rows + bool(plot.x.label)) + 8,
        width=WIDTH - left - right, height=group * len(names), x=span,
        y=Span(scale=Scale.LINEAR, low=0.0, high=1.0),
    )  # fmt: skip
    inside = joined(
        words(0, 11, plot.x.label, "name"),
        level_axis(canvas, plot.y.label),
        *(
            _name(canvas, name, canvas.top + group * place, group)
            for place, name in enumerate(names.values())
        ),
        *(_series(canvas, plot, number, list(names), group) for number in range(len(plot.series))),
        upright_marks(canvas, marked),
    )
    return inside, canvas.bottom + 42


def _has_bars(plot: Plot) -> bool:
    return any(series.look is Look.BARS for series in plot.series)


def _names(plot: Plot) -> dict[float, str]:
    """Names by their x, in the order of x."""
    found = {x: name for series in plot.series for x, name in zip(series.x, series.names, strict=False)}
    found = {x: found.get(x, "") for series in plot.series for x in series.x} | found
    return {x: found[x] for x in sorted(found)}


def _name(canvas: Canvas, name: str, top: float, group: float) -> Markup:
    short = shortened(name, _MOST_NAME, FONT)
    return element(
        "g",
        *([element("title", name)] if short != name else []),
        words(canvas.left - 8, top + group / 2 + 4, short, "label", "end"),
    )


def _series(canvas: Canvas, plot: Plot, number: int, order: list[float], group: float) -> Markup:
    series = plot.series[number]
    rows = [
        _row(
            canvas, plot, number, place,
            canvas.top + group * order.index(x) + _BETWEEN / 2 + _ROW * (number + 0.5),
        )
        for place, x in enumerate(series.x)
    ]  # fmt: skip
    return element("g", *rows, class_=look_of(number))


def _row(canvas: Canvas, plot: Plot, number: int, place: int, middle: float) -> Markup:
    series = plot.series[number]
    value = words(WIDTH, middle + 4, value_text(series.y[place], percent=plot.y.percent), "value", "end")
    if not np.isfinite(series.y[place]):
        return value
    at = float(canvas.across([series.y[place]])[0])
    spoken = said(series, place, plot.x, plot.y)
    drawn = (
        _bar(canvas, plot, at, middle, spoken)
        if series.look is Look.BARS
        else marker(at, middle, number % LOOKS, spoken)
    )
    return joined(drawn, _interval(canvas, series, place, middle), value)


def _bar(canvas: Canvas, plot: Plot, at: float, middle: float, spoken: str) -> Markup:
    start = float(canvas.across([0.0])[0]) if plot.y.scale is Scale.LINEAR else canvas.left
    start, at = (float(np.clip(end, canvas.left, canvas.right)) for end in (start, at))
    return element(
        "rect", element("title", spoken),
        x=min(start, at), y=middle - 6, width=abs(at - start), height=12, class_="bar",
    )  # fmt: skip


def _interval(canvas: Canvas, series: Series, place: int, middle: float) -> Markup:
    if not len(series.low):
        return Markup("")
    ends = canvas.across([series.low[place], series.high[place]]).clip(canvas.left, canvas.right).tolist()
    return whisker(ends[0], middle, ends[1], middle) if np.isfinite(ends).all() else Markup("")

"""A plot as a figure: title, legend, an accessible SVG drawing, caption, and the numbers where they are few."""

import numpy as np

from visavis.adapters.report.axes import (
    gutter,
    level_axis,
    level_marks,
    mark_rows,
    upright_axis,
    upright_marks,
    words,
)
from visavis.adapters.report.canvas import LINE, LOOKS, WIDTH, Canvas
from visavis.adapters.report.categories import drawing as named_drawing
from visavis.adapters.report.categories import is_named
from visavis.adapters.report.markup import Markup, coordinate, element, joined
from visavis.adapters.report.numbers import value_text
from visavis.adapters.report.scales import Span, span_of
from visavis.adapters.report.shapes import look_of, marker, shape, shows_points
from visavis.adapters.report.tables import table
from visavis.application.ports.reports import Axis, Look, Plot, Series, Table

_HEIGHT = 236.0
_RIGHT = 12.0
_FEW = 60  #: points that can still be read as a table


def figure(plot: Plot, key: str) -> Markup:
    """`key` makes the identifiers within the page."""
    inside, height = named_drawing(plot) if is_named(plot) else _drawing(plot, key)
    drawn = element(
        "svg", element("title", plot.title, id=f"{key}-t"), element("desc", plot.caption, id=f"{key}-d"), inside,
        viewBox=f"0 0 {coordinate(WIDTH)} {coordinate(height)}", role="img",
        aria_labelledby=f"{key}-t", aria_describedby=f"{key}-d",
    )  # fmt: skip
    return element(
        "figure",
        element("h3", plot.title),
        _legend(plot),
        drawn,
        element("figcaption", plot.caption),
        _numbers(plot),
        class_="plot",
    )


def _drawing(plot: Plot, key: str) -> tuple[Markup, float]:
    canvas = _canvas(plot)
    marked = _upright(plot)
    edge = 6.0 if any(shows_points(plot, series) for series in plot.series) else 1.0
    clip = element(
        "clipPath",
        element(
            "rect", x=canvas.left - edge, y=canvas.top - edge,
            width=canvas.width + 2 * edge, height=canvas.height + 2 * edge,
        ),
        id=f"{key}-c",
    )  # fmt: skip
    inside = joined(
        element("defs", clip),
        words(0, 11, plot.y.label, "name"),
        upright_axis(canvas),
        level_axis(canvas, plot.x.label),
        element("g", *(shape(canvas, plot, n) for n in range(len(plot.series))), clip_path=f"url(#{key}-c)"),
        *([] if any(len(series.x) for series in plot.series) else [_nothing(canvas)]),
        level_marks(canvas, plot.marks),
        upright_marks(canvas, marked),
    )
    return inside, canvas.bottom + 42


def _nothing(canvas: Canvas) -> Markup:
    return words(canvas.left + canvas.width / 2, canvas.top + canvas.height / 2, "no data", "name", "middle")


def _upright(plot: Plot) -> list[tuple[float, str]]:
    return [(mark.x, mark.label) for mark in plot.marks if mark.x is not None]


def _canvas(plot: Plot) -> Canvas:
    x, y = _span_x(plot), _span_y(plot)
    left = gutter(y, _HEIGHT)
    width = WIDTH - left - _RIGHT
    rows = max((row + 1 for _, row in mark_rows(_upright(plot), x, left, width)), default=0)
    return Canvas(left=left, top=24 + LINE * rows, width=width, height=_HEIGHT, x=x, y=y)


def _span_x(plot: Plot) -> Span:
    values = [v for series in plot.series for v in (*series.x, *_edges(series))]
    values += [mark.x for mark in plot.marks if mark.x is not None]
    return span_of(plot.x, np.array(values, np.float64))


def _edges(series: Series) -> list[float]:
    """How far bars reach beyond their x."""
    if series.look is not Look.BARS or not len(series.x):
        return []
    ends = np.unique(np.asarray(series.x, np.float64))
    half = float(np.diff(ends).min()) / 2 if len(ends) > 1 else 0.5
    return [float(ends[0]) - half, float(ends[-1]) + half]


def _span_y(plot: Plot) -> Span:
    values = [v for s in plot.series for v in (*s.y, *s.low, *s.high)]
    values += [m.y for m in plot.marks if m.y is not None]
    areas = any(series.look in (Look.BARS, Look.STEPS) for series in plot.series)
    return span_of(plot.y, np.array(values, np.float64), from_zero=areas)


def _legend(plot: Plot) -> Markup:
    """What each series looks like; one alone needs none, for the title says what it is."""
    if len(plot.series) < 2:
        return Markup("")
    entries = (
        element("li", _sample(plot, series, number), joined(series.label))
        for number, series in enumerate(plot.series)
    )
    return element("ul", *entries, class_="legend")


def _sample(plot: Plot, series: Series, number: int) -> Markup:
    """A short piece of a series."""
    if series.look is Look.BARS:
        drawn = element("rect", x=5, y=1, width=16, height=10, class_="bar")
    elif series.look is Look.POINTS:
        drawn = marker(13, 6, number % LOOKS)
    else:
        dots = [marker(13, 6, number % LOOKS)] if shows_points(plot, series) else []
        drawn = joined(element("path", d="M0 6H26", class_="line"), *dots)
    return element(
        "svg", element("g", drawn, class_=look_of(number)), viewBox="0 0 26 12", aria_hidden="true"
    )


def _numbers(plot: Plot) -> Markup:
    """The plot as a table that opens when asked for."""
    if not 0 < sum(len(series.x) for series in plot.series) <= _FEW:
        return Markup("")
    intervals = any(len(series.low) for series in plot.series)
    columns = ("series", plot.x.label, plot.y.label, *(("from", "to") if intervals else ()))
    rows = [
        _cells(series, place, plot.x, plot.y, intervals=intervals)
        for series in plot.series
        for place in range(len(series.x))
    ]
    whole = table(Table(title="", columns=columns, rows=rows))
    return element("details", element("summary", "The numbers"), whole)


def _cells(series: Series, place: int, x: Axis, y: Axis, *, intervals: bool) -> tuple[str, ...]:
    at = series.names[place] if len(series.names) else value_text(series.x[place], percent=x.percent)
    bounds = [(series.low[place], series.high[place]) if len(series.low) else (float("nan"),) * 2]
    ends = [value_text(end, percent=y.percent) for pair in bounds for end in pair]
    return (series.label, at, value_text(series.y[place], percent=y.percent), *(ends if intervals else ()))

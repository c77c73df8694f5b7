"""The data of a plot as paths."""

from collections.abc import Iterator

import numpy as np

from visavis.adapters.report.canvas import LOOKS, Canvas
from visavis.adapters.report.markup import Markup, coordinate, element, joined
from visavis.adapters.report.numbers import value_text
from visavis.adapters.report.scales import Values
from visavis.application.ports.reports import Axis, Look, Plot, Scale, Series

_NEAR = 0.4  #: steps smaller than this cannot be seen
_FEW = 15  #: lines of so few points show their points


def look_of(number: int) -> str:
    return f"s{number % LOOKS}"


def shape(canvas: Canvas, plot: Plot, number: int) -> Markup:
    """One series."""
    series = plot.series[number]
    drawn = {Look.LINE: _line, Look.STEPS: _steps, Look.POINTS: _points, Look.BARS: _bars}[series.look]
    return element("g", drawn(canvas, plot, series, number % LOOKS), class_=look_of(number))


def shows_points(plot: Plot, series: Series) -> bool:
    """Lines do where all lines of the plot have few."""
    lines = [one for one in plot.series if one.look is Look.LINE]
    few = max((len(one.x) for one in lines), default=0) <= _FEW
    return series.look is Look.POINTS or (series.look is Look.LINE and few)


def marker(x: float, y: float, kind: int, said: str = "") -> Markup:
    """A dot, square, triangle, rhomb, downward triangle or ring; `said` shows when pointed at."""
    size = 4.0
    outlines = (
        f"M{coordinate(x - size)} {coordinate(y)}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
        f"M{coordinate(x - 3.6)} {coordinate(y - 3.6)}h7.2v7.2h-7.2z",
        f"M{coordinate(x)} {coordinate(y - 4.6)}l4.4 7.8h-8.8z",
        f"M{coordinate(x)} {coordinate(y - 5)}l5 5l-5 5l-5 -5z",
        f"M{coordinate(x)} {coordinate(y + 4.6)}l4.4 -7.8h-8.8z",
        f"M{coordinate(x - size)} {coordinate(y)}h8M{coordinate(x)} {coordinate(y - size)}v8",
    )
    title = [element("title", said)] if said else []
    return element("path", *title, d=outlines[kind % LOOKS], class_="dot")


def whisker(x1: float, y1: float, x2: float, y2: float) -> Markup:
    """An interval with short ends, level or upright."""
    dx, dy = (0.0, 3.0) if y1 == y2 else (3.0, 0.0)
    ends = ((x1, y1), (x2, y2))
    path = f"M{_point(x1, y1)}L{_point(x2, y2)}" + "".join(
        f"M{_point(x - dx, y - dy)}L{_point(x + dx, y + dy)}" for x, y in ends
    )
    return element("path", d=path, class_="whisker")


def said(series: Series, place: int, x: Axis, y: Axis) -> str:
    """A point in words."""
    at = series.names[place] if len(series.names) else value_text(series.x[place], percent=x.percent)
    words = f"{series.label}, {at}: {value_text(series.y[place], percent=y.percent)}"
    if len(series.low):
        low, high = (value_text(end[place], percent=y.percent) for end in (series.low, series.high))
        words += f" ({low} to {high})"
    return words


def _line(canvas: Canvas, plot: Plot, series: Series, number: int) -> Markup:
    across, down = canvas.across(series.x), canvas.down(series.y)
    dots = (
        marker(x, y, number, said(series, place, plot.x, plot.y))
        for place, (x, y) in enumerate(zip(across.tolist(), down.tolist(), strict=True))
        if shows_points(plot, series) and np.isfinite(x) and np.isfinite(y)
    )
    return joined(_band(canvas, series, across), element("path", d=_path(across, down), class_="line"), *dots)


def _steps(canvas: Canvas, plot: Plot, series: Series, _number: int) -> Markup:
    """Each value holds until the next x; with a floor at zero the area below is tinted."""
    across, down = np.repeat(canvas.across(series.x), 2)[1:], np.repeat(canvas.down(series.y), 2)[:-1]
    tint: list[Markup] = []
    if plot.y.scale is Scale.LINEAR and canvas.y.low == 0.0 and len(across):
        known = np.isfinite(across) & np.isfinite(down)
        outline = _path(across[known], down[known])
        ends = across[known][[0, -1]].tolist() if known.any() else [0.0, 0.0]
        closed = f"L{_point(ends[1], canvas.bottom)}L{_point(ends[0], canvas.bottom)}z"
        tint = [element("path", d=outline + closed, class_="tint")] if known.any() else []
    band = _band(canvas, series, canvas.across(series.x))
    return joined(band, *tint, element("path", d=_path(across, down), class_="line"))


def _points(canvas: Canvas, plot: Plot, series: Series, number: int) -> Markup:
    across, down = canvas.across(series.x).tolist(), canvas.down(series.y).tolist()
    low, high = canvas.down(series.low).tolist(), canvas.down(series.high).tolist()
    return joined(
        *(whisker(x, one, x, other) for x, one, other in zip(across if low else [], low, high, strict=True)),
        *(
            marker(x, y, number, said(series, place, plot.x, plot.y))
            for place, (x, y) in enumerate(zip(across, down, strict=True))
            if np.isfinite(y)
        ),
    )


def _bars(canvas: Canvas, plot: Plot, series: Series, _number: int) -> Markup:
    """Upright bars around their x, as wide as the smallest distance between two."""
    across, down = canvas.across(series.x), canvas.down(series.y).clip(canvas.top, canvas.bottom)
    gaps = np.diff(np.unique(across))
    wide = float(gaps.min()) * 0.92 if len(gaps) else 24.0
    floor = float(canvas.down([0.0])[0]) if plot.y.scale is Scale.LINEAR else canvas.bottom
    bars = (
        element(
            "rect", element("title", said(series, place, plot.x, plot.y)),
            x=x - wide / 2, y=min(y, floor), width=wide, height=abs(floor - y), class_="bar",
        )
        for place, (x, y) in enumerate(zip(across.tolist(), down.tolist(), strict=True))
        if np.isfinite(y)
    )  # fmt: skip
    low, high = canvas.down(series.low).tolist(), canvas.down(series.high).tolist()
    return joined(
        *bars,
        *(
            whisker(x, one, x, other)
            for x, one, other in zip(across.tolist() if low else [], low, high, strict=True)
        ),
    )


def _band(canvas: Canvas, series: Series, across: Values) -> Markup:
    """The interval around a line."""
    if not len(series.low):
        return Markup("")
    low, high = canvas.down(series.low), canvas.down(series.high)
    known = np.isfinite(across) & np.isfinite(low) & np.isfinite(high)
    outline = _path(
        np.concatenate([across[known], across[known][::-1]]), np.concatenate([high[known], low[known][::-1]])
    )
    return element("path", d=f"{outline}z", class_="band") if known.any() else Markup("")


def _path(across: Values, down: Values) -> str:
    """Moves and lines; unknown points leave a gap, and steps too small to be seen are left out."""
    return "".join(_strokes(across, down))


def _strokes(across: Values, down: Values) -> Iterator[str]:
    last: tuple[float, float] | None = None
    waiting = ""
    for x, y in zip(across.tolist(), down.tolist(), strict=True):
        if not (np.isfinite(x) and np.isfinite(y)):
            yield waiting
            last, waiting = None, ""
        elif last is None:
            yield f"M{_point(x, y)}"
            last = (x, y)
        elif abs(x - last[0]) + abs(y - last[1]) >= _NEAR:
            yield f"L{_point(x, y)}"
            last, waiting = (x, y), ""
        else:
            waiting = f"L{_point(x, y)}"
    yield waiting


def _point(x: float, y: float) -> str:
    return f"{coordinate(x)} {coordinate(y)}"

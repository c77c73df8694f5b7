"""Grid, ticks and the marks across a plot."""

from collections.abc import Sequence

from visavis.adapters.report.canvas import FONT, LINE, Canvas, labelled, rows_for
from visavis.adapters.report.markup import Markup, element, joined
from visavis.adapters.report.numbers import shortened, width_of
from visavis.adapters.report.scales import Span
from visavis.application.ports.reports import Mark


def line(x1: float, y1: float, x2: float, y2: float, look: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=look)


def words(x: float, y: float, written: str, look: str, anchor: str | None = None) -> Markup:
    return element("text", written, x=x, y=y, class_=look, text_anchor=anchor)


def gutter(span: Span, height: float) -> float:
    """Room that the labels of an upright axis take."""
    return max((width_of(t.label, FONT) for t in labelled(span, height, upright=True)), default=0.0) + 8


def upright_axis(canvas: Canvas) -> Markup:
    """Grid lines and labels of y."""
    ticks = labelled(canvas.y, canvas.height, upright=True)
    places = canvas.down([tick.value for tick in ticks])
    return joined(
        *(
            joined(
                line(canvas.left, place, canvas.right, place, "grid"),
                words(canvas.left - 6, place + 4, tick.label, "tick", "end"),
            )
            for tick, place in zip(ticks, places.tolist(), strict=True)
        )
    )


def level_axis(canvas: Canvas, title: str) -> Markup:
    """Grid lines, labels and title of x."""
    ticks = labelled(canvas.x, canvas.width, upright=False)
    places = canvas.across([tick.value for tick in ticks])
    return joined(
        *(
            joined(
                line(place, canvas.top, place, canvas.bottom, "grid"),
                words(place, canvas.bottom + 16, tick.label, "tick", "middle"),
            )
            for tick, place in zip(ticks, places.tolist(), strict=True)
        ),
        line(canvas.left, canvas.bottom, canvas.right, canvas.bottom, "axis"),
        words(canvas.left + canvas.width / 2, canvas.bottom + 34, title, "name", "middle"),
    )


def mark_rows(
    marks: Sequence[tuple[float, str]], span: Span, left: float, width: float
) -> list[tuple[float, int]]:
    """Where the labels of upright marks at these values go: start and row."""
    return rows_for([(left + span.place(value) * width, label) for value, label in marks], left, left + width)


def upright_marks(canvas: Canvas, marks: Sequence[tuple[float, str]]) -> Markup:
    """Lines at values of x, with their labels in rows above the plot."""
    rows = mark_rows(marks, canvas.x, canvas.left, canvas.width)
    places = canvas.across([value for value, _ in marks]).tolist()
    return joined(
        *(
            joined(
                line(place, canvas.top - 2 - LINE * row, place, canvas.bottom, "mark"),
                words(start, canvas.top - 5 - LINE * row, shortened(label, canvas.width, FONT), "marked"),
            )
            for (_, label), (start, row), place in zip(marks, rows, places, strict=True)
            if canvas.left - 0.5 <= place <= canvas.right + 0.5
        )
    )


def level_marks(canvas: Canvas, marks: Sequence[Mark]) -> Markup:
    """Lines at values of y, with their labels at their right ends: above, or as near as there is room."""
    known = [(float(canvas.down([mark.y])[0]), mark.label) for mark in marks if mark.y is not None]
    made = []
    taken: list[float] = []
    for place, label in sorted(known):
        if canvas.top - 0.5 <= place <= canvas.bottom + 0.5:
            taken.append(_free(place, canvas, taken))
            made.append(line(canvas.left, place, canvas.right, place, "mark"))
            made.append(
                words(canvas.right - 2, taken[-1], shortened(label, canvas.width, FONT), "marked", "end")
            )
    return joined(*made)


def _free(place: float, canvas: Canvas, taken: Sequence[float]) -> float:
    """The base line nearest to the place that is inside and touches no other."""
    highest = canvas.top + FONT
    wanted = (place - 4, highest, *(base + side * LINE for base in (place - 4, *taken) for side in (1, -1)))
    free = [
        base
        for base in wanted
        if highest <= base <= canvas.bottom - 2 and all(abs(base - other) >= LINE - 1e-6 for other in taken)
    ]
    return min(free, key=lambda base: abs(base - place + 4), default=place - 4)

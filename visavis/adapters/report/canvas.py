"""Where things go in a plot. Units are those of its view box, about 1.2 px on a desk and 0.8 px on a phone."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.adapters.report.numbers import width_of
from visavis.adapters.report.scales import Span, Tick, Values

WIDTH = 420.0
FONT = 12.0
LINE = 15.0  #: from one line of text to the next
LOOKS = 6  #: colours, dashes and markers before they begin again


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The area within the axes. `left` and `top` are its corner in the view box."""

    left: float
    top: float
    width: float
    height: float
    x: Span
    y: Span

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def across(self, values: Sequence[float] | Values) -> Values:
        """Horizontal places; those far outside are kept near, so that no renderer stumbles over them."""
        return self.left + self.x.places(values).clip(-2.0, 3.0) * self.width

    def down(self, values: Sequence[float] | Values) -> Values:
        return self.bottom - self.y.places(values).clip(-2.0, 3.0) * self.height


def labelled(span: Span, length: float, *, upright: bool) -> list[Tick]:
    """The ticks whose labels fit beside each other, those of low rank first."""
    kept: list[tuple[float, float]] = []
    chosen = []
    for tick in sorted(span.ticks(), key=lambda tick: tick.rank):
        place = span.place(tick.value) * length
        half = (LINE if upright else width_of(tick.label, FONT) + 8) / 2
        if all(place + half <= low or place - half >= high for low, high in kept):
            kept.append((place - half, place + half))
            chosen.append(tick)
    return sorted(chosen, key=lambda tick: tick.value)


def rows_for(labels: Sequence[tuple[float, str]], left: float, right: float) -> list[tuple[float, int]]:
    """(start, row) of labels centred at given places, so that none covers another or leaves left..right."""
    ends: list[float] = []
    placed = {}
    for number in sorted(range(len(labels)), key=lambda number: labels[number][0]):
        at, label = labels[number]
        wide = width_of(label, FONT)
        start = max(min(at - wide / 2, right - wide), left)
        row = next((row for row, end in enumerate(ends) if end + 8 <= start), len(ends))
        ends[row : row + 1] = [start + wide]
        placed[number] = (start, row)
    return [placed[number] for number in range(len(labels))]

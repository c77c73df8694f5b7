"""What a report says, before anybody decides what it looks like."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from visavis.domain.errors import ValueInvalid


class Scale(StrEnum):
    LINEAR = "linear"
    LOG = "log"  #: decades of 10; values are above 0
    PROBIT = "probit"  #: normal deviates, as DET plots use them; values lie between 0 and 1


class Level(StrEnum):
    """How good the news is."""

    GOOD = "good"
    WATCH = "watch"
    BAD = "bad"
    NOTE = "note"


class Look(StrEnum):
    LINE = "line"
    STEPS = "steps"  #: each y holds until the next x
    POINTS = "points"
    BARS = "bars"  #: upright around their x; with names, as points with names, level and one below the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """`low` and `high` bound what is shown; `None`: as the data ask. `percent`: ticks are written as percentages."""

    label: str
    scale: Scale = Scale.LINEAR
    low: float | None = None
    high: float | None = None
    percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points (n,); `low` and `high`, (n,) or empty, bound what each could be as well (an interval).

    `names`, (n,) or empty, replace the ticks of x for bars of categories, whose x are 0, 1, 2, …
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    names: Sequence[str] = ()
    look: Look = Look.LINE

    def __post_init__(self) -> None:
        lengths = {len(self.x), len(self.y)} | {len(s) for s in (self.low, self.high, self.names) if len(s)}
        if len(lengths) != 1 or bool(len(self.low)) != bool(len(self.high)):
            raise ValueInvalid("A series has as many x as y, and bounds for all of its points or none.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A line across the plot, as at a threshold; exactly one of `x` and `y`."""

    label: str
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """`caption` says in a sentence what there is to see: it also serves those who cannot see it."""

    title: str
    caption: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Cells are text, ready to be read; `columns` and each row have one length. Cells of numbers go to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueInvalid("A row has a cell for each column.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence in everyday words, for those who read no further."""

    level: Level
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photograph as evidence: `content` is a JPEG file, `caption` says what there is to see."""

    caption: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Pictures, plots, then tables, under a heading; `text` are paragraphs."""

    heading: str
    pictures: Sequence[Picture] = ()
    text: Sequence[str] = ()
    plots: Sequence[Plot] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Page one: `findings` and `facts` (name, value), which a manager can read. The sections prove them.

    `data` is the machine-readable document of the same content, as JSON text; it travels inside the page.
    """

    title: str
    subtitle: str
    findings: Sequence[Finding]
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    data: str = ""
    footer: str = ""


class Reports(Protocol):
    """Turns reports into pages."""

    def page(self, report: Report) -> str:
        """One self-contained page: nothing is fetched from anywhere."""
        ...

"""Tables: columns of numbers go to the right, and wide ones move within their frame."""

import re
from collections.abc import Sequence

from visavis.adapters.report.markup import Markup, element
from visavis.application.ports.reports import Table

_NUMBERS = re.compile(
    r"[-+−]?\d[\d.,]*(?:[eE][-+−]?\d+)?(?:[·×]?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
    r"|(?<![^\W\d])(?:to|of|px|ms|s|KB|MB|GB)(?!\w)|[<>≤≥~≈±−–—%×x/…()\s]"
)
"""Numbers, and what may stand between and behind them: 0.6 %, 88 of 11,003, 1.20 (1.10 to 1.31)."""
_NOTHING = frozenset({"", "–", "—", "-", "n/a"})


def table(made: Table) -> Markup:
    """A table under its title; the title is also what assistive technology calls it."""
    numeric = [_is_numeric([row[place] for row in made.rows]) for place in range(len(made.columns))]
    head = element("tr", *(_heading(name, right) for name, right in zip(made.columns, numeric, strict=True)))
    whole = element(
        "table", element("thead", head), element("tbody", *(_row(row, numeric) for row in made.rows))
    )
    title = element("h3", made.title) if made.title else Markup("")
    caption = element("p", made.caption, class_="caption") if made.caption else Markup("")
    frame = element(
        "div", whole, class_="wide", tabindex="0", role="region", aria_label=made.title or "Table"
    )
    return element("div", title, frame, caption, class_="table")


def _heading(name: str, right: bool) -> Markup:
    return element("th", name, scope="col", class_="n" if right else None)


def _row(row: Sequence[str], numeric: Sequence[bool]) -> Markup:
    """The first cell names the row, unless it is a number."""
    cells = [
        element("td", cell, class_="n" if right else None) for cell, right in zip(row, numeric, strict=True)
    ]
    if row and not numeric[0]:
        cells[0] = element("th", row[0], scope="row")
    return element("tr", *cells)


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether all cells that say something are numbers or ranges of numbers."""
    said = [cell.strip() for cell in cells if cell.strip() not in _NOTHING]
    return bool(said) and all(_is_number(cell) for cell in said)


def _is_number(cell: str) -> bool:
    return any(character.isdigit() for character in cell) and not _NUMBERS.sub("", cell)

"""Tables for people; cells are text and never markup, because names and paths come from outside."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Cell = str | tuple[str, str]
"""Text, or text with a style."""


def print_table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """Columns whose title starts with > are right-aligned and never broken."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"), justify="right" if right else "left", no_wrap=right, overflow="fold"
        )
    for row in rows:
        table.add_row(*[_text(cell) for cell in row])
    console.print(table)


def print_facts(console: Console, facts: Iterable[tuple[str, Cell]]) -> None:
    """Name and value, a line each."""
    lines = list(facts)
    width = max((len(name) for name, _ in lines), default=0)
    for name, value in lines:
        print_line(console, (f"  {name:<{width}}  ", "dim"), value)


def print_line(console: Console, *parts: Cell) -> None:
    """One line, never broken by us."""
    console.print(Text.assemble(*[_text(part) for part in parts]), soft_wrap=True)


def print_failure(console: Console, photo: str, message: str, hint: str) -> None:
    """Why a photo could not be used, and what to do; its name is not repeated where the message begins with it."""
    named = message if message.startswith(photo) else f"{photo}: {message}"
    print_line(console, ("✗ ", "red"), named, (f" {hint}" if hint else "", "dim"))


def _text(cell: Cell) -> Text:
    return Text(cell) if isinstance(cell, str) else Text(cell[0], style=cell[1])

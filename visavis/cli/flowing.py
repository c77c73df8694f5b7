"""Help that fits the terminal: paragraphs of docstrings flow, instead of breaking where the source does."""

from collections.abc import Callable
from typing import Any, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

_AS_IT_IS = "\b"  # begins a paragraph that keeps its lines


def flowing(app: typer.Typer) -> Callable[..., Any]:
    """The command that the application is."""
    command = typer.main.get_command(app)
    _flow(cast("TyperGroup", command))
    return command


def _flow(command: TyperCommand | TyperGroup) -> None:
    if command.help:
        command.help = flowed(command.help)
    for child in getattr(command, "commands", {}).values():
        _flow(child)


def flowed(text: str) -> str:
    """The same text with one line for each paragraph, but for those whose lines matter."""
    return "\n\n".join(_one_line(paragraph) for paragraph in text.split("\n\n"))


def _one_line(paragraph: str) -> str:
    lines = paragraph.split("\n")
    matter = paragraph.startswith(_AS_IT_IS) or any(line.startswith(" ") for line in lines)
    return paragraph if matter else " ".join(line.strip() for line in lines)

"""Questions before something is removed."""

import sys

import typer

from visavis.domain.errors import ValueInvalid


def require_yes(question: str, *, yes: bool) -> None:
    """Asks on a terminal; ends the command with 1 after a no. Raises `ValueInvalid` where nobody can be asked."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise ValueInvalid("This removes data, and nobody is there to be asked.", hint="Add --yes.")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)

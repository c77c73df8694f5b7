"""visavis retention"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.stores import open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.governance import RetentionDocument

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")]


def retention(invocation: Invocation) -> None:
    """How long things are kept. The rules stand in each gallery's policy; the worker applies them by itself.

    \b
    Examples:
      visavis galleries policy staff --reference-days 365 --event-days 30
      visavis retention run --dry-run
    """


def apply(invocation: Invocation, dry_run: DryRunOption = False) -> None:
    """Remove now what is older than the policies allow, and what ended consents no longer cover.

    \b
    Examples:
      visavis retention run --dry-run
      visavis retention run
    """

    async def work() -> "RetentionDocument":
        from visavis.bootstrap.documents import retention_document

        async with open_platform(invocation) as platform:
            return retention_document(await platform.retain(dry_run=dry_run))

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "RetentionDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line, print_table

    if document.galleries:
        rows = [
            (one.gallery or "(galleries that are gone)", f"{one.references:,}", f"{one.events:,}")
            for one in document.galleries
        ]
        print_table(console, ("gallery", ">references", ">events"), rows)
    verb = "would be removed" if document.dry_run else "removed"
    if document.consents:
        print_line(console, f"{counted(document.consents, 'subject')} without consent {verb}")
    if not document.galleries and not document.consents:
        print_line(console, "Nothing is too old.")
    elif document.dry_run:
        print_line(console, ("Nothing was removed: this was a dry run.", "dim"))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(retention), no_args_is_help=True)
    group.command("run")(common(apply))
    app.add_typer(group, name="retention", rich_help_panel=panel)

"""visavis reports"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import open_platform, run
from visavis.domain.errors import FileUnreadable, ValueInvalid

if TYPE_CHECKING:
    from uuid import UUID

    from rich.console import Console

    from visavis.wire.reports import ReportsDocument
    from visavis.wire.v1.reports import ReportNote

FileArgument = Annotated[
    Path,
    typer.Argument(metavar="FILE.json", help="As evaluate … --json printed it, or evaluate bias --signed."),
]
TitleOption = Annotated[
    str | None,
    typer.Option("--title", metavar="TEXT", help="What to call it; the name of the file otherwise."),
]
ReportArgument = Annotated[str, typer.Argument(metavar="ID", help="Identifier of the report.")]
PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Listed at most.")]


def reports(invocation: Invocation, limit: PageSize = 100, server: ServerOption = None) -> None:
    """Reports of evaluations and audits, kept where the rest of the proof is. Without a command: list them.

    \b
    Examples:
      visavis reports
      visavis reports add bias.json --title "Bias audit, spring"
    """
    if invocation.subcommand is not None:
        return
    from itertools import islice

    async def work() -> "list[ReportNote]":
        from visavis.application.ports.kept_reports import ReportFilter
        from visavis.wire.v1.reports import ReportNote

        async with open_platform(invocation) as platform:
            found = await platform.reports.page(ReportFilter(), limit=limit)
        return [ReportNote.of(one) for one in found]

    with connected(invocation, server) as client:
        found = run(work) if client is None else list(islice(client.reports.list(page_size=limit), limit))
    _answer(invocation, found)


def add(
    invocation: Invocation, file: FileArgument, title: TitleOption = None, server: ServerOption = None
) -> None:
    """Keep a report. A signature in it is verified; its digest goes into the audit log.

    \b
    Examples:
      visavis evaluate folder staff/ --json > evaluation.json && visavis reports add evaluation.json
      visavis reports add bias.json --server https://faces.example.org
    """
    try:
        content = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"{file} cannot be read.") from error
    name = title or file.stem

    async def work() -> "list[ReportNote]":
        from visavis.bootstrap.kept_reports import read_report
        from visavis.wire.v1.reports import ReportNote

        async with open_platform(invocation) as platform:
            return [ReportNote.of(await platform.reports.add(read_report(content, title=name)))]

    with connected(invocation, server) as client:
        found = run(work) if client is None else [client.reports.add(name, content)]
    _answer(invocation, found)


def remove(invocation: Invocation, report: ReportArgument, server: ServerOption = None) -> None:
    """Remove a report. The audit log still has its digest.

    \b
    Examples:
      visavis reports remove 6f0a3c1e-0b7a-4a57-9d2f-0d5b6a7c8e90
    """
    report_id = _identifier(report)

    async def work() -> "list[ReportNote]":
        from visavis.domain.report import ReportId
        from visavis.wire.v1.reports import ReportNote

        async with open_platform(invocation) as platform:
            return [ReportNote.of(await platform.reports.remove(ReportId(report_id)))]

    with connected(invocation, server) as client:
        if client is None:
            found = run(work)
        else:
            found = [client.reports.get(report_id).report]
            client.reports.remove(report_id)
    _answer(invocation, found)


def _identifier(text: str) -> "UUID":
    from uuid import UUID

    try:
        return UUID(text)
    except ValueError as error:
        raise ValueInvalid(
            "A report is named by its identifier.", hint="List them: visavis reports"
        ) from error


def _answer(invocation: Invocation, found: "list[ReportNote]") -> None:
    from visavis.wire.reports import ReportsDocument

    document = ReportsDocument(reports=tuple(found))
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "ReportsDocument") -> None:
    """A row for each report."""
    from visavis.cli.tables import print_line, print_table

    if not document.reports:
        print_line(console, "No report is kept. Add one: visavis reports add FILE.json")
        return
    rows = [
        [
            one.id,
            f"{one.added_at:%Y-%m-%d}",
            one.kind.value,
            one.title,
            one.gallery or one.pack,
            "signed here" if one.own else "signed" if one.signed else "not signed",
        ]
        for one in document.reports
    ]
    print_table(console, ("report", "added", "kind", "title", "about", "signature"), rows)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(reports))
    group.command("add")(common(add))
    group.command("remove")(common(remove))
    app.add_typer(group, name="reports", rich_help_panel=panel)

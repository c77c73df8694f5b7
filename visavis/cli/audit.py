"""visavis audit"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import common
from visavis.cli.stores import open_platform, run
from visavis.domain.errors import FileUnreadable

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.ports.audit import AuditHead
    from visavis.wire.governance import AuditDocument, AuditVerifyDocument

NumberOption = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="Entries listed at most.")
]
BeforeOption = Annotated[
    int | None, typer.Option("--before", metavar="N", min=1, help="Only entries before this number.")
]
AfterOption = Annotated[
    int, typer.Option("--after", metavar="N", min=0, help="Only entries after this number.")
]
HeadOption = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="An earlier export: also finds a log that was cut off or written anew since.",
        show_default=False,
    ),
]
ExportFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Standard output by default.", show_default=False)
]


def audit(invocation: Invocation) -> None:
    """The audit log: who did what, when, to whom, with which model and policy. It can only grow.

    Without a command: the latest entries.

    \b
    Examples:
      visavis audit
      visavis audit verify
      visavis audit export audit.ndjson
    """
    if invocation.subcommand is None:
        listing(invocation)


def listing(invocation: Invocation, limit: NumberOption = 50, before: BeforeOption = None) -> None:
    """List the latest entries, the newest first.

    \b
    Examples:
      visavis audit list --limit 200
      visavis audit list --before 1000 --json
    """

    async def work() -> "AuditDocument":
        from visavis.wire.governance import AuditDocument, AuditLine

        async with open_platform(invocation) as platform:
            entries = await platform.audit.latest(before=before, limit=limit)
        return AuditDocument(entries=tuple(AuditLine.of(entry) for entry in entries))

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def verify(invocation: Invocation, export: HeadOption = None) -> None:
    """Compute the whole chain anew: has any entry been changed, removed or moved?

    Ends with 0 if the chain holds and with 1 if it does not.

    \b
    Examples:
      visavis audit verify
      visavis audit verify --export audit-2026-10.ndjson
    """
    known = None if export is None else _head(export)

    async def work() -> "AuditVerifyDocument":
        from visavis.wire.governance import AuditVerifyDocument

        async with open_platform(invocation) as platform:
            report = await platform.audit.verify(known)
        return AuditVerifyDocument(
            intact=report.intact,
            entries=report.entries,
            head=report.head.digest,
            sequence=report.head.sequence,
            broken=report.broken,
            problem=report.problem,
        )

    document = run(work)
    invocation.answer(document, lambda console: render_report(console, document))
    raise typer.Exit(0 if document.intact else 1)


def export(invocation: Invocation, file: ExportFile = None, after: AfterOption = 0) -> None:
    """Write every entry as a line of JSON, and then the signed end of the chain.

    The file can be verified without this installation; how, is told in the documentation.

    \b
    Examples:
      visavis audit export audit.ndjson
      visavis audit export --after 1000 > audit-since.ndjson
    """

    async def work() -> int:
        count = 0
        async with open_platform(invocation) as platform:
            out = sys.stdout if file is None else file.open("w", encoding="ascii")
            try:
                async for line in platform.audit.export(after=after):
                    out.write(line + "\n")
                    count += 1
            finally:
                out.flush()
                if file is not None:
                    out.close()
        return count - 1

    try:
        count = run(work)
    except OSError as error:
        raise FileUnreadable(f"{shown(file or '-')}: {error.strerror}.") from error
    invocation.say(f"{count} entries exported.")


def _head(file: Path) -> "AuditHead":
    """The last line of an export."""
    import json

    from visavis.application.ports.audit import AuditHead

    try:
        with file.open("rb") as source:
            source.seek(max(file.stat().st_size - 4096, 0))
            head = json.loads(source.read().splitlines()[-1])["head"]
        return AuditHead(sequence=int(head["sequence"]), digest=str(head["digest"]))
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise FileUnreadable(f"{shown(file)} is not a whole export of an audit log.") from error


def render(console: "Console", document: "AuditDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.entries:
        print_line(console, "The audit log is empty.")
        return
    rows = [
        (
            str(one.sequence),
            one.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            one.actor,
            one.action,
            one.target,
            " ".join(f"{name}={value}" for name, value in one.details.items()),
        )
        for one in document.entries
    ]
    print_table(console, (">number", "time", "who", "what", "to what", "details"), rows)


def render_report(console: "Console", document: "AuditVerifyDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    entries = counted(document.entries, "entry", "entries")
    if document.intact:
        print_line(console, ("intact", "bold green"), f" — {entries}")
        print_line(console, (f"ends with {document.sequence}: {document.head}", "dim"))
        return
    print_line(console, ("broken", "bold red"), f" at entry {document.broken}: {document.problem}")
    print_line(console, f"{entries} before it hold.")


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(audit))
    group.command("list")(common(listing))
    group.command("verify")(common(verify))
    group.command("export")(common(export))
    app.add_typer(group, name="audit", rich_help_panel=panel)

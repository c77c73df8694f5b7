"""visavis subjects, visavis erase"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.enrol import SubjectArgument
from visavis.cli.invocation import Invocation, shown, write_data
from visavis.cli.options import YesOption, common
from visavis.cli.questions import require_yes
from visavis.cli.receipts import ReasonOption, ReceiptOption, keep_receipt
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.galleries import EraseDocument, SubjectsDocument
    from visavis.wire.governance import SubjectExportDocument

OneGallery = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Only subjects of this gallery.")
]
AfterOption = Annotated[str, typer.Option("--after", metavar="NAME", help="Begin after this name.")]
PageOption = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Subjects listed at most.")
]
TemplatesOption = Annotated[bool, typer.Option("--templates", help="Also the templates, decrypted.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write it there.", show_default=False)
]


def subjects(
    invocation: Invocation,
    gallery: OneGallery = None,
    after: AfterOption = "",
    limit: PageOption = 1000,
    server: ServerOption = None,
) -> None:
    """List who is enrolled, by name, with the number of references.

    \b
    Examples:
      visavis subjects
      visavis subjects --gallery staff --json
      visavis subjects export ada --out ada.json
    """
    invocation.server = server
    if invocation.subcommand is not None:
        return
    with connected(invocation, server) as client:
        if client is not None:
            from visavis.cli.remote import people as remote

            found = remote.subjects(client, gallery, after=after, limit=limit)
            invocation.answer(found, lambda console: render_subjects(console, found))
            return

    async def work() -> "SubjectsDocument":
        from visavis.wire.galleries import SubjectEntry, SubjectsDocument

        async with open_platform(invocation) as platform:
            chosen = await existing_gallery(platform, gallery) if gallery else None
            found = await platform.galleries.subjects(chosen, after=after, limit=limit + 1)
        page = found[:limit]
        return SubjectsDocument(
            gallery=gallery,
            subjects=tuple(SubjectEntry.of(one.subject, one.galleries) for one in page),
            next_after=page[-1].subject.name if len(found) > limit else None,
        )

    document = run(work)
    invocation.answer(document, lambda console: render_subjects(console, document))


def export(
    invocation: Invocation,
    subject: SubjectArgument,
    templates: TemplatesOption = False,
    out: OutOption = None,
) -> None:
    """Everything that is kept about one subject, as JSON, to be handed to her.

    \b
    Examples:
      visavis subjects export ada --out ada.json
    """

    async def work() -> "SubjectExportDocument":
        from datetime import UTC, datetime

        from visavis.bootstrap.documents import subject_export_document
        from visavis.bootstrap.governance import software

        async with open_platform(invocation) as platform:
            exported = await platform.export_subject(subject, templates=templates)
        return subject_export_document(exported, now=datetime.now(UTC), software=software())

    text = run(work).pretty()
    if out is None:
        write_data(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise ValueInvalid(f"{shown(out)}: {error.strerror}.") from error
    invocation.say(f"Everything about {subject}: {shown(out)}")


def erase(
    invocation: Invocation,
    subject: SubjectArgument,
    reason: ReasonOption = "",
    receipt: ReceiptOption = None,
    yes: YesOption = False,
    server: ServerOption = None,
) -> None:
    """Remove a subject and everything kept of it, from every gallery, at once.

    When this has ended, no search in any process can match the subject any more. Asks first, unless --yes. The
    receipt is signed: anybody can verify it without this installation.

    \b
    Examples:
      visavis erase ada
      visavis erase ada --yes --receipt receipt.json
    """
    require_yes(f"Erase {subject} from every gallery? This cannot be undone.", yes=yes)

    async def work() -> "EraseDocument":
        from visavis.bootstrap.documents import receipt_document
        from visavis.wire.galleries import EraseDocument

        async with open_platform(invocation) as platform:
            done = await platform.erase(subject, reason=reason)
        return EraseDocument.of(
            subject,
            done.subject_id,
            references=done.references,
            galleries=done.galleries,
            images=done.removed.samples,
            events=done.removed.events,
            receipt=receipt_document(done.receipt) if done.receipt else None,
        )

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import people as remote

            document = remote.erase(client, subject, reason)
    if document.receipt is not None:
        keep_receipt(invocation, document.receipt, receipt)
    invocation.answer(document, lambda console: render_erasure(console, document))


def render_subjects(console: "Console", document: "SubjectsDocument") -> None:
    from visavis.cli.sentences import listed
    from visavis.cli.tables import print_line, print_table

    if not document.subjects:
        print_line(console, "Nobody is enrolled.")
        return
    rows = [
        (
            one.name,
            str(one.references),
            listed([f"{name} ({count})" for name, count in one.galleries.items()]),
            one.created_at.astimezone().strftime("%Y-%m-%d"),
        )
        for one in document.subjects
    ]
    print_table(console, ("subject", ">references", "galleries", "since"), rows)
    if document.next_after:
        print_line(console, (f'More: visavis subjects --after "{document.next_after}"', "dim"))


def render_erasure(console: "Console", document: "EraseDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    references = counted(document.references, "reference")
    galleries = counted(document.galleries, "gallery", "galleries")
    print_line(console, (document.subject, "bold"), f" erased: {references} in {galleries}")
    if document.receipt:
        print_line(console, (f"receipt {document.receipt.id}", "dim"))


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(invoke_without_command=True, callback=common(subjects))
    group.command("export")(common(export))
    app.add_typer(group, name="subjects", rich_help_panel=panel)

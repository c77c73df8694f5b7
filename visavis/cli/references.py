"""visavis references"""

import csv
import io
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, write_data
from visavis.cli.options import GalleryOption, common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import DEFAULT_GALLERY, existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.ageing import AgeingDocument, AgeingNote

DaysOption = Annotated[
    int, typer.Option("--days", metavar="N", min=1, max=36_500, help="References are old after so many days.")
]
QualityOption = Annotated[
    float, typer.Option("--quality", metavar="Q", min=0, max=100, help="References below are poor, 0 to 100.")
]
AfterOption = Annotated[str, typer.Option("--after", metavar="NAME", help="Begin behind this subject.")]
PageSize = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Listed at most.")]
CsvFlag = Annotated[bool, typer.Option("--csv", help="Write CSV to standard output.")]
_COLUMNS = ("subject", "subject_id", "reasons", "age_days", "quality", "score", "earlier_score", "headroom")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def references(invocation: Invocation) -> None:
    """The references of a gallery as a whole.

    \b
    Examples:
      visavis references ageing --gallery staff
    """


def ageing(
    invocation: Invocation,
    gallery: GalleryOption = DEFAULT_GALLERY,
    days: DaysOption = 1825,
    quality: QualityOption = 30.0,
    after: AfterOption = "",
    limit: PageSize = 1000,
    as_csv: CsvFlag = False,
    server: ServerOption = None,
) -> None:
    """List whom to photograph again: references that are old or poor, or that no longer match as they did.

    Matches since the youngest reference are looked at: subjects are listed whose last ones come close to the threshold,
    or score clearly lower than those before.

    \b
    Examples:
      visavis references ageing --gallery staff
      visavis references ageing --gallery staff --days 730 --csv > invite.csv
    """

    async def work() -> "AgeingDocument":
        from visavis.bootstrap.monitoring import whole_ageing_document
        from visavis.evaluation.ageing import AgeingLimits

        async with open_platform(invocation) as platform:
            place = await existing_gallery(platform, gallery)
            limits = AgeingLimits(days=days, quality=quality)
            return await whole_ageing_document(platform, place, limits, after=after, limit=limit)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import drift as remote

            document = remote.ageing(client, gallery, days=days, quality=quality, after=after, limit=limit)
    if as_csv and not invocation.as_json:
        write_data(_csv(document).rstrip("\r\n"))
        return
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "AgeingDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line, print_table

    if not document.subjects:
        print_line(console, f"Nobody in {document.gallery} needs new references.")
        return
    print_table(console, ("subject", "why"), [(one.subject, one.text) for one in document.subjects])
    print_line(console, (f"{counted(len(document.subjects), 'subject')} to photograph again", "dim"))


def _csv(document: "AgeingDocument") -> str:
    """RFC 4180; what a spreadsheet would take for a formula is marked as text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for note in document.subjects:
        writer.writerow([_cell(note, name) for name in _COLUMNS])
    return text.getvalue()


def _cell(note: "AgeingNote", name: str) -> str:
    value = note.model_dump(mode="json")[name]
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else str(value)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the group to the command line."""
    group = typer.Typer(callback=common(references), no_args_is_help=True)
    group.command("ageing")(common(ageing))
    app.add_typer(group, name="references", rich_help_panel=panel)

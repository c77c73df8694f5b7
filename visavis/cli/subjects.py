"""visavis subjects, visavis erase"""

from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.enrol import SubjectArgument
from visavis.cli.invocation import Invocation
from visavis.cli.options import YesOption
from visavis.cli.questions import require_yes
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.galleries import EraseDocument, SubjectsDocument

OneGallery = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Only subjects of this gallery.")
]
AfterOption = Annotated[str, typer.Option("--after", metavar="NAME", help="Begin after this name.")]
PageOption = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Subjects listed at most.")
]


def subjects(
    invocation: Invocation, gallery: OneGallery = None, after: AfterOption = "", limit: PageOption = 1000
) -> None:
    """List who is enrolled, by name, with the number of references.

    \b
    Examples:
      visavis subjects
      visavis subjects --gallery staff --json
    """

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


def erase(invocation: Invocation, subject: SubjectArgument, yes: YesOption = False) -> None:
    """Remove a subject and everything kept of it, from every gallery, at once.

    When this has ended, no search in any process can match the subject any more. Asks first, unless --yes.

    \b
    Examples:
      visavis erase ada
      visavis erase ada --yes
    """
    require_yes(f"Erase {subject} from every gallery? This cannot be undone.", yes=yes)

    async def work() -> "EraseDocument":
        from visavis.wire.galleries import EraseDocument

        async with open_platform(invocation) as platform:
            done = await platform.erase(subject)
        return EraseDocument.of(
            subject, done.subject_id, references=done.references, galleries=done.galleries
        )

    document = run(work)
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

"""Options of the commands of `visavis evaluate`, and the files they write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from visavis.application.labelled import Compared
    from visavis.application.ports.progress import Progress
    from visavis.application.ports.reports import Report

NonMatedOption = Annotated[
    int, typer.Option("--non-mated", metavar="N", min=1, help="At most so many non-mated comparisons, drawn.")
]
SeedOption = Annotated[
    int, typer.Option("--seed", metavar="N", min=0, help="Draws comparisons, galleries and intervals.")
]
ReferencesOption = Annotated[
    str,
    typer.Option("--references", metavar="N,N", help="Enrolment policies to compare: photos per subject."),
]
RowsOption = Annotated[
    str,
    typer.Option("--rows", metavar="mean,max,both", help="What stands in the gallery for several photos."),
]
ProbesOption = Annotated[
    str, typer.Option("--probes", metavar="N,N", help="Photos fused to one probe of a search.")
]
ThresholdOption = Annotated[
    float | None, typer.Option("--threshold", metavar="SCORE", help="The threshold in use.")
]
ScoresOption = Annotated[
    Path | None,
    typer.Option(
        "--scores",
        metavar="FILE.npz",
        help="Write the score of every comparison, for others to recompute.",
        show_default=False,
    ),
]
OverwriteOption = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]

_MOST = 20  #: photos of a subject in a policy or a probe


def counts(text: str, option: str) -> tuple[int, ...]:
    """`1,3,5`; nothing at all switches the part off. Raises `ValueInvalid`."""
    try:
        found = tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError as error:
        raise ValueInvalid(f"{option} takes numbers separated by commas, such as 1,3,5.") from error
    if found and not 1 <= found[0] <= found[-1] <= _MOST:
        raise ValueInvalid(f"{option} takes numbers from 1 to {_MOST}.")
    return found


@contextmanager
def bar(what: str) -> "Iterator[Progress]":
    """A bar on standard error, for work that tells how far it is."""
    from visavis.cli.progress import counting_bar

    with counting_bar(what, None) as advance:
        seen = 0

        def progress(done: int, total: int) -> None:
            nonlocal seen
            advance(done - seen, what, total)
            seen = done

        yield progress


def software() -> str:
    """What made a report."""
    from importlib.metadata import version

    return f"Made by visavis {version('visavis')}."


def keep_report(invocation: Invocation, file: Path | None, report: "Report", *, force: bool) -> None:
    """Writes the page where it was asked for."""
    if file is None:
        return
    from visavis.bootstrap.reports import reports
    from visavis.bootstrap.result_files import write_result

    page = reports().page(report).encode("utf-8")
    write_result(file, page, force=force)
    invocation.say(f"Report: {shown(file)}")


def keep_scores(invocation: Invocation, file: Path | None, found: "Compared", *, force: bool) -> None:
    """Writes every comparison where it was asked for."""
    if file is None:
        return
    from visavis.bootstrap.result_files import write_comparisons

    write_comparisons(file, found, force=force)
    invocation.say(f"Scores: {shown(file)}")

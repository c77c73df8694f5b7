"""visavis evaluate compare"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import OverwriteOption, bar, keep_report
from visavis.cli.invocation import Invocation
from visavis.cli.options import Rule, RuleOption, common
from visavis.cli.packs import ready_pack
from visavis.cli.report_files import ReportOption
from visavis.cli.stores import run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.model_comparison import ModelComparison
    from visavis.bootstrap.models import Models
    from visavis.domain.pack import Pack
    from visavis.wire.compare_models import ComparedNote, CompareModelsDocument

FirstArgument = Annotated[str, typer.Argument(metavar="A", help="A model pack.", show_default=False)]
SecondArgument = Annotated[
    str, typer.Argument(metavar="B", help="The model pack that may be better.", show_default=False)
]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="One folder of photos per subject.", show_default=False)
]


def compare(
    invocation: Invocation,
    a: FirstArgument,
    b: SecondArgument,
    photos: FolderArgument,
    rule: RuleOption = None,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """Is model pack B better than A? Both over the same photos: error rates, speed, and whether chance explains it.

    Error rates are compared on the same draws of people. A photo that a pack fails on counts against that pack.

    \b
    Examples:
      visavis evaluate compare standard light staff/
      visavis evaluate compare standard mine staff/ --report comparison.html
    """
    from visavis.application.reports.compare import compare_report
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.result_files import require_new
    from visavis.cli.compare_document import document_of

    require_new(report, force=force)
    settings = invocation.settings()
    packs = ready_pack(invocation, settings, a), ready_pack(invocation, settings, b)
    result = compared(Models(settings), *packs, photos, rule)
    document = document_of(result, *packs)
    page = compare_report(result, *packs, data=document.pretty())
    keep_report(invocation, report, page, force=force)
    invocation.answer(document, lambda console: render(console, document))


def compared(models: "Models", a: "Pack", b: "Pack", photos: Path, rule: Rule | None) -> "ModelComparison":
    """With a progress bar over the photos of both packs."""
    from visavis.bootstrap.comparing import comparison
    from visavis.bootstrap.evaluation import labelled_photos
    from visavis.domain.decision import Measure

    rows = labelled_photos(photos)
    work = comparison(models, a, b, Measure(rule) if rule else Measure.COSINE)
    with bar("photos") as progress:
        return run(lambda: work(rows, progress))


def render(console: "Console", document: "CompareModelsDocument") -> None:
    """The verdict in a sentence, and a row for each figure."""
    from visavis.cli.tables import print_facts, print_line, print_table

    print_line(console, (document.summary, "bold"))
    facts = [
        (letter, f"{one.pack.name}, {', '.join(one.pack.licences)}{_restricted(one.pack.commercial)}")
        for letter, one in (("A", document.a), ("B", document.b))
    ]
    counts = f"{document.mated:,} mated, {document.non_mated:,} non-mated, {document.measure}"
    facts += [
        ("photos", f"{document.photos:,} of {document.subjects:,} subjects"),
        ("comparisons", counts),
    ]
    print_facts(console, facts)
    names = (f">A: {document.a.pack.name}", f">B: {document.b.pack.name}")
    columns = ("less is better", *names, ">B - A, 95 % interval", ">B / A", ">p", "B is")
    print_table(console, columns, [_row(one) for one in document.figures])
    for one in document.figures:
        if one.advice:
            print_line(console, (f"{one.name}: {one.advice}", "dim"))


def _row(one: "ComparedNote") -> list[str]:
    difference = one.difference
    bounds = f" ({_text(one, difference.low, '+')} to {_text(one, difference.high, '+')})"
    return [
        one.name,
        _text(one, one.a.value),
        _text(one, one.b.value),
        _text(one, difference.value, "+") + ("" if difference.low == difference.high else bounds),
        "" if difference.ratio is None else f"{difference.ratio:.2f}",
        "" if difference.p_value is None else f"{difference.p_value:.3f}",
        one.verdict.replace("_", " "),
    ]


def _text(one: "ComparedNote", value: float, sign: str = "") -> str:
    if one.figure == "template_bytes":
        return f"{value:{sign},.0f}"
    return f"{value:{sign}.1f}" if one.figure == "photo_ms" else f"{value:{sign}.2%}"


def _restricted(commercial: bool) -> str:
    return "" if commercial else " (non-commercial weights)"


def add_to(group: typer.Typer) -> None:
    """`compare` among the commands of `evaluate`."""
    group.command("compare")(common(compare))

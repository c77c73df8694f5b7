"""visavis evaluate, and visavis models calibrate"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import PackOption, Rule, RuleOption, common
from visavis.cli.packs import ready_pack
from visavis.cli.stores import run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.evaluate import Evaluation
    from visavis.application.ports.progress import Progress
    from visavis.bootstrap.evaluation import Evaluations
    from visavis.domain.decision import Measure
    from visavis.domain.pack import Pack
    from visavis.wire.evaluation import CalibrateDocument, EvaluateDocument, RateNote

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="PAIRS.csv",
        help="Columns reference, probe, mated (1 or 0), and optionally fold.",
        show_default=False,
    ),
]
RootOption = Annotated[
    Path | None,
    typer.Option(
        "--root", metavar="DIR", help="What the paths in the table are relative to; its own folder."
    ),
]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="One folder of photos per subject.", show_default=False)
]
NonMatedOption = Annotated[
    int, typer.Option("--non-mated", metavar="N", help="At most so many non-mated comparisons, drawn.")
]
DataOption = Annotated[
    str, typer.Option("--data", metavar="NAME", help="What to call the data; it is named in every decision.")
]
LEAST_RATE = (
    1e-3  #: a calibration that does not reach this rate would make thresholds worse than the shipped ones
)
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]


def evaluate(invocation: Invocation) -> None:
    """How often is it wrong? Error rates with confidence intervals on your own labelled photos.

    \b
    Examples:
      visavis evaluate folder staff/
      visavis evaluate pairs pairs.csv --root images
    """


def pairs(
    invocation: Invocation,
    table: TableArgument,
    root: RootOption = None,
    rule: RuleOption = None,
    pack: PackOption = None,
) -> None:
    """1:1 error rates over given pairs of photos: accuracy, EER, FNMR at FMR.

    Terms of ISO/IEC 19795-1; 95 % intervals by drawing subjects; photos without a template count as errors.

    \b
    Examples:
      visavis evaluate pairs pairs.csv --root images
      visavis evaluate pairs pairs.csv --root images --pack classic --rule euclidean --json
    """
    from visavis.bootstrap.evaluation import read_pairs

    rows = read_pairs(table, root or table.parent)
    evaluations = _evaluations(invocation, pack)
    work = evaluations.pairs(_measure(rule))
    with _bar() as progress:
        result = run(lambda: work(rows, progress))
    _answer(invocation, result, evaluations.pack)


def folder(
    invocation: Invocation,
    photos: FolderArgument,
    non_mated: NonMatedOption = 2_000_000,
    rule: RuleOption = None,
    pack: PackOption = None,
) -> None:
    """1:1 and 1:N error rates over a folder: all mated pairs, drawn non-mated ones, open-set searches.

    \b
    Examples:
      visavis evaluate folder staff/
    """
    from dataclasses import replace

    from visavis.bootstrap.evaluation import labelled_photos

    rows = labelled_photos(photos)
    evaluations = _evaluations(invocation, pack)
    work = replace(evaluations.folder(_measure(rule)), non_mated=non_mated)
    with _bar() as progress:
        result = run(lambda: work(rows, progress))
    _answer(invocation, result, evaluations.pack)


def calibrate(
    invocation: Invocation,
    pack: PackArgument,
    photos: FolderArgument,
    data: DataOption,
    rule: RuleOption = None,
) -> None:
    """Derive thresholds from your own photos, one folder per subject; from then on the pack decides by them.

    \b
    Examples:
      visavis models calibrate standard staff/ --data "staff photos, entrance camera, 2026"
    """
    from visavis.bootstrap.evaluation import checked_data_name, labelled_photos
    from visavis.wire.evaluation import CalibrateDocument

    name, rows = checked_data_name(data), labelled_photos(photos)
    evaluations = _evaluations(invocation, pack)
    work = evaluations.folder(_measure(rule))
    with _bar() as progress:
        calibration = run(lambda: work.calibrate(rows, data=name, progress=progress))
    if calibration.lowest_fmr > LEAST_RATE:
        raise ValueInvalid(
            f"These photos support false-match rates down to {calibration.lowest_fmr:.1e} only; "
            f"{LEAST_RATE:g} is the least that makes sense.",
            hint="Use more subjects: 250 with two photos each support 1e-3 easily, 1,200 support 1e-5.",
        )
    path = evaluations.keep(calibration)
    document = CalibrateDocument.of(calibration, pack=evaluations.pack.name, file=str(path))
    invocation.answer(document, lambda console: render_calibration(console, document))


def add_to(app: typer.Typer, models: typer.Typer, panel: str) -> None:
    """The group `evaluate`, and `calibrate` among the commands of `models`."""
    group = typer.Typer(callback=common(evaluate), no_args_is_help=True)
    group.command("pairs")(common(pairs))
    group.command("folder")(common(folder))
    app.add_typer(group, name="evaluate", rich_help_panel=panel)
    models.command("calibrate")(common(calibrate))


def _evaluations(invocation: Invocation, pack: str | None) -> "Evaluations":
    from visavis.bootstrap.evaluation import Evaluations
    from visavis.bootstrap.models import Models

    settings = invocation.settings()
    return Evaluations(Models(settings), ready_pack(invocation, settings, pack))


def _measure(rule: Rule | None) -> "Measure":
    from visavis.domain.decision import Measure

    return Measure(rule) if rule else Measure.COSINE


@contextmanager
def _bar() -> "Iterator[Progress]":
    from visavis.cli.progress import counting_bar

    with counting_bar("photos", None) as advance:
        seen = 0

        def progress(done: int, total: int) -> None:
            nonlocal seen
            advance(done - seen, "photos", total)
            seen = done

        yield progress


def _answer(invocation: Invocation, result: "Evaluation", pack: "Pack") -> None:
    from visavis.cli.evaluation_document import document_of

    document = document_of(result, pack)
    invocation.answer(document, lambda console: render(console, document))


def render(console: "Console", document: "EvaluateDocument") -> None:
    """A summary in words and the rates as a table."""
    from rich.table import Table

    from visavis.cli.tables import print_facts

    facts = [
        ("pack", document.pack + (" (non-commercial weights)" if document.non_commercial else "")),
        ("photos", f"{document.photos} of {document.subjects} subjects{_guessed(document)}"),
        ("comparisons", f"{document.mated:,} mated, {document.non_mated:,} non-mated, {document.measure}"),
        ("failure to acquire", f"{document.failure_to_acquire:.2%}{_reasons(document)}"),
        ("failure to enrol", f"{document.failure_to_enrol:.2%}"),
    ]
    if document.folded_accuracy:
        folded = document.folded_accuracy
        facts.append(("accuracy by folds", f"{folded.value:.2%} ± {folded.standard_error:.2%}"))
    elif document.accuracy:
        facts.append(("accuracy, at best", f"{document.accuracy.value:.2%}"))
    print_facts(console, facts)
    table = Table("rate", "at", "value", "95 % interval", "threshold", "errors of", box=None, pad_edge=False)
    _row(table, "equal error rate", "", document.equal_error_rate)
    for rate in document.fnmr:
        _row(table, "FNMR", f"FMR {rate.target:g}", rate)
    if document.deployed_fmr and document.deployed_fnmr:
        _row(table, "FMR", "pack's threshold for 1e-4", document.deployed_fmr)
        _row(table, "FNMR", "the same", document.deployed_fnmr)
    for one in document.open_set:
        name = f"1:N, {one.references} reference{'s' * (one.references > 1)}, {one.subjects:.0f} subjects"
        _row(table, name, "rank 1", one.rank_1)
        for rate in one.fnir:
            _row(table, "  FNIR", f"FPIR {rate.target:g}", rate)
    console.print()
    console.print(table)


def _guessed(document: "EvaluateDocument") -> str:
    """Pairs tell only of photos that they join that these show one subject."""
    return ", as far as the pairs tell" if document.accuracy else ""


def _reasons(document: "EvaluateDocument") -> str:
    named = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in document.failures.items())
    return f" ({named})" if named else ""


def _row(table: object, name: str, at: str, rate: "RateNote") -> None:
    from rich.table import Table

    if isinstance(table, Table):
        mark = "" if rate.supported else " (too few trials)"
        table.add_row(
            name,
            at,
            f"{rate.value:.3%}",
            f"{rate.low:.3%} – {rate.high:.3%}{mark}",
            "" if rate.threshold is None else f"{rate.threshold:.4f}",
            f"{rate.errors:,} of {rate.trials:,}",
        )


def render_calibration(console: "Console", document: "CalibrateDocument") -> None:
    """What the calibration rests on and which thresholds it gives."""
    from visavis.cli.tables import print_facts

    print_facts(
        console,
        [
            ("pack", f"{document.pack}, {document.measure}"),
            ("data", document.data),
            ("subjects", str(document.subjects)),
            ("comparisons", f"{document.mated:,} mated, {document.non_mated:,} non-mated"),
            ("supports", f"false-match rates down to {document.lowest_fmr:.1e}"),
            *[(f"FMR {fmr}", f"{value:.4f}") for fmr, value in document.thresholds.items()],
            ("kept in", f"{document.file} (delete it to go back to the shipped calibration)"),
        ],
    )

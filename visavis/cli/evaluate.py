"""visavis evaluate, and visavis models calibrate"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.bias import add_to as add_bias_to
from visavis.cli.calibrate import calibrate
from visavis.cli.compare_models import add_to as add_compare_to
from visavis.cli.evaluate_scores import scores
from visavis.cli.evaluation_options import (
    NonMatedOption,
    OverwriteOption,
    ProbesOption,
    ReferencesOption,
    RowsOption,
    ScoresOption,
    SeedOption,
    bar,
    counts,
    keep_report,
    keep_scores,
    software,
)
from visavis.cli.evaluation_table import render
from visavis.cli.invocation import Invocation, shown
from visavis.cli.masked import masked
from visavis.cli.options import PackOption, Rule, RuleOption, common
from visavis.cli.packs import ready_pack
from visavis.cli.pad import pad
from visavis.cli.report_files import ReportOption
from visavis.cli.stores import run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from visavis.application.evaluate import Evaluation
    from visavis.bootstrap.evaluation import Evaluations
    from visavis.domain.decision import Measure
    from visavis.domain.pack import Pack
    from visavis.evaluation.open_set import Rows

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
DataOption = Annotated[
    str, typer.Option("--data", metavar="NAME", help="What to call the data; it is named in every decision.")
]
PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]


def evaluate(invocation: Invocation) -> None:
    """How often is it wrong? Error rates with confidence intervals on your own labelled photos.

    \b
    Examples:
      visavis evaluate folder staff/
      visavis evaluate pairs pairs.csv --root images
      visavis evaluate scores other-system.csv
    """


def pairs(
    invocation: Invocation,
    table: TableArgument,
    root: RootOption = None,
    rule: RuleOption = None,
    pack: PackOption = None,
    seed: SeedOption = 0,
    report: ReportOption = None,
    scores: ScoresOption = None,
    force: OverwriteOption = False,
) -> None:
    """1:1 error rates over given pairs of photos: accuracy, EER, FNMR at FMR.

    Terms of ISO/IEC 19795-1; 95 % intervals by drawing subjects; photos without a template count as errors.

    \b
    Examples:
      visavis evaluate pairs pairs.csv --root images
      visavis evaluate pairs pairs.csv --root images --pack classic --rule euclidean --json
    """
    from dataclasses import replace

    from visavis.bootstrap.evaluation import read_pairs
    from visavis.bootstrap.result_files import require_new
    from visavis.evaluation.bootstrap import Resampling

    require_new(report, scores, force=force)
    rows = read_pairs(table, root or table.parent)
    evaluations = _evaluations(invocation, pack)
    work = replace(evaluations.pairs(_measure(rule)), resampling=Resampling(seed=seed))
    with bar("photos") as progress:
        extraction = run(lambda: work.extracted(rows, progress))
    with bar("statistics") as progress:
        judged = work.judge(rows, extraction, progress)
    keep_scores(invocation, scores, judged.compared, force=force)
    _answer(invocation, judged.evaluation, evaluations.pack, shown(table), report, force=force)


def folder(
    invocation: Invocation,
    photos: FolderArgument,
    non_mated: NonMatedOption = 2_000_000,
    references: ReferencesOption = "1,3,5",
    rows: RowsOption = "mean,max,both",
    probes: ProbesOption = "1,3,5",
    rule: RuleOption = None,
    pack: PackOption = None,
    seed: SeedOption = 0,
    report: ReportOption = None,
    scores: ScoresOption = None,
    force: OverwriteOption = False,
) -> None:
    """1:1 and 1:N error rates over a folder: all mated pairs, drawn non-mated ones, open-set searches.

    Searches are played through for each way to enrol (--references, --rows) and for several photos fused to one
    probe (--probes), as far as there are photos enough.

    \b
    Examples:
      visavis evaluate folder staff/
      visavis evaluate folder staff/ --report staff.html --scores staff.npz
    """
    from dataclasses import replace

    from visavis.bootstrap.evaluation import labelled_photos
    from visavis.bootstrap.result_files import require_new
    from visavis.evaluation.bootstrap import Resampling

    require_new(report, scores, force=force)
    evaluations = _evaluations(invocation, pack)
    work = replace(
        evaluations.folder(_measure(rule)),
        non_mated=non_mated,
        policies=counts(references, "--references"),
        rows=_rows(rows),
        probes=counts(probes, "--probes"),
        seed=seed,
        resampling=Resampling(seed=seed),
    )
    found = labelled_photos(photos)
    with bar("photos") as progress:
        labelled = run(lambda: work.labelled(found, progress))
    with bar("statistics") as progress:
        judged = work.judge(labelled, progress)
    keep_scores(invocation, scores, judged.compared, force=force)
    _answer(invocation, judged.evaluation, evaluations.pack, shown(photos), report, force=force)


def add_to(app: typer.Typer, models: typer.Typer, panel: str) -> None:
    """The group `evaluate`, and `calibrate` among the commands of `models`."""
    group = typer.Typer(callback=common(evaluate), no_args_is_help=True)
    group.command("pairs")(common(pairs))
    group.command("folder")(common(folder))
    group.command("scores")(common(scores))
    add_bias_to(group)
    add_compare_to(group)
    group.command("pad")(common(pad))
    group.command("masked")(common(masked))
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


def _rows(text: str) -> "tuple[Rows, ...]":
    from visavis.evaluation.open_set import Rows

    known = {rows.value: rows for rows in (Rows.MEAN, Rows.MAX, Rows.BOTH)}
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names or set(names) - known.keys():
        raise ValueInvalid("--rows takes mean, max and both, separated by commas.")
    return tuple(known[name] for name in known if name in names)


def _answer(
    invocation: Invocation,
    result: "Evaluation",
    pack: "Pack",
    data: str,
    report: Path | None,
    *,
    force: bool,
) -> None:
    from visavis.application.reports.evaluation import Evaluated, evaluation_report
    from visavis.cli.evaluation_document import document_of

    document = document_of(result, pack)
    if report:
        about = Evaluated(
            pack=pack.name, non_commercial=pack.needs_acceptance, data=data, software=software()
        )
        page = evaluation_report(result, about, data=document.line())
        keep_report(invocation, report, page, force=force)
    invocation.answer(document, lambda console: render(console, document))

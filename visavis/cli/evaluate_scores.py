"""visavis evaluate scores"""

from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.evaluation_options import (
    OverwriteOption,
    SeedOption,
    ThresholdOption,
    bar,
    keep_report,
    software,
)
from visavis.cli.evaluation_table import render_scores
from visavis.cli.invocation import Invocation, shown
from visavis.cli.report_files import ReportOption

ScoreTableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SCORES.csv",
        help="Columns score, mated (1 or 0), and optionally first and second, the subjects of both sides.",
        show_default=False,
    ),
]


def scores(
    invocation: Invocation,
    table: ScoreTableArgument,
    threshold: ThresholdOption = None,
    seed: SeedOption = 0,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """1:1 error rates of scores that any system gave: the same statistics, the same report.

    A score is higher for photos that are more alike. An empty one is a comparison that could not be made; it counts
    as an error where it is mated. With the columns first and second, intervals are over subjects.

    \b
    Examples:
      visavis evaluate scores other.csv --threshold 0.62 --report other.html
    """
    from visavis.application.evaluate_scores import EvaluateScores
    from visavis.application.reports.evaluation import scores_report
    from visavis.bootstrap.result_files import require_new
    from visavis.bootstrap.score_tables import read_scores
    from visavis.cli.evaluation_document import scores_document_of
    from visavis.evaluation.bootstrap import Resampling

    require_new(report, force=force)
    with bar("bytes read") as progress:
        found = read_scores(table, progress)
    work = EvaluateScores(threshold=threshold, resampling=Resampling(seed=seed))
    with bar("statistics") as progress:
        result = work(found, progress)
    document = scores_document_of(result)
    if report:
        page = scores_report(result, table=shown(table), software=software(), data=document.line())
        keep_report(invocation, report, page, force=force)
    invocation.answer(document, lambda console: render_scores(console, document))

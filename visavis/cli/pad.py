"""visavis evaluate pad"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import OverwriteOption, keep_report, software
from visavis.cli.invocation import Invocation, shown
from visavis.cli.report_files import ReportOption

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.ports.reports import Finding
    from visavis.wire.evaluation import RateNote
    from visavis.wire.pad import PadDocument, PadPointNote

TableArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SCORES.csv",
        help="Columns label (bona_fide or the attack instrument), score (higher is more bona fide; "
        "empty: no response), and optionally subject.",
        show_default=False,
    ),
]
ThresholdOption = Annotated[
    list[float] | None,
    typer.Option("--threshold", "-t", metavar="SCORE", help="Rates at this threshold; may be repeated."),
]


def pad(
    invocation: Invocation,
    table: TableArgument,
    threshold: ThresholdOption = None,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """Attack detection: APCER of each attack instrument and BPCER, from the scores of any detector.

    Terms of ISO/IEC 30107-3; 95 % intervals by drawing subjects where the table names them.

    \b
    Examples:
      visavis evaluate pad scores.csv
      visavis evaluate pad scores.csv --threshold 0.5 --report liveness.html
    """
    from visavis.application.evaluate_pad import evaluate_pad
    from visavis.application.reports.pad import pad_findings, pad_report
    from visavis.bootstrap.pad import read_presentations
    from visavis.bootstrap.result_files import require_new
    from visavis.cli.pad_document import pad_document

    require_new(report, force=force)
    result = evaluate_pad(read_presentations(table), threshold or ())
    document = pad_document(result, shown(table))
    page = pad_report(result, source=shown(table.name), data=document.line(), footer=software())
    keep_report(invocation, report, page, force=force)
    invocation.answer(document, lambda console: render(console, document, pad_findings(result)))


def render(console: "Console", document: "PadDocument", findings: "list[Finding]") -> None:
    """What was presented, the rates at each threshold, and what they mean."""
    from visavis.cli.tables import print_line, print_table

    print_table(
        console,
        ("presentations of", ">number", ">people", ">no response"),
        [
            (
                one.label, f"{one.presentations:,}", "" if one.subjects is None else f"{one.subjects:,}",
                f"{one.non_response.value:.2%}",
            )
            for one in (document.bona_fide, *document.species)
        ],
    )  # fmt: skip
    console.print()
    points = (*document.deployed, *document.at_bpcer, *document.at_apcer)
    rows = [row for point in points for row in _rows(point)]
    print_table(console, ("at", ">threshold", "rate", ">value", ">95 % interval", ">errors of"), rows)
    console.print()
    for finding in findings:
        print_line(console, (f"{finding.level.value:<6}", "bold"), finding.text)


def _rows(point: "PadPointNote") -> list[tuple[str, ...]]:
    rates = [("BPCER", point.bpcer)]
    for one in point.apcer:
        mark = " ← worst" if one.species == point.worst_species and len(point.apcer) > 1 else ""
        rates.append((f"APCER {one.species}{mark}", one.apcer))
    return [
        (point.name if first else "", f"{point.threshold:.4g}" if first else "", name, *_cells(rate))
        for first, (name, rate) in zip((True, *([False] * len(rates))), rates, strict=False)
    ]


def _cells(rate: "RateNote") -> tuple[str, str, str]:
    return f"{rate.value:.2%}", f"{rate.low:.2%} – {rate.high:.2%}", f"{rate.errors:,} of {rate.trials:,}"

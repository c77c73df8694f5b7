"""visavis evaluate masked"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import OverwriteOption, bar, keep_report, software
from visavis.cli.invocation import Invocation
from visavis.cli.options import PackOption, Rule, RuleOption
from visavis.cli.packs import ready_pack
from visavis.cli.report_files import ReportOption
from visavis.cli.stores import run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.masked_result import MaskedEvaluation
    from visavis.application.ports.reports import Finding
    from visavis.bootstrap.models import Models
    from visavis.domain.pack import Pack
    from visavis.wire.masked import MaskedDocument, MaskedPhotosNote

FolderArgument = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="One folder of unmasked photos per subject.", show_default=False),
]
MaskedOption = Annotated[
    Path | None,
    typer.Option(
        "--masked-dir",
        metavar="DIR2",
        help="Photos of the same subjects with masks; painted on those in DIR by default.",
        show_default=False,
    ),
]


def masked(
    invocation: Invocation,
    photos: FolderArgument,
    masked_dir: MaskedOption = None,
    rule: RuleOption = None,
    pack: PackOption = None,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """Masks: unmasked references against masked probes, and masked against masked.

    Masks are painted into the photos, unless there are photos of masked faces; the detector runs again on these.

    \b
    Examples:
      visavis evaluate masked staff/
      visavis evaluate masked staff/ --masked-dir staff-with-masks/ --report masks.html
    """
    from visavis.application.reports.masked import masked_findings, masked_report
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.result_files import require_new
    from visavis.cli.masked_document import masked_document

    require_new(report, force=force)
    settings = invocation.settings()
    models, chosen = Models(settings), ready_pack(invocation, settings, pack)
    result = _evaluated(models, chosen, photos, masked_dir, rule)
    document = masked_document(result, chosen)
    page = masked_report(result, chosen, data=document.line(), footer=software())
    keep_report(invocation, report, page, force=force)
    invocation.answer(document, lambda console: render(console, document, masked_findings(result)))


def _evaluated(
    models: "Models", pack: "Pack", photos: Path, masked_dir: Path | None, rule: Rule | None
) -> "MaskedEvaluation":
    """With progress bars."""
    from visavis.bootstrap.evaluation import labelled_photos
    from visavis.bootstrap.masking import masked_evaluation
    from visavis.domain.decision import Measure

    rows = labelled_photos(photos)
    covered = None if masked_dir is None else labelled_photos(masked_dir)
    work = masked_evaluation(models, pack, Measure(rule) if rule else Measure.COSINE, painted=covered is None)
    with bar("photos") as progress:
        made = run(lambda: work.templates(rows, covered, progress))
    with bar("statistics") as progress:
        return work.judge(made, progress)


def render(console: "Console", document: "MaskedDocument", findings: "list[Finding]") -> None:
    """Photos, a row for each condition and rate, and what they mean."""
    from visavis.cli.tables import print_facts, print_line, print_table

    print_facts(
        console,
        [
            ("pack", f"{document.pack}, {document.measure}"),
            ("subjects", f"{document.subjects:,}"),
            ("unmasked", _photos(document.unmasked)),
            (f"masked ({document.masks})", _photos(document.masked)),
        ],
    )
    columns = (
        "who is masked",
        ">FMR",
        ">FMR, FNMR with unmasked threshold",
        ">FNMR, own threshold",
        ">95 % interval",
        ">times",
    )
    rows = [
        (
            one.condition.replace("_", " "), f"{point.fmr:g}",
            f"{point.kept_fmr.value:.2g}  {point.kept_fnmr.value:.2%}", f"{point.own_fnmr.value:.2%}",
            f"{point.own_fnmr.low:.2%} – {point.own_fnmr.high:.2%}",
            f"{point.degradation.value:.1f}" if point.degradation and point.degradation.value is not None else "",
        )
        for one in document.conditions
        for point in one.points
    ]  # fmt: skip
    console.print()
    print_table(console, columns, rows)
    console.print()
    for finding in findings:
        print_line(console, (f"{finding.level.value:<6}", "bold"), finding.text)


def _photos(photos: "MaskedPhotosNote") -> str:
    reasons = ", ".join(f"{count} {code.replace('_', ' ')}" for code, count in photos.failures.items())
    lost = f", {photos.failure_to_acquire:.2%} without a template ({reasons})" if reasons else ""
    return f"{photos.photos:,} photos{lost}"

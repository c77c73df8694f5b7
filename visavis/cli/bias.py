"""visavis evaluate bias"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import OverwriteOption, bar, keep_report
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import FmrOption, PackOption, Rule, RuleOption, common
from visavis.cli.packs import ready_pack
from visavis.cli.report_files import ReportOption
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.audit_bias import BiasAudit
    from visavis.application.ports.reports import Report
    from visavis.application.sign_bias_audit import SignedText
    from visavis.cli.bias_document import Provenance
    from visavis.domain.gallery import Gallery
    from visavis.domain.pack import Pack
    from visavis.evaluation.cohorts import Cohorts
    from visavis.wire.bias import BiasDocument, BiasRate

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="One folder of photos per subject.", show_default=False)
]
CohortsOption = Annotated[
    Path,
    typer.Option(
        "--cohorts",
        metavar="COHORTS.csv",
        help="Columns subject and attributes (sex, age_group, site …); photo for those of single photos.",
        show_default=False,
    ),
]
AttributeOption = Annotated[
    list[str] | None,
    typer.Option("--attribute", metavar="COLUMN", help="Only this column of the table; may be repeated."),
]
IntersectionsOption = Annotated[
    bool, typer.Option("--intersections", help="Every two attributes together, too: sex × age_group.")
]
GalleryOption = Annotated[
    str | None,
    typer.Option("--gallery", "-g", metavar="NAME", help="Audit what this gallery's policy makes of it."),
]
StoreOption = Annotated[
    bool, typer.Option("--store", help="Sign the audit with this installation's key and log it.")
]
SignedOption = Annotated[
    Path | None,
    typer.Option("--signed", metavar="FILE.json", help="Write the signed audit there.", show_default=False),
]


def bias(
    invocation: Invocation,
    photos: FolderArgument,
    cohorts: CohortsOption,
    attribute: AttributeOption = None,
    intersections: IntersectionsOption = False,
    fmr: FmrOption = None,
    rule: RuleOption = None,
    pack: PackOption = None,
    gallery: GalleryOption = None,
    store: StoreOption = False,
    signed: SignedOption = None,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """For whom is it wrong? Error rates of each cohort at the threshold in force, and which differ beyond chance.

    Cohorts are those of the table; nothing is inferred. With --gallery, --store or --signed the audit is signed and
    noted in the audit log. Ends with 1 if a difference was found.

    \b
    Examples:
      visavis evaluate bias staff/ --cohorts cohorts.csv --report bias.html
      visavis evaluate bias staff/ --cohorts cohorts.csv --gallery staff --signed bias.json
    """
    from visavis.bootstrap.result_files import require_new
    from visavis.cli.bias_document import document_of

    require_new(report, signed, force=force)
    rows, attributes = told(invocation, photos, cohorts, attribute or [], intersections)
    audited = _gallery(invocation, gallery, pack, rule)
    audit, made = audited_at(invocation, rows, attributes, audited, pack, rule, fmr)
    keep = bool(gallery or store or signed)
    document, proof = _signed(invocation, audit, made, audited) if keep else (document_of(audit, made), None)
    if proof:
        _keep_proof(invocation, signed, proof, force=force)
    keep_report(invocation, report, report_of(audit, document, proof), force=force)
    invocation.answer(document, lambda console: render(console, document))
    raise typer.Exit(1 if document.found else 0)


def told(
    invocation: Invocation, photos: Path, table: Path, only: list[str], crossed: bool
) -> "tuple[list[tuple[str, str]], list[Cohorts]]":
    """The photos, and what the table tells about them."""
    from visavis.bootstrap.cohorts import read_cohorts
    from visavis.bootstrap.evaluation import labelled_photos
    from visavis.cli.sentences import counted
    from visavis.evaluation.cohorts import intersections

    rows = labelled_photos(photos)
    found = read_cohorts(table, rows, photos, only)
    if found.unused_rows:
        rows_left_out = counted(found.unused_rows, "row")
        invocation.say(
            f"{rows_left_out} of {shown(table)} left out, about subjects without a folder: "
            f"the first is row {found.first_unused}."
        )
    attributes = list(found.attributes)
    return rows, attributes + (intersections(attributes) if crossed else [])


def audited_at(
    invocation: Invocation,
    rows: "list[tuple[str, str]]",
    attributes: "list[Cohorts]",
    gallery: "Gallery | None",
    pack: str | None,
    rule: Rule | None,
    fmr: float | None,
) -> "tuple[BiasAudit, Provenance]":
    """The audit, with a progress bar over the photos."""
    from datetime import UTC, datetime

    from visavis.bootstrap.bias import bias_audit
    from visavis.bootstrap.governance import software
    from visavis.bootstrap.models import Models
    from visavis.cli.bias_document import Provenance
    from visavis.domain.decision import Measure

    settings = invocation.settings()
    chosen = ready_pack(invocation, settings, gallery.pack if gallery else pack)
    if gallery:
        _require_same(gallery, chosen)
    work = bias_audit(
        Models(settings),
        chosen,
        policy=gallery.policy if gallery else None,
        calibration=gallery.own_calibration if gallery else None,
        measure=Measure(rule) if rule else None,
        fmr=fmr,
    )
    with bar("photos") as progress:
        audit = run(lambda: work(rows, attributes, progress))
    made = Provenance(
        made_at=datetime.now(UTC),
        software=software(),
        pack=chosen.name,
        gallery=gallery.name if gallery else None,
    )
    return audit, made


def report_of(audit: "BiasAudit", document: "BiasDocument", proof: "SignedText | None") -> "Report":
    """The page; its footer says how it was signed."""
    from visavis.application.reports.bias import bias_report

    footer = f"{document.software}, {document.made_at:%Y-%m-%d %H:%M} UTC"
    if proof:
        footer += f". Signed and noted in the audit log; SHA-256 {proof.sha256}"
    return bias_report(
        audit, pack=document.pack, gallery=document.gallery, data=document.pretty(), footer=footer
    )


def _keep_proof(invocation: Invocation, file: Path | None, proof: "SignedText", *, force: bool) -> None:
    from visavis.bootstrap.result_files import write_result
    from visavis.bootstrap.signed_files import signed_file
    from visavis.wire.bias import SignedBiasDocument

    if file is None:
        invocation.say(f"Noted in the audit log; SHA-256 {proof.sha256}")
        return
    document = signed_file(SignedBiasDocument, proof)
    write_result(file, (document.pretty() + "\n").encode(), force=force)
    invocation.say(f"Signed audit: {shown(file)}")


def _gallery(
    invocation: Invocation, name: str | None, pack: str | None, rule: Rule | None
) -> "Gallery | None":
    if name is None:
        return None
    if pack or rule:
        raise ValueInvalid("A gallery says itself which pack and rule it uses: leave --pack and --rule out.")

    async def work() -> "Gallery":
        async with open_platform(invocation) as platform:
            return await existing_gallery(platform, name)

    return run(work)


def _require_same(gallery: "Gallery", pack: "Pack") -> None:
    from visavis.domain.template import require_same_model

    require_same_model(gallery.model, pack.embedder.model)


def _signed(
    invocation: Invocation, audit: "BiasAudit", made: "Provenance", gallery: "Gallery | None"
) -> "tuple[BiasDocument, SignedText]":
    from dataclasses import replace

    from visavis.cli.bias_document import canonical, document_of

    async def work() -> "tuple[BiasDocument, SignedText]":
        async with open_platform(invocation) as platform:
            document = document_of(audit, replace(made, tenant=str(platform.tenant)))
            sign = platform.sign_bias_audit
            return document, await sign(canonical(document), audit, pack=made.pack, gallery=gallery)

    return run(work)


_STYLES = {"bad": "bold red", "watch": "yellow", "good": "green", "note": "dim"}


def render(console: "Console", document: "BiasDocument") -> None:
    """The findings, a row for each cohort, what to do, and what it cannot tell."""
    from visavis.cli.tables import print_facts, print_line, print_table

    facts = [
        ("pack", document.pack + (f", gallery {document.gallery}" if document.gallery else "")),
        ("photos", f"{document.photos:,} of {document.subjects:,} subjects"),
        ("threshold", f"{document.threshold:.4f} ({document.measure}), for FMR {document.fmr:.1g}"),
    ]
    print_facts(console, facts)
    for one in document.attributes:
        rows = [row for rate in one.rates for row in _rows(rate)]
        print_table(
            console,
            (one.attribute, "rate", ">value", ">95 % interval", ">errors of", ">times the others", ""),
            rows,
        )
    for finding in document.findings:
        print_line(console, (f"{finding.level:<5} ", _STYLES[finding.level]), finding.text)
    for title, texts in (("What to do:", document.advice), ("What this cannot tell:", document.limits)):
        if texts:
            print_line(console, "")
            print_line(console, (title, "bold"))
        for text in texts:
            print_line(console, f"- {text}")


def _rows(rate: "BiasRate") -> list[list[str]]:
    if not rate.overall.errors:
        return [["all", rate.rate.upper(), "0", "", f"0 of {rate.overall.trials:,}", "", ""]]
    return [
        [
            one.cohort,
            rate.rate.upper(),
            "–" if one.estimate.value is None else f"{one.estimate.value:.3%}",
            f"{one.estimate.low:.3%} – {one.estimate.high:.3%}",
            f"{one.estimate.errors:,} of {one.estimate.trials:,}",
            "" if one.to_others is None or one.to_others.value is None else f"{one.to_others.value:.1f}",
            "found" if one.found else "" if one.compared else "too few subjects",
        ]
        for one in rate.cohorts
    ]


def add_to(group: typer.Typer) -> None:
    """Among the commands of `evaluate`."""
    group.command("bias")(common(bias))

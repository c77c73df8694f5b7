"""visavis models calibrate, visavis galleries calibrate, visavis galleries show"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import OverwriteOption, bar, keep_report, software
from visavis.cli.invocation import Invocation
from visavis.cli.options import RuleOption
from visavis.cli.packs import ready_pack
from visavis.cli.report_files import ReportOption
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.platform import Platform
    from visavis.domain.decision import Calibration
    from visavis.domain.gallery import Gallery
    from visavis.wire.calibration import CalibrateDocument

PackArgument = Annotated[str, typer.Argument(metavar="PACK", help="A model pack.", show_default=False)]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The gallery.", show_default=False)]
FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="One folder of photos per subject.", show_default=False)
]
PhotosArgument = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="One folder of photos per subject.", show_default=False)
]
DataOption = Annotated[
    str, typer.Option("--data", metavar="NAME", help="What to call the data; it is named in every decision.")
]
NamedOption = Annotated[
    str | None,
    typer.Option("--data", metavar="NAME", help="What to call the data; it is named in every decision."),
]
ReferencesOption = Annotated[
    bool, typer.Option("--from-references", help="Use the templates that are enrolled, no photos.")
]
RemoveOption = Annotated[bool, typer.Option("--remove", help="Go back to the calibration of the model pack.")]


def calibrate(
    invocation: Invocation,
    pack: PackArgument,
    photos: FolderArgument,
    data: DataOption,
    rule: RuleOption = None,
    report: ReportOption = None,
    force: OverwriteOption = False,
) -> None:
    """Derive thresholds from your own photos, one folder per subject; from then on the pack decides by them.

    Says where the rates of other people would lie (95 %), and checks it on halves of yours.

    \b
    Examples:
      visavis models calibrate standard staff/ --data "staff photos, entrance camera, 2026"
      visavis models calibrate standard staff/ --data "staff 2026" --report calibration.html
    """
    from visavis.bootstrap.evaluation import Evaluations, checked_data_name, labelled_photos
    from visavis.bootstrap.models import Models
    from visavis.bootstrap.result_files import require_new
    from visavis.domain.decision import Measure
    from visavis.wire.calibration import CalibrateDocument

    require_new(report, force=force)
    name, rows = checked_data_name(data), labelled_photos(photos)
    settings = invocation.settings()
    evaluations = Evaluations(Models(settings), ready_pack(invocation, settings, pack))
    work = evaluations.calibrate(Measure(rule) if rule else Measure.COSINE)
    with bar("photos") as progress:
        calibration = run(lambda: work(rows, data=name, progress=progress))
    path = evaluations.keep(calibration)
    document = CalibrateDocument.of(calibration, pack=evaluations.pack.name, file=str(path))
    _answer(invocation, calibration, document, report, force=force)


def calibrate_gallery(
    invocation: Invocation,
    name: NameArgument,
    photos: PhotosArgument = None,
    data: NamedOption = None,
    from_references: ReferencesOption = False,
    remove: RemoveOption = False,
    report: ReportOption = None,
    force: OverwriteOption = False,
    server: ServerOption = None,
) -> None:
    """Give one gallery a calibration of its own, of its people and cameras. It counts from the next decision on.

    Of photos, one folder per subject; or --from-references, of what is enrolled. It is kept with the gallery and goes
    when the gallery is given another model. --remove goes back to the calibration of the model pack. With --server the
    photos stay here: this machine computes, and the server gets the result.

    \b
    Examples:
      visavis galleries calibrate staff photos/ --data "staff photos, entrance camera, 2026"
      visavis galleries calibrate staff --from-references
      visavis galleries calibrate staff --remove
    """
    from visavis.bootstrap.evaluation import checked_data_name
    from visavis.bootstrap.result_files import require_new
    from visavis.wire.calibration import CalibrateDocument

    if (photos is not None) + from_references + remove != 1:
        raise ValueInvalid("Name a folder of photos, or --from-references, or --remove.")
    if remove:
        _removed(invocation, name, server)
        return
    require_new(report, force=force)
    with connected(invocation, server) as client:
        if client is not None:
            from visavis.cli.remote.calibrations import calibrated

            document, calibration = calibrated(invocation, client, name, photos, data or "")
            _answer(invocation, calibration, document, report, force=force)
            return
    named = checked_data_name(data) if data else f"references of the gallery {name}"

    async def work() -> "tuple[Gallery, Calibration]":
        async with open_platform(invocation) as platform:
            gallery = await existing_gallery(platform, name)
            if photos is None:
                made = await platform.calibrate_gallery.from_references(name, data=named)
            else:
                made = await _of_photos(platform, gallery, photos, data or "")
            return await platform.calibrate_gallery.keep(name, made), made

    gallery, calibration = run(work)
    document = CalibrateDocument.of(calibration, pack=gallery.pack, file="", gallery=name)
    _answer(invocation, calibration, document, report, force=force)


def show(invocation: Invocation, name: NameArgument) -> None:
    """One gallery: its policy, and the calibration that its decisions rest on.

    \b
    Examples:
      visavis galleries show staff
    """
    from visavis.wire.galleries import GalleriesDocument, GalleryEntry

    async def work() -> "tuple[GalleryEntry, Calibration]":
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, name)
            held = await platform.galleries.count(found)
            pack = platform.models.pack(found.pack)
            used = found.own_calibration or pack.calibration(found.policy.measure)
            return GalleryEntry.of(found, subjects=held.subjects, references=held.references), used

    entry, calibration = run(work)

    def render(console: "Console") -> None:
        from visavis.cli.sentences import odds
        from visavis.cli.tables import print_facts

        whose = "the gallery's own" if entry.calibration else f"of the pack {entry.pack}"
        policy = entry.policy
        facts = [
            ("gallery", entry.name),
            ("purpose", entry.purpose),
            ("pack", f"{entry.pack}, {policy.measure}"),
            ("holds", f"{entry.subjects:,} subjects, {entry.references:,} references"),
            ("policy", f"{policy.name}: 1:1 FMR {odds(policy.fmr)}, 1:N FPIR {odds(policy.fpir)}"),
            ("calibration", f"{whose}: {calibration.data}"),
            ("rests on", f"{calibration.subjects:,} people, {calibration.non_mated:,} non-mated comparisons"),
        ]
        if calibration.evidence:
            facts.append(("made", f"{calibration.evidence.made_at:%Y-%m-%d %H:%M} UTC"))
        print_facts(console, facts)

    invocation.answer(GalleriesDocument(galleries=(entry,)), render)


async def _of_photos(platform: "Platform", gallery: "Gallery", photos: Path, data: str) -> "Calibration":
    from visavis.bootstrap.evaluation import Evaluations, checked_data_name, labelled_photos
    from visavis.domain.template import require_same_model

    if not data:
        raise ValueInvalid("Say with --data what the photos are; every decision will name it.")
    name, rows = checked_data_name(data), labelled_photos(photos)
    pack = platform.models.pack(gallery.pack)
    require_same_model(gallery.model, pack.embedder.model)
    work = Evaluations(platform.models, pack).calibrate(gallery.policy.measure)
    with bar("photos") as progress:
        return await work(rows, data=name, progress=progress)


def _removed(invocation: Invocation, name: str, server: str | None) -> None:
    from visavis.wire.galleries import GalleriesDocument, GalleryEntry

    async def work() -> GalleryEntry:
        async with open_platform(invocation) as platform:
            await existing_gallery(platform, name)
            held = await platform.galleries.count(await platform.calibrate_gallery.remove(name))
        return GalleryEntry.of(held.gallery, subjects=held.subjects, references=held.references)

    with connected(invocation, server) as client:
        entry = run(work) if client is None else client.galleries.remove_calibration(name)

    def render(console: "Console") -> None:
        from visavis.cli.tables import print_line

        print_line(console, (name, "bold"), f" decides by the calibration of the pack {entry.pack} again")

    invocation.answer(GalleriesDocument(galleries=(entry,)), render)


def _answer(
    invocation: Invocation,
    calibration: "Calibration",
    document: "CalibrateDocument",
    report: Path | None,
    *,
    force: bool,
) -> None:
    from visavis.application.reports.calibration import Calibrated, calibration_report

    if report:
        kept = f"with the gallery {document.gallery}" if document.gallery else document.file
        about = Calibrated(pack=document.pack, kept=kept, software=software())
        keep_report(
            invocation, report, calibration_report(calibration, about, data=document.line()), force=force
        )
    invocation.answer(document, lambda console: render_calibration(console, document))


def render_calibration(console: "Console", document: "CalibrateDocument") -> None:
    """What the calibration rests on, which thresholds it gives, and whether it holds for other people."""
    from visavis.cli.tables import print_facts

    kept = (
        f"the gallery {document.gallery} (--remove goes back to that of the pack)"
        if document.gallery
        else f"{document.file} (delete it to go back to the shipped calibration)"
    )
    print_facts(
        console,
        [
            ("pack", f"{document.pack}, {document.measure}"),
            ("data", document.data),
            ("subjects", str(document.subjects)),
            ("comparisons", f"{document.mated:,} mated, {document.non_mated:,} non-mated"),
            ("supports", f"false-match rates down to {document.lowest_fmr:.1e}"),
            *[
                (
                    f"FMR {rate.fmr:g}",
                    f"{rate.threshold:.4f}   on other people {rate.low:.1e} to {rate.high:.1e}"
                    if rate.low is not None and rate.high is not None
                    else f"{rate.threshold:.4f}",
                )
                for rate in document.rates
            ],
            *_checks(document),
            ("kept in", kept),
        ],
    )


def _checks(document: "CalibrateDocument") -> list[tuple[str, str]]:
    evidence = document.calibration.evidence if document.calibration else None
    if evidence is None:
        return []
    halves = [
        (
            f"checked at {one.target:g}",
            f"{one.realised:.2g} on the other half of the people ({one.lowest:.2g} to {one.highest:.2g})",
        )
        for one in evidence.checks
    ]
    searches = [
        (f"FPIR {one.target:g}", f"{one.realised:.2g} among {one.references:,} references of the other half")
        for one in evidence.searches
    ]
    return halves + searches

"""visavis compare-descriptors, visavis import-descriptors"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import GalleryOption, PackOption
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import CalibrationMissing, GalleryNotFound, ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.import_descriptors import Descriptor
    from visavis.bootstrap.platform import Platform
    from visavis.domain.decision import Calibration
    from visavis.domain.gallery import Gallery
    from visavis.domain.pack import Pack
    from visavis.wire.descriptors import (
        CompareDescriptorsDocument,
        ImportDescriptorsDocument,
    )

File = Annotated[Path, typer.Argument(help="A descriptor file.", show_default=False)]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Descriptor files.", show_default=False)]
ToleranceOption = Annotated[
    float,
    typer.Option(
        "--tolerance", metavar="DISTANCE", min=0.0, max=4.0, help="Largest Euclidean distance of a match."
    ),
]
NewGallery = Annotated[
    bool, typer.Option("--create", help="Create the gallery, for the model pack and the Euclidean rule.")
]
_PAIRS_AT_MOST = 1_000_000
_PAIRS_SHOWN = 20
_PACK = "classic"


def compare_descriptors(
    invocation: Invocation, a: File, b: File, tolerance: ToleranceOption = 0.6, pack: PackOption = _PACK
) -> None:
    """Compare stored descriptors of dlib or face_recognition: 128 numbers each.

    Reads .npy, .npz, .json and .csv, with one descriptor or many; never pickle. All of A are compared with
    all of B, nearest first. The false-match rate is that of the pack's calibration.

    Ends with 0 if at least one pair matches, otherwise with 1.

    \b
    Examples:
      visavis compare-descriptors known.npy unknown.npy
      visavis compare-descriptors staff.json visitor.csv --tolerance 0.5
    """
    from visavis.bootstrap.descriptors import read_descriptors
    from visavis.bootstrap.models import Models

    chosen = Models(invocation.settings()).pack(pack)
    dimension = chosen.embedder.dimension
    known, unknown = (read_descriptors(path, dimension=dimension) for path in (a, b))
    if len(known) * len(unknown) > _PAIRS_AT_MOST:
        raise ValueInvalid(
            f"{len(known):,} × {len(unknown):,} comparisons are too many for this command.",
            hint="Import the descriptors into a gallery: visavis import-descriptors",
        )
    document = compared(known, unknown, tolerance, _calibration(chosen))
    invocation.answer(document, lambda console: render_comparison(console, document))
    raise typer.Exit(0 if document.matches else 1)


def _calibration(pack: "Pack") -> "Calibration | None":
    from visavis.domain.decision import Measure

    try:
        return pack.calibration(Measure.EUCLIDEAN)
    except CalibrationMissing:
        return None


def compared(
    known: "list[Descriptor]",
    unknown: "list[Descriptor]",
    tolerance: float,
    calibration: "Calibration | None",
) -> "CompareDescriptorsDocument":
    """All pairs, nearest first."""
    import numpy as np

    from visavis.wire.descriptors import CompareDescriptorsDocument, DescriptorPair

    left = np.stack([one.features for one in known]).astype(np.float64)
    right = np.stack([one.features for one in unknown]).astype(np.float64)
    distances = [np.linalg.norm(left - probe, axis=1) for probe in right]
    pairs = [
        DescriptorPair.of(
            one.subject or f"#{i}",
            probe.subject or f"#{j}",
            distance=float(distances[j - 1][i - 1]),
            tolerance=tolerance,
            fmr=calibration.fmr_at(1.0 - float(distances[j - 1][i - 1])) if calibration else None,
        )
        for j, probe in enumerate(unknown, 1)
        for i, one in enumerate(known, 1)
    ]
    pairs.sort(key=lambda pair: pair.distance)
    return CompareDescriptorsDocument(
        tolerance=tolerance,
        tolerance_fmr=calibration.fmr_at(1.0 - tolerance).value if calibration else None,
        calibration=calibration.data if calibration else None,
        supported_fmr=calibration.lowest_fmr if calibration else None,
        matches=sum(pair.match for pair in pairs),
        pairs=tuple(pairs),
    )


def import_descriptors(
    invocation: Invocation,
    files: Files,
    gallery: GalleryOption,
    create: NewGallery = False,
    pack: PackOption = _PACK,
) -> None:
    """Take over descriptors of dlib or face_recognition as references: nobody has to be photographed again.

    Reads .npy and .npz (with names inside, or in a .csv or .json file beside them), .json ({"name": [[128
    numbers], ...]}) and .csv (name, 128 numbers); never pickle. All or nothing; descriptors that are there
    already are not taken twice.

    \b
    Examples:
      visavis import-descriptors staff.json --gallery staff --create
      visavis import-descriptors encodings.npz --gallery staff
    """

    async def work() -> "ImportDescriptorsDocument":
        from visavis.bootstrap.descriptors import read_all
        from visavis.wire.descriptors import ImportDescriptorsDocument

        async with open_platform(invocation) as platform:
            dimension = platform.models.pack(pack).embedder.dimension
            descriptors = read_all(files, dimension=dimension)
            require_names(descriptors)
            found = await _gallery(platform, gallery, pack, create=create)
            added = await platform.import_descriptors(found, descriptors)
        return ImportDescriptorsDocument(
            gallery=found.name,
            files=tuple(shown(path) for path in files),
            descriptors=len(descriptors),
            subjects=len({one.subject for one in descriptors}),
            imported=added,
            already_there=len(descriptors) - added,
        )

    document = run(work)
    invocation.answer(document, lambda console: render_import(console, document))


def require_names(descriptors: "list[Descriptor]") -> None:
    """Raises `ValueInvalid` if a descriptor belongs to nobody."""
    nameless = sum(not one.subject for one in descriptors)
    if nameless:
        raise ValueInvalid(
            f"{nameless} of {len(descriptors)} descriptors have no name.",
            hint="Put the names into a .csv or .json file beside the array, with the same name, a line each.",
        )


async def _gallery(platform: "Platform", name: str, pack: str | None, *, create: bool) -> "Gallery":
    from visavis.domain.decision import Measure
    from visavis.domain.policy import Policy

    try:
        return await existing_gallery(platform, name)
    except GalleryNotFound as error:
        if not create:
            raise GalleryNotFound(f"There is no gallery {name}.", hint="Create it with --create.") from error
    chosen = platform.models.pack(pack)
    measure = Measure.EUCLIDEAN if _calibration(chosen) else Measure.COSINE
    return await platform.create(name, pack=chosen, policy=Policy(measure=measure))


def render_comparison(console: "Console", document: "CompareDescriptorsDocument") -> None:
    """A sentence for one pair, a table for several."""
    from visavis.cli.sentences import counted, odds, strangers
    from visavis.cli.tables import print_line, print_table

    if len(document.pairs) == 1:
        (pair,) = document.pairs
        verdict = ("match", "bold green") if pair.match else ("no match", "bold")
        print_line(console, verdict, f" — distance {pair.distance:.3f}, tolerance {document.tolerance:g}")
        if pair.fmr is not None:
            words = strangers(pair.fmr, supported=document.supported_fmr or 0.0, what="be this near")
            print_line(console, (words, "dim"))
    else:
        print_table(console, ("reference", "probe", ">distance", "result", ">FMR"), rows(document))
        left = len(document.pairs) - _PAIRS_SHOWN
        more = f"; {left:,} more with --json" if left > 0 else ""
        print_line(
            console, f"{counted(document.matches, 'match', 'matches')} of {len(document.pairs):,} pairs{more}"
        )
    if document.tolerance_fmr is not None:
        rate = odds(document.tolerance_fmr)
        print_line(
            console, (f"At the tolerance {document.tolerance:g}, {rate} strangers would match.", "dim")
        )


def rows(document: "CompareDescriptorsDocument") -> list[list[str]]:
    """The nearest pairs."""
    from visavis.cli.sentences import supported_odds

    return [
        [
            pair.reference,
            pair.probe,
            f"{pair.distance:.3f}",
            "match" if pair.match else "no match",
            "–" if pair.fmr is None else supported_odds(pair.fmr, document.supported_fmr or 0.0),
        ]
        for pair in document.pairs[:_PAIRS_SHOWN]
    ]


def render_import(console: "Console", document: "ImportDescriptorsDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line

    there = f", {document.already_there:,} were there already" if document.already_there else ""
    number = counted(document.imported, "descriptor")
    people = counted(document.subjects, "subject")
    print_line(console, f"{number} of {people} imported into ", (document.gallery, "bold"), there)

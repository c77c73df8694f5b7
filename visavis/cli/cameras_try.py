"""visavis cameras try"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import PackOption, common
from visavis.cli.packs import ready_pack

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.domain.frame import Frame
    from visavis.wire.camera_trial import CameraTrialDocument, TrialFace


class ReaderName(StrEnum):
    """`visavis.domain.camera.ReaderKind`, repeated here because --help must not wait for numpy."""

    USB = "usb"
    RTSP = "rtsp"
    MJPEG = "mjpeg"
    FILE = "file"
    FOLDER = "folder"


AddressArgument = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="Device (0, /dev/video0), rtsp://…, http://…, video file or folder of pictures.",
        show_default=False,
    ),
]
ReaderOption = Annotated[
    ReaderName | None, typer.Option("--reader", help="How to read it; by the look of the address otherwise.")
]
SavedOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="Save the last frame there.", show_default=False),
]
SecondsOption = Annotated[
    float, typer.Option("--seconds", metavar="S", min=0.0, max=600.0, help="How long to look.")
]
PatienceOption = Annotated[
    float, typer.Option("--patience", metavar="S", min=0.1, max=600.0, help="Wait for the first frame.")
]


def try_(
    invocation: Invocation,
    address: AddressArgument,
    reader: ReaderOption = None,
    out: SavedOption = None,
    seconds: SecondsOption = 3.0,
    patience: PatienceOption = 15.0,
    pack: PackOption = None,
) -> None:
    """Open a camera from this machine, say how it behaves and which faces it sees.

    Needs no server. Nothing is kept but what --out names.

    \b
    Examples:
      visavis cameras try 0
      visavis cameras try rtsp://viewer:secret@192.0.2.7/stream1 --out test.jpg
      visavis cameras try http://192.0.2.8/video.mjpg --seconds 10
    """
    from visavis.bootstrap.readers import readers
    from visavis.bootstrap.trials import kind_of, save_frame, trial_source, try_source
    from visavis.domain.camera import ReaderKind
    from visavis.wire.camera_trial import CameraTrialDocument

    settings = invocation.settings()
    kind = ReaderKind(reader.value) if reader else kind_of(address)
    tried = try_source(readers(settings), trial_source(kind, address), seconds=seconds, patience_s=patience)
    if out:
        save_frame(tried.last, out)
    document = CameraTrialDocument(
        reader=kind,
        width_px=tried.last.original.width,
        height_px=tried.last.original.height,
        frames=tried.frames,
        rate=tried.rate,
        first_frame_s=tried.first_frame_s,
        delay_s=tried.delay_s,
        interruptions=tried.interruptions,
        faces=_faces(invocation, tried.last, pack),
        picture=shown(out) if out else None,
    )
    invocation.answer(document, lambda console: render(console, document))


def _faces(invocation: Invocation, frame: "Frame", pack: str | None) -> "list[TrialFace]":
    from visavis.bootstrap.models import Models
    from visavis.domain.sample import Sample
    from visavis.engine.photo import FramePhoto
    from visavis.wire.camera_trial import TrialFace

    settings = invocation.settings()
    analyser = Models(settings).analyser(ready_pack(invocation, settings, pack))
    found = analyser.samples(FramePhoto(frame=frame))
    templates = iter(analyser.templates([one for one in found if isinstance(one, Sample)]))
    return [
        TrialFace(
            width_px=one.face.width_px,
            score=one.face.score,
            quality=next(templates).quality if isinstance(one, Sample) else None,
        )
        for one in found
    ]


def render(console: "Console", document: "CameraTrialDocument") -> None:
    """Facts, and the faces."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_facts, print_line

    facts = [
        ("size", f"{document.width_px}×{document.height_px}"),
        ("frames", f"{document.rate:.1f} a second"),
        ("first frame", f"after {document.first_frame_s:.1f} s"),
        ("delay", f"{document.delay_s:.2f} s"),
    ]
    if document.interruptions:
        facts.append(("interruptions", str(document.interruptions)))
    print_facts(console, facts)
    print_line(console, f"{counted(len(document.faces), 'face')} in the last frame")
    for face in document.faces:
        quality = "not good enough" if face.quality is None else f"quality {face.quality:.0f}"
        print_line(console, f"  {face.width_px:.0f} pixels wide, {quality}")
    if document.picture:
        print_line(console, f"The frame: {document.picture}")


def add_to(group: typer.Typer) -> None:
    group.command("try")(common(try_))

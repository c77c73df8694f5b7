"""visavis detect"""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from visavis.cli.drawing import DrawOption, drawing_targets
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import PackOption, Photos
from visavis.cli.packs import ready_pack
from visavis.domain.errors import VisavisError

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.bootstrap.library import AnalysedFace, Engine
    from visavis.settings import Settings
    from visavis.vision.draw import Mark
    from visavis.wire.faces import FaceNote
    from visavis.wire.photos import DetectDocument, DetectedPhoto


def detect(invocation: Invocation, photos: Photos, draw: DrawOption = None, pack: PackOption = None) -> None:
    """Find the faces in photos, with their quality.

    A face that is not good enough for recognition is listed with the reasons. Nothing is kept.

    Ends with 0, also when there is no face; with the code of the first error if a photo cannot be read.

    \b
    Examples:
      visavis detect group.jpg
      visavis detect group.jpg --draw marked.jpg
      visavis detect holiday/*.jpg --draw marked/ --json
    """
    from visavis.bootstrap.library import Engine
    from visavis.wire.packs import PackUse
    from visavis.wire.photos import DetectDocument

    settings = invocation.settings()
    chosen = ready_pack(invocation, settings, pack)
    engine = Engine(chosen.name, settings=settings)
    targets = drawing_targets(photos, draw) if draw else [None] * len(photos)
    notes, code = [], 0
    for photo, target in zip(photos, targets, strict=True):
        note, failed = _photo(engine, settings, photo, target)
        code = code or failed
        notes.append(note)
    document = DetectDocument(pack=PackUse.of(chosen), photos=tuple(notes))
    invocation.answer(document, lambda console: render(console, document))
    if draw:
        invocation.say(f"Marked pictures: {shown(draw)}")
    raise typer.Exit(code)


def _photo(
    engine: "Engine", settings: "Settings", photo: Path, target: Path | None
) -> "tuple[DetectedPhoto, int]":
    from visavis.bootstrap.library import read_file
    from visavis.bootstrap.pictures import picture_size, write_annotated
    from visavis.wire.errors import exit_code, problem
    from visavis.wire.faces import FaceNote
    from visavis.wire.photos import DetectedPhoto

    try:
        content = read_file(photo, settings.limits.max_image_bytes)
        size = picture_size(settings, content)
        faces = engine.analyse(content)
        if target:
            write_annotated(settings, content, marks(faces), target)
    except VisavisError as error:
        return DetectedPhoto(photo=shown(photo), error=problem(error)), exit_code(error)
    notes = tuple(FaceNote.of(face.face, face.quality, face.reasons) for face in faces)
    return DetectedPhoto(photo=shown(photo), width=size.width, height=size.height, faces=notes), 0


def marks(faces: "list[AnalysedFace]") -> "list[Mark]":
    """Faces numbered as in the table; refused ones in another colour, with the first reason."""
    from visavis.vision.draw import Mark, Tone

    found = []
    for number, face in enumerate(faces, 1):
        remark = "" if face.quality.unified is None else f"quality {face.quality.unified:.0f}"
        if face.reasons:
            remark = face.reasons[0].replace("_", " ")
        tone = Tone.REFUSED if face.reasons else Tone.FOUND
        found.append(Mark(box=face.face.box, tone=tone, label=str(number), remark=remark))
    return found


def render(console: "Console", document: "DetectDocument") -> None:
    """A table for each photo."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_failure, print_line, print_table

    for photo in document.photos:
        if photo.error:
            print_failure(console, photo.photo, photo.error.message, photo.error.hint)
            continue
        number = counted(len(photo.faces), "face") if photo.faces else "no face"
        print_line(console, (photo.photo, "bold"), f" ({photo.width}×{photo.height}): {number}")
        if photo.faces:
            columns = (">face", ">left", ">top", ">size", ">score", ">quality", ">yaw", ">pitch", "remarks")
            print_table(console, columns, [row(n, face) for n, face in enumerate(photo.faces, 1)])


def row(number: int, face: "FaceNote") -> list[str | tuple[str, str]]:
    """The cells of a face."""
    quality, box, pose = face.quality.unified, face.box, face.quality.pose
    reasons = ", ".join(reason.code.replace("_", " ") for reason in face.reasons)
    return [
        str(number),
        f"{box.left:.0f}",
        f"{box.top:.0f}",
        f"{box.right - box.left:.0f}×{box.bottom - box.top:.0f}",
        f"{face.score:.2f}",
        "–" if quality is None else f"{quality:.0f}",
        f"{pose.yaw_deg:+.0f}°",
        f"{pose.pitch_deg:+.0f}°",
        (reasons, "yellow"),
    ]

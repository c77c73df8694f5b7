"""Where annotated pictures go."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from visavis.vision.draw import Mark
    from visavis.wire.photos import IdentifiedFace

DrawOption = Annotated[
    Path | None,
    typer.Option(
        "--draw",
        metavar="OUT",
        help="Write the photo with the faces marked to this file; a folder for several photos.",
        show_default=False,
    ),
]
_WRITABLE = {".jpg", ".jpeg", ".png", ".webp"}


def drawing_targets(photos: Sequence[Path], out: Path) -> list[Path]:
    """A file for each photo: `out` itself, or files in the folder `out` named like the photos.

    Raises `ValueInvalid` if a photo would be overwritten or `out` names one file for several photos.
    """
    single = out.suffix.lower() in _WRITABLE and not out.is_dir()
    if single and len(photos) > 1:
        raise ValueInvalid(
            f"{len(photos)} pictures do not fit into the one file {out}.", hint="Name a folder."
        )
    targets = [out] if single else _in_folder(photos, out)
    for photo, target in zip(photos, targets, strict=True):
        if target.exists() and target.resolve() == photo.resolve():
            raise ValueInvalid(f"The photo {photo} would be overwritten.", hint="Choose another --draw.")
    return targets


def _in_folder(photos: Sequence[Path], folder: Path) -> list[Path]:
    """Photos of one name from several folders get a number each."""
    taken: set[str] = set()
    targets = []
    for photo in photos:
        suffix = photo.suffix.lower() if photo.suffix.lower() in _WRITABLE else ".jpg"
        name, number = f"{photo.stem}{suffix}", 2
        while name in taken:
            name, number = f"{photo.stem}-{number}{suffix}", number + 1
        taken.add(name)
        targets.append(folder / name)
    return targets


def marks(faces: "Sequence[IdentifiedFace]") -> "list[Mark]":
    """Names where there is a match; a remark says how sure that is."""
    from visavis.domain.geometry import Box
    from visavis.vision.draw import Mark, Tone

    tones = {"match": Tone.MATCH, "inconclusive": Tone.UNSURE, "non_match": Tone.UNKNOWN}
    made = []
    for note in faces:
        decision = note.decision
        if note.face is None:
            continue
        label = note.subject or "unknown"
        remark = f"{decision.score:.2f}" if decision and decision.score is not None else ""
        tone = tones[decision.outcome] if decision else Tone.REFUSED
        if decision is None:
            label, remark = "refused", note.face.reasons[0].code.replace("_", " ")
        elif decision.outcome == "inconclusive":
            label, remark = f"{note.candidates[0].subject}?", remark
        elif decision.outcome == "non_match":
            remark = ""
        at = note.face.box
        box = Box(left=at.left, top=at.top, right=at.right, bottom=at.bottom)
        made.append(Mark(box=box, tone=tone, label=label, remark=remark))
    return made

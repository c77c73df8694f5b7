"""Composes the gathering of faces from videos, and writes what was found into a folder."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2

from visavis.application.follow_faces import FollowFaces
from visavis.application.gather_faces import Gathered, GatherFaces
from visavis.application.identify import Identify
from visavis.bootstrap.models import Models
from visavis.domain.arrays import ImageBGR
from visavis.domain.decision import Measure
from visavis.domain.errors import DependencyMissing, FileUnreadable
from visavis.domain.pack import Pack
from visavis.domain.track import Shot

PEOPLE = "people"
CHIPS = "chips"
DOCUMENT = "gathered.json"
_QUALITY = 95  #: of JPEG files
_UNFIT = re.compile(
    r"[/\\:*?\"<>|\x00-\x1f]|^[. ]|[. ]$|^unknown-\d+$", re.IGNORECASE
)  #: no name of a folder


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenShot:
    file: str
    shot: Shot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrittenHuman:
    """`folder` is the name of the human's folder in `people` and, if wanted, in `chips`."""

    folder: str
    human: Gathered
    shots: tuple[WrittenShot, ...]


def gathering(models: Models, pack: Pack, *, rate: float, identify: Identify | None = None) -> GatherFaces:
    """Raises `DependencyMissing` without the extra, `CalibrationMissing`, and as `Models.analyser` does."""
    try:
        from visavis.adapters.video.files import VideoFiles
    except ImportError as error:
        raise DependencyMissing(
            "Reading videos needs PyAV.", hint="Install it with: pip install 'visavis[video]'"
        ) from error
    limits = models.settings.limits
    follow = FollowFaces(
        video=VideoFiles(max_pixels=limits.max_image_pixels),
        inference=models.inference(pack),
        rate=rate,
        workers=models.settings.workers,
    )
    return GatherFaces(follow=follow, calibration=pack.calibration(Measure.COSINE), identify=identify)


def checked_folder(folder: Path) -> Path:
    """A folder of one's own to write faces into. Raises `FileUnreadable` if it is not empty or cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileUnreadable(f"{folder} is not empty.", hint="Name a new folder with --out.")
        folder.chmod(0o700)
    except OSError as error:
        raise FileUnreadable(f"{folder} cannot be written: {error.strerror or error}.") from error
    return folder


def write_folder(folder: Path, humans: Sequence[Gathered], *, chips: bool) -> list[WrittenHuman]:
    """`people/NAME/*.jpg` with the faces and what is around them, `chips/NAME/*.png` with the aligned faces, and
    `index.html` to look at. Raises `FileUnreadable` if that is impossible."""
    names = folder_names(humans)
    try:
        written = [
            _write(folder, name, human, chips=chips) for name, human in zip(names, humans, strict=True)
        ]
        if written:
            (folder / "index.html").write_text(_page(written), encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{folder} cannot be written: {error.strerror or error}.") from error
    return written


def write_document(folder: Path, text: str) -> None:
    """`gathered.json`: when and how well each picture was seen, for whoever reviews them in the console. Raises
    `FileUnreadable`."""
    try:
        (folder / DOCUMENT).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{folder} cannot be written: {error.strerror or error}.") from error


def folder_names(humans: Sequence[Gathered]) -> list[str]:
    """The subject where the decision is a match and the name fits a folder, each once; else unknown-001, …

    No two differ in case only, because not every file system tells these apart, and no subject takes a name that is
    given to the unknown.
    """
    names: list[str] = []
    for number, human in enumerate(humans, 1):
        known = human.suggested.name if human.matched and human.suggested else ""
        taken = {name.casefold() for name in names}
        fits = known and known.casefold() not in taken and not _UNFIT.search(known)
        names.append(known if fits else f"unknown-{number:03}")
    return names


def _write(folder: Path, name: str, human: Gathered, *, chips: bool) -> WrittenHuman:
    shots: list[WrittenShot] = []
    for number, shot in enumerate(human.shots, 1):
        if shot.picture is None:
            continue
        file = f"{PEOPLE}/{name}/{number:02}.jpg"
        _save(folder / file, shot.picture)
        shots.append(WrittenShot(file=file, shot=shot))
        if chips:
            _save(folder / CHIPS / name / f"{number:02}.png", shot.sample.chip)
    return WrittenHuman(folder=name, human=human, shots=tuple(shots))


def _save(file: Path, pixels: ImageBGR) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    _, content = cv2.imencode(
        file.suffix, pixels, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if file.suffix == ".jpg" else []
    )
    file.write_bytes(content.tobytes())


_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
section{margin:2rem 0;border-top:1px solid #8886}h2{margin:.8rem 0 .2rem}p{margin:0 0 .8rem;opacity:.75}
div{display:flex;flex-wrap:wrap;gap:.5rem}figure{margin:0}img{height:9rem;border-radius:.3rem}
figcaption{font-size:.8rem;opacity:.75;font-variant-numeric:tabular-nums}
"""


def _page(written: Sequence[WrittenHuman]) -> str:
    """A sheet with all pictures."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Faces from video</title>'
        f"<style>{_STYLE}</style></head><body><h1>Faces from video</h1>"
        "<p>Rename the folders in <code>people</code> to the names of the people, delete who does not belong there, "
        "then: visavis enrol-folder people</p>"
        + "".join(_section(one) for one in written)
        + "</body></html>\n"
    )


def _section(one: WrittenHuman) -> str:
    human, count = one.human, len(one.human.tracks)
    note = f"seen {human.seen_s:.0f} s in {count} appearance{'s' * (count != 1)}"
    if human.suggested:
        note += f" · {'is' if human.matched else 'may be'} {human.suggested.name}"
    figures = "".join(
        f'<figure><img loading="lazy" src="{escape(kept.file, quote=True)}" alt="{escape(one.folder, quote=True)}">'
        f"<figcaption>{kept.shot.at_s:.1f} s · quality {kept.shot.value:.0f}</figcaption></figure>"
        for kept in one.shots
    )
    return f"<section><h2>{escape(one.folder)}</h2><p>{escape(note)}</p><div>{figures}</div></section>"

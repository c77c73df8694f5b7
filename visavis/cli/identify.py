"""visavis identify"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.drawing import DrawOption, drawing_targets, marks
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import GalleryOption, LargestOption, Photos
from visavis.cli.packs import ready_pack
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import DEFAULT_GALLERY, existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid, VisavisError

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.identify import Identification
    from visavis.bootstrap.platform import GalleryWork, Platform
    from visavis.wire.decisions import DecisionNote
    from visavis.wire.photos import IdentifiedFace, IdentifyDocument, IdentifyResult

LimitOption = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=100, help="Candidates listed for each face.")
]
TogetherOption = Annotated[
    bool, typer.Option("--together", help="All photos show one human: combine them into one answer.")
]


def identify(
    invocation: Invocation,
    photos: Photos,
    gallery: GalleryOption = DEFAULT_GALLERY,
    limit: LimitOption = 5,
    together: TogetherOption = False,
    largest: LargestOption = False,
    draw: DrawOption = None,
    server: ServerOption = None,
) -> None:
    """Who is in the photos, if anybody who is enrolled?

    Every face gets a name or is unknown, at the false-positive rate of the gallery's policy, whatever the
    gallery's size. --largest is used with --together only.

    Ends with 0 if at least one face matches, with 1 if none does, and with the code of the first error if a
    photo cannot be used.

    \b
    Examples:
      visavis identify door.jpg
      visavis identify party.jpg --gallery staff --draw who.jpg
      visavis identify burst-1.jpg burst-2.jpg burst-3.jpg --together
      visavis identify door.jpg --gallery staff --server https://faces.example.org
    """
    targets = _targets(photos, draw, together=together, largest=largest)
    with connected(invocation, server) as client:
        if client is None:
            document, code = _here(
                invocation, gallery, photos, targets, limit=limit, together=together, largest=largest
            )
        else:
            from visavis.cli.remote import photos as remote

            document, code = remote.identify(
                invocation, client, gallery, photos, targets, limit=limit, together=together, largest=largest
            )
    invocation.answer(document, lambda console: render(console, document))
    if draw:
        invocation.say(f"Marked pictures: {shown(draw)}")
    matched = any(face.subject for result in document.results for face in result.faces)
    raise typer.Exit(code or (0 if matched else 1))


def _here(
    invocation: Invocation,
    gallery: str,
    photos: Sequence[Path],
    targets: Sequence[Path | None],
    *,
    limit: int,
    together: bool,
    largest: bool,
) -> "tuple[IdentifyDocument, int]":
    """In the database of this machine."""

    async def work() -> "tuple[IdentifyDocument, int]":
        async with open_platform(invocation) as platform:
            return await _identified(
                invocation,
                platform,
                gallery,
                photos,
                targets,
                limit=limit,
                together=together,
                largest=largest,
            )

    return run(work)


def _targets(
    photos: Sequence[Path], draw: Path | None, *, together: bool, largest: bool
) -> Sequence[Path | None]:
    """Where marked pictures go. Raises `ValueInvalid` for options that do not go together."""
    if together and draw:
        raise ValueInvalid("--draw marks single photos; leave out --together.")
    if largest and not together:
        raise ValueInvalid("--largest is used with --together only; otherwise every face is identified.")
    return drawing_targets(photos, draw) if draw else [None] * len(photos)


async def _identified(
    invocation: Invocation,
    platform: "Platform",
    name: str,
    photos: Sequence[Path],
    targets: Sequence[Path | None],
    *,
    limit: int,
    together: bool,
    largest: bool,
) -> "tuple[IdentifyDocument, int]":
    from visavis.bootstrap.library import read_files
    from visavis.domain.event import Origin
    from visavis.wire.packs import PackUse
    from visavis.wire.photos import IdentifyDocument, IdentifyResult

    gallery = await existing_gallery(platform, name)
    pack = ready_pack(invocation, platform.settings, gallery.pack)
    work = platform.work(gallery)
    most = platform.settings.limits.max_image_bytes
    results, code = [], 0
    if together:
        contents = [content for _, content in read_files(photos, most)]
        one = await work.identify.together(gallery, contents, limit=limit, largest=largest)
        await platform.record.identified(gallery, [one], Origin(source="command line"))
        names = tuple(shown(photo) for photo in photos)
        results.append(IdentifyResult(photos=names, faces=(face_note(one),)))
    else:
        for photo, target in zip(photos, targets, strict=True):
            result, failed = await _photo(platform, work, photo, target, limit)
            code = code or failed
            results.append(result)
    return IdentifyDocument(gallery=gallery.name, pack=PackUse.of(pack), results=tuple(results)), code


async def _photo(
    platform: "Platform", work: "GalleryWork", photo: Path, target: Path | None, limit: int
) -> "tuple[IdentifyResult, int]":
    from visavis.bootstrap.library import read_file
    from visavis.bootstrap.pictures import write_annotated
    from visavis.domain.errors import Unavailable
    from visavis.domain.event import Origin
    from visavis.wire.errors import exit_code, problem
    from visavis.wire.photos import IdentifyResult

    try:
        content = read_file(photo, platform.settings.limits.max_image_bytes)
        found = await work.identify(work.gallery, content, limit=limit)
        await platform.record.identified(work.gallery, found, Origin(source="command line"))
        faces = tuple(face_note(one) for one in found)
        if target:
            write_annotated(platform.settings, content, marks(faces), target)
    except Unavailable:
        raise
    except VisavisError as error:
        return IdentifyResult(photos=(shown(photo),), error=problem(error)), exit_code(error)
    return IdentifyResult(photos=(shown(photo),), faces=faces), 0


def face_note(one: "Identification") -> "IdentifiedFace":
    """An identification as a part of the document."""
    from visavis.domain.sample import Rejection
    from visavis.wire.faces import FaceNote
    from visavis.wire.photos import IdentifiedFace

    found = one.found
    reasons = found.reasons if isinstance(found, Rejection) else ()
    face = FaceNote.of(found.face, found.quality, reasons, unified=one.quality) if found else None
    return IdentifiedFace.of(face, one.decision, one.candidates)


def render(console: "Console", document: "IdentifyDocument") -> None:
    """A line for each face."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_failure, print_line, print_table

    for result in document.results:
        title = ", ".join(result.photos)
        if result.error:
            print_failure(console, title, result.error.message, result.error.hint)
            continue
        number = counted(len(result.faces), "face") if result.faces else "no face"
        print_line(console, (title, "bold"), f": {number}")
        if result.faces:
            columns = (
                ">face",
                "who",
                "outcome",
                ">score",
                "strangers as alike",
                "runner-up",
            )
            print_table(console, columns, [row(n, face) for n, face in enumerate(result.faces, 1)])


def row(number: int, face: "IdentifiedFace") -> list[str | tuple[str, str]]:
    """The cells of a face."""
    from visavis.cli.sentences import OUTCOMES, STYLES

    decision = face.decision
    if decision is None:
        refused = face.face.reasons if face.face else ()
        reasons = ", ".join(reason.code.replace("_", " ") for reason in refused)
        return [str(number), ("–", "dim"), (f"refused: {reasons}", "yellow"), "", "", ""]
    others = [c for c in face.candidates[1:] if decision.score is not None]
    who = (face.subject, "bold green") if face.subject else ("unknown", "dim")
    if decision.outcome == "inconclusive" and face.candidates:
        who = (f"{face.candidates[0].subject}?", "yellow")
    return [
        str(number),
        who,
        (OUTCOMES[decision.outcome], STYLES[decision.outcome]),
        "–" if decision.score is None else f"{decision.score:.3f}",
        _strangers(decision),
        f"{others[0].subject} {others[0].score:.3f}" if others else "–",
    ]


def _strangers(decision: "DecisionNote") -> str:
    """How many people who are not enrolled would find somebody this much like them, as far as the data goes."""
    from visavis.cli.sentences import supported_odds

    if decision.fpir is None or decision.fmr is None:
        return "–"
    expected = -math.log1p(-min(decision.fpir, 0.999999)) * decision.supported_fmr / decision.fmr
    return supported_odds(decision.fpir, -math.expm1(-expected))

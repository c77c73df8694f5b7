"""visavis gather"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.evaluation_options import bar
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import PackOption
from visavis.cli.packs import ready_pack
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.gather_faces import Gathered
    from visavis.bootstrap.gathering import WrittenHuman
    from visavis.domain.pack import Pack
    from visavis.wire.gathering import GatherDocument, GatheredNote

VideosArgument = Annotated[
    list[Path], typer.Argument(metavar="VIDEO...", help="Video files.", show_default=False)
]
OutOption = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="DIR", help="A new folder for the pictures.", show_default=False),
]
KnownOption = Annotated[
    str | None,
    typer.Option("--gallery", "-g", metavar="NAME", help="Ask this gallery who the people are."),
]
RateOption = Annotated[
    float, typer.Option("--rate", metavar="N", help="Frames looked at for each second.", min=0.1, max=60.0)
]
ChipsOption = Annotated[
    bool, typer.Option("--chips", help="Also write the aligned faces, as a folder to train models on.")
]

_SECONDS = "seconds of video"


def gather(
    invocation: Invocation,
    videos: VideosArgument,
    out: OutOption,
    gallery: KnownOption = None,
    rate: RateOption = 5.0,
    chips: ChipsOption = False,
    pack: PackOption = None,
) -> None:
    """Build a database from videos: follow the faces, sort them by person, keep the best pictures of each.

    Writes DIR/people with one folder per person, and DIR/index.html to look at. With --gallery, people it knows
    get their names, and the decisions are logged. Rename the other folders, delete what does not belong there,
    and enrol the rest with: visavis enrol-folder DIR/people. Or open DIR in the console (Enrol, From videos).

    Ends with 0 if anybody was found, with 1 if nobody was.

    \b
    Examples:
      visavis gather party.mp4 --out party/
      visavis gather monday.mkv tuesday.mkv --out week/ --gallery staff
      visavis gather interviews/*.mp4 --out training/ --chips
    """
    from visavis.bootstrap.gathering import checked_folder, write_document, write_folder

    folder = checked_folder(out)
    found, used = (
        _known(invocation, videos, gallery, rate=rate, pack=pack)
        if gallery
        else _alone(invocation, videos, rate=rate, pack=pack)
    )
    written = write_folder(folder, found, chips=chips)
    document = _document(written, used, videos, gallery, folder)
    if written:
        write_document(folder, document.model_dump_json(by_alias=True, indent=1))
    invocation.answer(document, lambda console: render(console, document))
    raise typer.Exit(0 if written else 1)


def _alone(
    invocation: Invocation, videos: Sequence[Path], *, rate: float, pack: str | None
) -> "tuple[list[Gathered], Pack]":
    """Without a database."""
    from visavis.bootstrap.gathering import gathering
    from visavis.bootstrap.models import Models

    settings = invocation.settings()
    used = ready_pack(invocation, settings, pack)
    work = gathering(Models(settings), used, rate=rate)
    with bar(_SECONDS) as progress:
        return run(lambda: work(videos, None, progress)), used


def _known(
    invocation: Invocation, videos: Sequence[Path], name: str, *, rate: float, pack: str | None
) -> "tuple[list[Gathered], Pack]":
    """With the names that a gallery knows; its pack is used, because templates must be comparable."""
    if pack:
        raise ValueInvalid("A gallery has a model pack of its own: leave out --pack, or --gallery.")

    async def work() -> "tuple[list[Gathered], Pack]":
        from visavis.bootstrap.gathering import gathering
        from visavis.domain.event import Origin

        async with open_platform(invocation) as platform:
            gallery = await existing_gallery(platform, name)
            used = ready_pack(invocation, platform.settings, gallery.pack)
            identify = platform.work(gallery).identify
            gather = gathering(platform.models, used, rate=rate, identify=identify)
            with bar(_SECONDS) as progress:
                found = await gather(videos, gallery, progress)
            asked = [human.found for human in found if human.found]
            await platform.record.identified(gallery, asked, Origin(source="command line"))
            return found, used

    return run(work)


def _document(
    written: "Sequence[WrittenHuman]", pack: "Pack", videos: Sequence[Path], gallery: str | None, folder: Path
) -> "GatherDocument":
    from visavis.wire.gathering import GatherDocument
    from visavis.wire.packs import PackUse

    return GatherDocument(
        pack=PackUse.of(pack),
        gallery=gallery,
        videos=[shown(video) for video in videos],
        folder=shown(folder),
        people=[_note(one) for one in written],
    )


def _note(one: "WrittenHuman") -> "GatheredNote":
    from visavis.wire.gathering import GatheredNote, ShotNote, TrackNote

    human = one.human
    decision = human.found.decision if human.found else None
    return GatheredNote(
        folder=one.folder,
        subject=human.suggested.name if human.suggested else None,
        outcome=decision.outcome if decision else None,
        score=decision.score.value if decision and decision.score else None,
        false_match_rate=decision.fmr.value if decision and decision.fmr else None,
        seen_s=human.seen_s,
        tracks=[
            TrackNote(video=track.source, first_s=track.first_s, last_s=track.last_s, frames=track.seen)
            for track in human.tracks
        ],
        shots=[
            ShotNote(file=kept.file, at_s=kept.shot.at_s, quality=kept.shot.template.quality)
            for kept in one.shots
        ],
    )


def render(console: "Console", document: "GatherDocument") -> None:
    """A line for each person, and what to do next."""
    from visavis.cli.sentences import OUTCOMES, STYLES, counted
    from visavis.cli.tables import print_line, print_table

    videos, people = counted(len(document.videos), "video"), counted(len(document.people), "person", "people")
    if not document.people:
        print_line(console, f"{videos}: no face that is good enough to be enrolled.")
        return
    print_line(console, (f"{people} in {videos}", "bold"))
    rows = [
        [
            one.folder,
            f"{one.seen_s:.0f} s",
            str(len(one.tracks)),
            str(len(one.shots)),
            (OUTCOMES[one.outcome], STYLES[one.outcome]) if one.outcome else "",
            one.subject or "",
        ]
        for one in document.people
    ]
    print_table(console, ("folder", ">seen", ">appearances", ">pictures", "outcome", "who"), rows)
    print_line(console, f"Look at them: {document.folder}/index.html")
    print_line(console, f"Rename the folders, then: visavis enrol-folder {document.folder}/people")

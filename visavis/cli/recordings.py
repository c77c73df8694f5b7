"""visavis recordings"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.evaluation_options import bar
from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import GalleryOption, LargestOption, common
from visavis.cli.packs import ready_pack
from visavis.cli.recordings_view import render, render_found, render_removed
from visavis.cli.stores import DEFAULT_GALLERY, existing_gallery, gallery_to_fill, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from visavis.application.ports.recordings import RecordingFilter
    from visavis.application.recordings.search import Found
    from visavis.bootstrap.platform import Platform
    from visavis.wire.recordings import RecordingDocument, RecordingsDocument, RecordingSearchDocument

_TIMES = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
VideosArgument = Annotated[
    list[Path], typer.Argument(metavar="VIDEO...", help="Video files.", show_default=False)
]
PhotosArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PHOTO...", help="Photos of the one who is searched for.", show_default=False),
]
IdArgument = Annotated[
    UUID, typer.Argument(metavar="ID", help="Of the recording, as the list shows it.", show_default=False)
]
StartedOption = Annotated[
    datetime | None,
    typer.Option(
        "--started-at",
        metavar="TIME",
        formats=_TIMES,
        help="When the first frame was taken, in this machine's time zone. Without it: the file's date minus its "
        "length.",
        show_default=False,
    ),
]
SourceOption = Annotated[str, typer.Option("--camera", metavar="NAME", help="Which camera took it.")]
KeepOption = Annotated[
    int, typer.Option("--keep-days", metavar="N", min=0, max=36_500, help="Forget it after so many days.")
]
RateOption = Annotated[
    float, typer.Option("--rate", metavar="N", help="Frames looked at for each second.", min=0.1, max=60.0)
]
SubjectOption = Annotated[
    str | None,
    typer.Option(
        "--subject", metavar="NAME", help="Search for this subject of the gallery.", show_default=False
    ),
]
SinceOption = Annotated[
    datetime | None,
    typer.Option("--since", metavar="TIME", formats=_TIMES, help="Not before.", show_default=False),
]
UntilOption = Annotated[
    datetime | None,
    typer.Option("--until", metavar="TIME", formats=_TIMES, help="Before.", show_default=False),
]
CameraFilter = Annotated[
    str | None, typer.Option("--camera", metavar="NAME", help="Only this camera.", show_default=False)
]
RecordingFilterOption = Annotated[
    list[UUID] | None,
    typer.Option("--recording", metavar="ID", help="Only this one; may be repeated.", show_default=False),
]
CaseOption = Annotated[
    str, typer.Option("--case", metavar="TEXT", help="Why; stands in report and audit log, and names nobody.")
]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=1000, help="Hits at most.")]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--report", metavar="DIR", help="Write a signed report with stills there.", show_default=False
    ),
]


def recordings(invocation: Invocation) -> None:
    """Recorded video: make it searchable, search it for a face, report with proof.

    The videos stay where they are; kept are encrypted templates, times, and the digest of each file.

    \b
    Examples:
      visavis recordings add lobby.mp4 --camera lobby --started-at "2026-03-02 08:00"
      visavis recordings search suspect.jpg --report case-17/
      visavis recordings search --subject "Ada" --gallery staff --since 2026-03-01
    """


def add(
    invocation: Invocation,
    videos: VideosArgument,
    gallery: GalleryOption = DEFAULT_GALLERY,
    camera: SourceOption = "",
    started_at: StartedOption = None,
    keep_days: KeepOption = 0,
    rate: RateOption = 5.0,
) -> None:
    """Follow the faces in videos and keep their templates, to be searched later.

    \b
    Examples:
      visavis recordings add lobby.mp4 --camera lobby --started-at "2026-03-02 08:00"
      visavis recordings add nvr/*.mkv --gallery watchlist --keep-days 30
    """
    if started_at is not None and len(videos) > 1:
        raise ValueInvalid("Several videos did not begin at one time.", hint="Add them one by one.")

    async def work() -> "RecordingsDocument":
        from visavis.application.recordings.index import Taken
        from visavis.bootstrap.recordings import footage, started
        from visavis.wire.recordings import RecordingNote, RecordingsDocument

        async with open_platform(invocation) as platform:
            footage(platform.settings)  # before a pack is fetched: can videos be read at all?
            place = await gallery_to_fill(platform, gallery, create=False, pack=None)
            ready_pack(invocation, platform.settings, place.pack)
            index = await platform.index_recording(place, rate=rate)
            hung = await platform.place_of(camera)
            notes = []
            for video in videos:
                began = started_at.astimezone() if started_at else started(index.follow.video, video)
                with bar("seconds of video") as progress:
                    taken = Taken(started_at=began, source=camera, place=hung, keep_days=keep_days)
                    notes.append(RecordingNote.of(await index(place, video, taken, progress)))
            return RecordingsDocument(recordings=tuple(notes))

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def listing(
    invocation: Invocation,
    gallery: Annotated[
        str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Only of this gallery.")
    ] = None,
    camera: CameraFilter = None,
    since: SinceOption = None,
    until: UntilOption = None,
) -> None:
    """List the recordings that can be searched.

    \b
    Examples:
      visavis recordings list
      visavis recordings list --camera lobby --since 2026-03-01 --json
    """

    async def work() -> "RecordingsDocument":
        from visavis.wire.recordings import RecordingNote, RecordingsDocument

        async with open_platform(invocation) as platform:
            place = await existing_gallery(platform, gallery) if gallery else None
            scope = _scope(camera, since, until, gallery_id=place.id if place else None)
            found = await platform.recordings.everything(scope)
        return RecordingsDocument(recordings=tuple(RecordingNote.of(one) for one in found))

    document = run(work)
    invocation.answer(document, lambda console: render(console, document))


def remove(invocation: Invocation, recording: IdArgument) -> None:
    """Forget a recording: its templates are removed, the file stays.

    \b
    Examples:
      visavis recordings remove 6f1c1a52-3c7e-4a53-9a44-1f0a2f1c9d11
    """

    async def work() -> "RecordingDocument":
        from visavis.domain.recording import RecordingId
        from visavis.wire.recordings import RecordingDocument, RecordingNote

        async with open_platform(invocation) as platform:
            removed = await platform.recordings.remove(RecordingId(recording))
        return RecordingDocument(recording=RecordingNote.of(removed))

    document = run(work)
    invocation.answer(document, lambda console: render_removed(console, document))


def search(
    invocation: Invocation,
    photos: PhotosArgument = None,
    subject: SubjectOption = None,
    gallery: GalleryOption = DEFAULT_GALLERY,
    recording: RecordingFilterOption = None,
    camera: CameraFilter = None,
    since: SinceOption = None,
    until: UntilOption = None,
    case: CaseOption = "",
    limit: LimitOption = 20,
    largest: LargestOption = False,
    report: OutOption = None,
) -> None:
    """Where was this human? Every recorded appearance is compared, under the gallery's policy.

    Several photos are taken for one human. With --report a folder is written: a page, stills, and report.json, signed,
    with the digests of files and stills and everything the audit log knows of the recordings; check it with: visavis
    receipts verify DIR/report.json

    Ends with 0 if there is a match, with 1 if there is none.

    \b
    Examples:
      visavis recordings search suspect.jpg --since "2026-03-02 08:00" --until "2026-03-02 09:00"
      visavis recordings search front.jpg side.jpg --case "incident 17" --report case-17/
      visavis recordings search --subject "Ada" --gallery staff --camera lobby
    """
    if bool(photos) == bool(subject):
        raise ValueInvalid(
            "Name photos or a subject to search for.", hint="See: visavis recordings search --help"
        )
    if len(case) > 200:
        raise ValueInvalid("A case has at most 200 characters.")
    folder = _checked(report)

    async def work() -> "RecordingSearchDocument":
        async with open_platform(invocation) as platform:
            place = await existing_gallery(platform, gallery)
            ready_pack(invocation, platform.settings, place.pack)
            scope = _scope(camera, since, until, gallery_id=place.id, ids=recording)
            asked = photos or [], subject, case
            found = await platform.searched(place, asked, scope, limit=limit, largest=largest)
            return await _document(platform, found, folder)

    document = run(work)
    invocation.answer(document, lambda console: render_found(console, document))
    raise typer.Exit(0 if any(hit.outcome.value == "match" for hit in document.found.hits) else 1)


def _checked(report: Path | None) -> Path | None:
    from visavis.bootstrap.gathering import checked_folder

    return None if report is None else checked_folder(report)


async def _document(platform: "Platform", found: "Found", folder: Path | None) -> "RecordingSearchDocument":
    from visavis.bootstrap.recording_reports import found_note, write_report
    from visavis.wire.recordings import RecordingSearchDocument

    if folder is None:
        return RecordingSearchDocument(found=found_note(found))
    signed, stills = await platform.report_search(found)
    write_report(folder, found, signed, stills)
    return RecordingSearchDocument(
        found=found_note(found, stills), report=shown(folder), report_sha256=signed.sha256
    )


def _scope(
    camera: str | None,
    since: datetime | None,
    until: datetime | None,
    *,
    gallery_id: UUID | None,
    ids: list[UUID] | None = None,
) -> "RecordingFilter":
    from visavis.application.ports.recordings import RecordingFilter
    from visavis.domain.recording import RecordingId
    from visavis.domain.subject import GalleryId

    return RecordingFilter(
        gallery_id=GalleryId(gallery_id) if gallery_id else None,
        ids=tuple(RecordingId(one) for one in ids) if ids else None,
        source=camera,
        since=since.astimezone() if since else None,
        until=until.astimezone() if until else None,
    )


def add_to(app: typer.Typer, panel: str) -> None:
    group = typer.Typer(callback=common(recordings), no_args_is_help=True)
    group.command("add")(common(add))
    group.command("list")(common(listing))
    group.command("search")(common(search))
    group.command("remove")(common(remove))
    app.add_typer(group, name="recordings", rich_help_panel=panel)

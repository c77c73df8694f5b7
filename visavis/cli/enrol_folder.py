"""visavis enrol-folder"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.enrol import photo_notes
from visavis.cli.folders import SubjectFolder, find_subject_folders
from visavis.cli.invocation import Invocation, data_console, shown, talk_console, write_data
from visavis.cli.options import CreateOption, ForceOption, GalleryOption, LargestOption, PackOption
from visavis.cli.packs import ready_pack
from visavis.cli.stores import DEFAULT_GALLERY, gallery_to_fill, open_platform, run
from visavis.domain.errors import FileUnreadable, ImageTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from visavis.application.enrol_many import SubjectEnrolment
    from visavis.bootstrap.platform import GalleryWork
    from visavis.settings import Settings
    from visavis.wire.enrolment import EnrolFolderDocument, EnrolFolderSubjectDocument

FolderArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with one folder per subject.", show_default=False)
]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.json", help="Write every result here.", show_default=False),
]
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the options say."""

    gallery: str
    create: bool
    force: bool
    largest: bool
    pack: str | None


@dataclass(slots=True, kw_only=True)
class _Progress:
    """What has been done so far."""

    as_json: bool
    stopping: bool = False
    worst: int = 0
    lines: "list[EnrolFolderSubjectDocument]" = field(default_factory=list)


def enrol_folder(
    invocation: Invocation,
    folder: FolderArgument,
    gallery: GalleryOption = DEFAULT_GALLERY,
    create: CreateOption = False,
    force: ForceOption = False,
    largest: LargestOption = False,
    report: ReportOption = None,
    pack: PackOption = None,
) -> None:
    """Enrol everybody in a folder: one folder per subject, named like the subject.

    Several subjects are worked on at a time (setting: workers), and each is committed on its own, so the run
    can be cut off at any moment and repeated: photos that are enrolled already are skipped before they are
    analysed. Ctrl-C ends it after the subjects that are under way. With --json there is a line for each
    subject as soon as it is committed, and a summary as the last line.

    Ends with 0 if every photo is in the gallery now, otherwise with the highest code of the errors (3: some
    photos were refused), and with 130 after Ctrl-C.

    \b
    Examples:
      visavis enrol-folder staff/
      visavis enrol-folder staff/ --gallery staff --create --report staff.json
      visavis enrol-folder staff/ --json | jq 'select(.error)'
    """
    invocation.streaming = True
    wish = _Wish(gallery=gallery, create=create, force=force, largest=largest, pack=pack)
    summary, state = run(lambda: _run(invocation, folder, wish))
    if report:
        _write_report(report, summary, state)
    if invocation.as_json:
        write_data(summary.line())
    else:
        render(data_console(), summary)
    raise typer.Exit(_INTERRUPTED if state.stopping and summary.remaining else state.worst)


async def _run(invocation: Invocation, folder: Path, wish: _Wish) -> "tuple[EnrolFolderDocument, _Progress]":
    from visavis.wire.enrolment import EnrolFolderDocument
    from visavis.wire.packs import PackUse

    folders, ignored = find_subject_folders(folder)
    state = _Progress(as_json=invocation.as_json)
    async with open_platform(invocation) as platform:
        found = await gallery_to_fill(platform, wish.gallery, create=wish.create, pack=wish.pack)
        chosen = ready_pack(invocation, platform.settings, found.pack)
        began = time.monotonic()
        await _enrolled(platform.work(found), platform.settings, folders, state, wish)
    summary = EnrolFolderDocument.of(
        state.lines,
        folder=shown(folder),
        gallery=found.name,
        pack=PackUse.of(chosen),
        remaining=len(folders) - len(state.lines),
        ignored_files=ignored,
        seconds=time.monotonic() - began,
    )
    return summary, state


async def _enrolled(
    work: "GalleryWork",
    settings: "Settings",
    folders: list[SubjectFolder],
    state: _Progress,
    wish: _Wish,
) -> None:
    from visavis.application.enrol import EnrolOptions
    from visavis.application.enrol_many import EnrolMany, SubjectPhotos
    from visavis.cli.progress import counting_bar

    paths = {str(photo): photo for folder in folders for photo in folder.photos}
    many = EnrolMany(enrol=work.enrol, read=_reader(paths, settings), workers=settings.workers)
    subjects = [SubjectPhotos(name=f.name, sources=tuple(str(p) for p in f.photos)) for f in folders]
    with counting_bar("Enrolling", len(paths)) as advance, _ctrl_c_stops(state):

        def report(done: "SubjectEnrolment") -> None:
            _note(done, state)
            advance(len(done.enrolment.results), done.enrolment.name)

        options = EnrolOptions(force=wish.force, largest=wish.largest)
        await many(work.gallery, subjects, report, options=options, stopping=lambda: state.stopping)


def _reader(paths: dict[str, Path], settings: "Settings") -> "Callable[[str], bytes]":
    """Reads a photo unless it is larger than photos may be, which is seen before memory is spent."""
    from visavis.bootstrap.library import read_file

    largest = settings.limits.max_image_bytes

    def read(source: str) -> bytes:
        path = paths[source]
        try:
            size = path.stat().st_size
        except OSError as error:
            raise FileUnreadable(f"{path.name}: {error.strerror}.") from error
        if size > largest:
            raise ImageTooLarge(f"The file has {size / 2**20:.1f} MiB; {largest / 2**20:.0f} are allowed.")
        return read_file(path)

    return read


def _note(done: "SubjectEnrolment", state: _Progress) -> None:
    """Adds a subject to the report and, with --json, writes its line: it is committed."""
    from visavis.domain.errors import AlreadyEnrolled
    from visavis.wire.decisions import CandidateNote
    from visavis.wire.enrolment import EnrolFolderSubjectDocument
    from visavis.wire.errors import exit_code, problem

    enrolment = done.enrolment
    line = EnrolFolderSubjectDocument(
        subject=shown(enrolment.name),
        subject_id=str(enrolment.subject_id) if enrolment.subject_id else None,
        enrolled=enrolment.enrolled,
        photos=tuple(
            photo.model_copy(update={"photo": shown(photo.photo)}) for photo in photo_notes(enrolment)
        ),
        resembles=tuple(CandidateNote.of(one, rank) for rank, one in enumerate(enrolment.resembles, 1)),
        error=problem(done.error) if done.error else None,
    )
    state.lines.append(line)
    errors = [result.error for result in enrolment.results if result.error] + (
        [done.error] if done.error else []
    )
    codes = [exit_code(error) for error in errors if not isinstance(error, AlreadyEnrolled)]
    state.worst = max([state.worst, *codes])
    if state.as_json:
        write_data(line.line())


@contextmanager
def _ctrl_c_stops(state: _Progress) -> Iterator[None]:
    """The first Ctrl-C begins no other subject; the second ends at once, and what is committed stays."""
    import signal

    before = signal.getsignal(signal.SIGINT)

    def stop(*_: object) -> None:
        state.stopping = True
        signal.signal(signal.SIGINT, before)
        talk_console().print(
            "Stopping after the subjects under way; Ctrl-C again ends at once.", style="yellow"
        )

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _write_report(path: Path, summary: "EnrolFolderDocument", state: _Progress) -> None:
    from visavis.wire.enrolment import EnrolFolderReport

    content = EnrolFolderReport(summary=summary, subjects=tuple(state.lines)).pretty()
    try:
        path.write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be written: {error.strerror}.") from error


def render(console: "Console", summary: "EnrolFolderDocument") -> None:
    """The report in a few lines."""
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_facts, print_line

    speed = summary.photos / max(summary.seconds, 1e-3)
    print_line(
        console,
        (f"{counted(summary.subjects, 'subject')}, {counted(summary.photos, 'photo')}", "bold"),
        f" in {summary.seconds:.1f} s ({speed:.1f} photos/s), gallery {summary.gallery}",
    )
    numbers = {"enrolled": summary.enrolled, "already there": summary.already_enrolled}
    numbers |= {"refused": summary.refused, "failed subjects": summary.failed}
    numbers |= {f"  {code.replace('_', ' ')}": number for code, number in summary.reasons.items()}
    numbers |= {"not reached": summary.remaining, "other files": summary.ignored_files}
    facts = [(name, f"{number:,}") for name, number in numbers.items() if number or name == "enrolled"]
    print_facts(console, facts)

"""visavis enrol"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, shown
from visavis.cli.options import CreateOption, ForceOption, GalleryOption, LargestOption, PackOption, Photos
from visavis.cli.packs import ready_pack
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import DEFAULT_GALLERY, gallery_to_fill, open_platform, run

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.application.enrol import Enrolment, EnrolOptions
    from visavis.wire.enrolment import EnrolDocument, EnrolledPhoto
    from visavis.wire.packs import PackUse

SubjectArgument = Annotated[
    str, typer.Argument(metavar="SUBJECT", help="Name or number of the human.", show_default=False)
]


def enrol(
    invocation: Invocation,
    subject: SubjectArgument,
    photos: Photos,
    gallery: GalleryOption = DEFAULT_GALLERY,
    create: CreateOption = False,
    force: ForceOption = False,
    largest: LargestOption = False,
    pack: PackOption = None,
    server: ServerOption = None,
) -> None:
    """Enrol a human from one photo or several; three to five are best.

    What is reported as enrolled is stored, encrypted, and found at once. Only templates are kept, no photo. A
    photo that is refused does not keep the others from being enrolled. The gallery called default is created
    at its first use; --pack chooses the model pack of a new gallery.

    Ends with 0 if every photo was enrolled, otherwise with the highest code of the errors.

    \b
    Examples:
      visavis enrol ada ada-1.jpg ada-2.jpg ada-3.jpg
      visavis enrol "Grace Hopper" grace.jpg --gallery staff --create
    """
    from visavis.application.enrol import EnrolOptions

    options = EnrolOptions(force=force, largest=largest)
    with connected(invocation, server) as client:
        if client is None:
            document, code = _here(invocation, gallery, subject, photos, options, create=create, pack=pack)
        else:
            from visavis.cli.remote import photos as remote

            document, code = remote.enrol(client, gallery, subject, photos, options, create=create, pack=pack)
    invocation.answer(document, lambda console: render(console, document))
    raise typer.Exit(code)


def _here(
    invocation: Invocation,
    gallery: str,
    subject: str,
    photos: Sequence[Path],
    options: "EnrolOptions",
    *,
    create: bool,
    pack: str | None,
) -> "tuple[EnrolDocument, int]":
    """Into the database of this machine."""
    from visavis.bootstrap.library import read_files

    most = invocation.settings().limits.max_image_bytes
    contents = [(shown(path), content) for path, content in read_files(photos, most)]

    async def work() -> "tuple[EnrolDocument, int]":
        from visavis.wire.packs import PackUse

        async with open_platform(invocation) as platform:
            found = await gallery_to_fill(platform, gallery, create=create, pack=pack)
            chosen = ready_pack(invocation, platform.settings, found.pack)
            done = await platform.work(found).enrol(found, subject, contents, options)
        return enrol_document(done, found.name, PackUse.of(chosen)), worst_code(done)

    return run(work)


def photo_notes(done: "Enrolment") -> "tuple[EnrolledPhoto, ...]":
    """The photos of an enrolment as parts of a document."""
    from visavis.wire.enrolment import EnrolledPhoto

    return tuple(
        EnrolledPhoto.of(
            result.source,
            reference_id=result.reference_id,
            quality=result.probe.template.quality if result.probe else None,
            error=result.error,
        )
        for result in done.results
    )


def enrol_document(done: "Enrolment", gallery: str, pack: "PackUse") -> "EnrolDocument":
    from visavis.wire.decisions import CandidateNote
    from visavis.wire.enrolment import EnrolDocument

    return EnrolDocument(
        gallery=gallery,
        subject=done.name,
        subject_id=str(done.subject_id) if done.subject_id else None,
        enrolled=done.enrolled,
        photos=photo_notes(done),
        resembles=tuple(CandidateNote.of(one, rank) for rank, one in enumerate(done.resembles, 1)),
        pack=pack,
    )


def worst_code(done: "Enrolment") -> int:
    """The highest exit code of the photos' errors, 0 if there is none."""
    from visavis.wire.errors import exit_code

    return max((exit_code(result.error) for result in done.results if result.error), default=0)


def render(console: "Console", document: "EnrolDocument") -> None:
    """A line for each photo and one for the subject."""
    from visavis.cli.sentences import counted, listed
    from visavis.cli.tables import print_line

    for photo in document.photos:
        print_line(console, *photo_line(photo))
    total = counted(len(document.photos), "photo")
    done = total if document.enrolled == len(document.photos) else f"{document.enrolled} of {total}"
    print_line(console, (document.subject, "bold"), f": {done} enrolled in {document.gallery}")
    if document.resembles:
        names = listed([one.subject for one in document.resembles])
        print_line(console, (f"May be enrolled twice: this subject also looks like {names}.", "yellow"))


def photo_line(photo: "EnrolledPhoto") -> "list[str | tuple[str, str]]":
    """Sign, name and what became of it."""
    quality = "" if photo.quality is None else f" (quality {photo.quality:.0f})"
    name = Path(photo.photo).name
    if photo.outcome == "enrolled":
        return [("✓ ", "green"), f"{name} enrolled{quality}"]
    message = photo.error.message if photo.error else ""
    if photo.outcome == "already_enrolled":
        return [("· ", "dim"), f"{name}: {message}"]
    hint = f" {photo.error.hint}" if photo.error and photo.error.hint else ""
    return [("✗ ", "red"), f"{name}: {message}", (hint, "dim")]

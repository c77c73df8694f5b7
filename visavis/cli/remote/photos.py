"""identify, verify and enrol, asked of a server: the same documents."""

from collections.abc import Sequence
from pathlib import Path

from visavis.application.enrol import EnrolOptions
from visavis.bootstrap.library import read_files
from visavis.bootstrap.pictures import write_annotated
from visavis.cli.drawing import marks
from visavis.cli.invocation import Invocation, shown
from visavis.cli.stores import DEFAULT_GALLERY
from visavis.client.synchronous import Client
from visavis.domain.errors import (
    CaptureFailure,
    GalleryNotFound,
    InputError,
    Refusal,
    ValueInvalid,
    VisavisError,
)
from visavis.wire.enrolment import EnrolDocument, EnrolledPhoto
from visavis.wire.errors import exit_code, kind_of, problem, status
from visavis.wire.packs import PackUse
from visavis.wire.photos import IdentifyDocument, IdentifyResult, VerifyDocument, VerifySide

_SOURCE = "command line"
_MOST_BYTES = 64 * 2**20
_OF_THE_PHOTO = (InputError, Refusal, CaptureFailure)
"""Errors that concern one photo: the others are still worked on."""


def identify(
    invocation: Invocation,
    client: Client,
    gallery: str,
    photos: Sequence[Path],
    targets: Sequence[Path | None],
    *,
    limit: int,
    together: bool,
    largest: bool,
) -> tuple[IdentifyDocument, int]:
    """The document, and the exit code of the first photo that could not be used."""
    entry = client.galleries.get(gallery)
    results, code = [], 0
    if together:
        contents = _contents(photos)
        found = client.identify(
            gallery, *contents, limit=limit, together=True, largest=largest, source=_SOURCE
        )
        results.append(IdentifyResult(photos=tuple(shown(photo) for photo in photos), faces=found.faces))
    else:
        for photo, target in zip(photos, targets, strict=True):
            result, failed = _photo(invocation, client, gallery, photo, target, limit)
            code = code or failed
            results.append(result)
    return IdentifyDocument(gallery=gallery, pack=pack_use(client, entry.pack), results=tuple(results)), code


def _photo(
    invocation: Invocation, client: Client, gallery: str, photo: Path, target: Path | None, limit: int
) -> tuple[IdentifyResult, int]:
    try:
        (content,) = _contents([photo])
        found = client.identify(gallery, content, limit=limit, source=_SOURCE)
        if target:
            write_annotated(invocation.settings(), content, marks(found.faces), target)
    except _OF_THE_PHOTO as error:
        return IdentifyResult(photos=(shown(photo),), error=problem(error)), exit_code(error)
    return IdentifyResult(photos=(shown(photo),), faces=found.faces), 0


def verify(
    client: Client,
    photos: Sequence[Path],
    subject: str | None,
    gallery: str,
    *,
    fmr: float | None,
    pack: str | None,
    largest: bool,
) -> VerifyDocument:
    """Two photos, or one and an enrolled subject."""
    contents = _contents(photos)
    if subject is None:
        if len(photos) != 2:
            raise ValueInvalid(f"verify compares two photos, not {len(photos)}.")
        done = client.verify(*contents, fmr=1e-4 if fmr is None else fmr, pack=pack, largest=largest)
        reference = VerifySide(photo=shown(photos[0]), face=done.reference)
    else:
        if len(photos) != 1:
            raise ValueInvalid(f"verify --subject takes one photo, not {len(photos)}.")
        done = client.verify_subject(gallery, subject, *contents, largest=largest, source=_SOURCE)
        reference = VerifySide(subject=subject, reference_id=_text(done.reference_id))
    return VerifyDocument(
        decision=done.decision,
        reference=reference,
        probe=VerifySide(photo=shown(photos[-1]), face=done.probe),
        pack=pack_use(client, done.pack),
        gallery=gallery if subject is not None else None,
    )


def enrol(
    client: Client,
    gallery: str,
    subject: str,
    photos: Sequence[Path],
    options: EnrolOptions,
    *,
    create: bool,
    pack: str | None,
) -> tuple[EnrolDocument, int]:
    """The document, and the highest exit code of its photos."""
    try:
        entry = client.galleries.get(gallery)
    except GalleryNotFound:
        if not create and gallery != DEFAULT_GALLERY:
            raise
        entry = client.galleries.create(gallery, pack=pack)
    contents = _contents(photos)
    try:
        done = client.enrol(gallery, subject, *contents, force=options.force, largest=options.largest)
        notes = done.photos
    except _OF_THE_PHOTO as error:
        done, notes = None, _refused(client, gallery, subject, contents, options, error)
    document = EnrolDocument(
        gallery=gallery,
        subject=done.subject if done else subject,
        subject_id=_text(done.subject_id) if done else None,
        enrolled=done.enrolled if done else 0,
        photos=tuple(
            note.model_copy(update={"photo": shown(photo)}) for note, photo in zip(notes, photos, strict=True)
        ),
        resembles=done.resembles if done else (),
        pack=pack_use(client, entry.pack),
    )
    codes = [status(kind_of(photo.error.code, 422)).exit for photo in document.photos if photo.error]
    return document, max(codes, default=0)


def _refused(
    client: Client,
    gallery: str,
    subject: str,
    contents: Sequence[bytes],
    options: EnrolOptions,
    first: VisavisError,
) -> tuple[EnrolledPhoto, ...]:
    """If no photo can be enrolled, a server names the error of the first: the others are asked about one by one."""
    notes = [EnrolledPhoto.of("", reference_id=None, quality=None, error=first)]
    for content in contents[1:]:
        try:
            done = client.enrol(gallery, subject, content, force=options.force, largest=options.largest)
            notes += done.photos
        except _OF_THE_PHOTO as error:
            notes.append(EnrolledPhoto.of("", reference_id=None, quality=None, error=error))
    return tuple(notes)


def pack_use(client: Client, name: str) -> PackUse:
    """What documents say about the pack that the server used."""
    found = client.models.get(name)
    return PackUse(
        name=found.pack.name,
        model=found.model,
        commercial=found.pack.commercial,
        licences=tuple(dict.fromkeys(one.name for one in found.pack.licences)),
    )


def _contents(photos: Sequence[Path]) -> list[bytes]:
    """Read here, so that a file that is missing reads as it does without a server."""
    return [content for _, content in read_files(photos, _MOST_BYTES)]


def _text(value: object) -> str | None:
    return None if value is None else str(value)

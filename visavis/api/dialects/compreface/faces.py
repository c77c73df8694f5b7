"""/recognition/faces: the photos of a service's subjects."""

import contextlib
import uuid
from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from visavis.api.dialects.compreface.call import Call, Endpoint, Kind, answer, bounded_body
from visavis.api.dialects.compreface.looking import KnownFaces, Look
from visavis.api.dialects.compreface.names import checked, full_name, shown, subject
from visavis.api.dialects.compreface.options import Options, page
from visavis.api.dialects.compreface.uploads import read_files
from visavis.application.index_faces import NO_ROOM, IndexedFace, IndexOptions
from visavis.application.ports.store import ReferenceSummary
from visavis.bootstrap.platform import GalleryWork
from visavis.domain.access import Permission
from visavis.domain.errors import (
    AlreadyExists,
    GalleryFull,
    ManyFaces,
    NoFace,
    QualityTooLow,
    ReferenceNotFound,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.sample import Rejection
from visavis.domain.subject import ReferenceId
from visavis.engine.assess import PROBE_GATE
from visavis.wire.compreface.errors import Cause
from visavis.wire.compreface.responses import DeletedNote, FaceNote, FacesPage

_PAGE: Final = 1000
_IDS: Final = TypeAdapter(list[str])
_IMAGE_HEADERS: Final = {"cache-control": "private, no-store", "cross-origin-resource-policy": "cross-origin"}
"""CompreFace lets every cache keep these for a year; here what was erased is gone. Other sites show them."""


async def add(call: Call) -> Response:
    given = call.query("subject")
    if given is None:
        raise ValueInvalid("Required parameter subject is missing", reasons=(Cause.PARAMETER_MISSING,))
    name, options, work = checked(given), replace(Options.of(call), limit=0), await call.work()
    (content,) = await read_files(call.request, "file")
    look = Look.of(
        call,
        options,
        work.inference,
        call.platform.models.pack(work.gallery.pack),
        work.gallery.policy.measure,
    )
    found = look.wanted(await work.inference.samples(content, gate=PROBE_GATE))
    if not found:
        raise NoFace
    if len(found) > 1:
        raise ManyFaces
    if isinstance(found[0], Rejection):
        raise QualityTooLow(found[0].advice, reasons=tuple(found[0].reasons))
    known = KnownFaces(found=found, inference=work.inference)
    try:
        kept = await _keep(call, work, known, name, content)
    except AlreadyExists:  # another request made the same subject in this moment
        kept = await _keep(call, work, known, name, content)
    return answer(FaceNote(image_id=str(kept), subject=name), 201)


async def _keep(call: Call, work: GalleryWork, known: KnownFaces, name: str, content: bytes) -> ReferenceId:
    try:
        owner = (await subject(call.platform, work.gallery, name)).name
    except SubjectNotFound:
        owner = full_name(work.gallery, name)
    done = await replace(work.index_faces, inference=known)(
        work.gallery, content, IndexOptions(subject=owner, once=False, gate=PROBE_GATE)
    )
    (face,) = done.faces
    if face.reference_id is None:
        raise _refusal(face)
    return face.reference_id


def _refusal(face: IndexedFace) -> QualityTooLow | GalleryFull:
    if NO_ROOM in face.reasons:
        return GalleryFull("The subject has as many photos as the gallery's policy allows.")
    return QualityTooLow(
        "Take a clearer, frontal photo: this one would lead to errors.", reasons=face.reasons
    )


async def listing(call: Call) -> Response:
    number, size = page(call)
    gallery = (await call.work()).gallery
    owner = None
    if call.query("subject"):
        try:
            owner = (await subject(call.platform, gallery, call.query("subject") or "")).id
        except SubjectNotFound:
            return answer(_page(gallery, [], number, size, 0))
    async with call.platform.store.transaction(call.platform.tenant) as work:
        if owner is None:
            total = await work.references.count(gallery.id)
        else:
            kept = await work.references.of_subjects(gallery.id, [owner])
            total = sum(map(len, kept.values()))
        found = await work.references.page(gallery.id, subject_id=owner, offset=number * size, limit=size)
    return answer(_page(gallery, found, number, size, total))


def _page(gallery: Gallery, found: list[ReferenceSummary], number: int, size: int, total: int) -> FacesPage:
    return FacesPage(
        faces=tuple(_note(gallery, one) for one in found),
        page_number=number,
        page_size=size,
        total_pages=-(-total // size),
        total_elements=total,
    )


async def delete_all(call: Call) -> Response:
    """Of one subject, or all; the subjects stay."""
    gallery = (await call.work()).gallery
    given, owner = call.query("subject"), None
    if given is not None:
        try:
            owner = (await subject(call.platform, gallery, checked(given))).id
        except SubjectNotFound:
            return answer(DeletedNote(deleted=0))
    deleted = 0
    references = call.platform.references
    while found := await references.page(gallery, subject=owner, limit=_PAGE):
        deleted += len(await references.remove(gallery, [one.id for one in found], missing_ok=True))
    return answer(DeletedNote(deleted=deleted))


async def delete(call: Call) -> Response:
    gallery = (await call.work()).gallery
    message = f"Image {call.path['image_id'][:100]} not found"
    wanted = call.image_id(message)
    try:
        one = await call.platform.references.get(gallery, wanted)
        await call.platform.references.remove(gallery, [wanted])
    except ReferenceNotFound:
        raise ReferenceNotFound(message) from None
    return answer(_note(gallery, one))


async def delete_some(call: Call) -> Response:
    gallery = (await call.work()).gallery
    try:
        sent = _IDS.validate_json(await bounded_body(call.request))
        wanted = [ReferenceId(uuid.UUID(one)) for one in sent]
    except (ValidationError, ValueError):
        raise ValueInvalid("The body is a list of image ids.", reasons=(Cause.BODY_UNREADABLE,)) from None
    if len(wanted) > _PAGE:
        raise ValueInvalid(f"At most {_PAGE} images are deleted at once")
    references = call.platform.references
    found = await references.page(gallery, ids=wanted, limit=_PAGE) if wanted else []
    removed = set(await references.remove(gallery, [one.id for one in found], missing_ok=True))
    notes = [_note(gallery, one) for one in found if one.id in removed]
    text = ",\n".join(one.pretty() for one in notes)
    return Response(f"[{text}]", media_type="application/json")


async def image(call: Call) -> Response:
    """What was kept of the photo; nothing if nothing was kept, or if there is no such photo."""
    content = b""
    with contextlib.suppress(ReferenceNotFound):
        content = await _image(call, (await call.work()).gallery)
    return Response(content, media_type="application/octet-stream", headers=_IMAGE_HEADERS)


async def _image(call: Call, gallery: Gallery) -> bytes:
    wanted = call.image_id("Image Id is incorrect")
    for kind in (Keep.PHOTO, Keep.SAMPLE):
        kept = await call.platform.references.image(gallery, wanted, kind)
        if kept is not None:
            return kept.content
    return b""


def _note(gallery: Gallery, one: ReferenceSummary) -> FaceNote:
    return FaceNote(image_id=str(one.id), subject=shown(gallery, one.subject, one.subject_id))


_PATH: Final = "/recognition/faces"
_R: Final = Kind.RECOGNITION
_READ: Final = (Permission.SUBJECTS_READ,)
_WRITE: Final = (Permission.SUBJECTS_WRITE,)
ENDPOINTS: Final = (
    Endpoint(method="POST", path=_PATH, run=add, kind=_R, permissions=(Permission.ENROL,)),
    Endpoint(method="GET", path=_PATH, run=listing, kind=_R, permissions=_READ),
    Endpoint(method="DELETE", path=_PATH, run=delete_all, kind=_R, permissions=_WRITE),
    Endpoint(method="POST", path=f"{_PATH}/delete", run=delete_some, kind=_R, permissions=_WRITE),
    Endpoint(method="DELETE", path=f"{_PATH}/{{image_id}}", run=delete, kind=_R, permissions=_WRITE),
    Endpoint(method="GET", path=f"{_PATH}/{{image_id}}/img", run=image, kind=_R, permissions=_READ),
    Endpoint(method="GET", path="/static/{api_key}/images/{image_id}", run=image, kind=_R, permissions=_READ),
)

"""1:N: who is this, if anybody?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.pictures import Upload, bodies, read_uploads
from visavis.api.probes import (
    SINGLE,
    CapturedAt,
    Largest,
    SentReference,
    Source,
    pictures,
    sent_templates,
)
from visavis.api.service import Caller, allowed, room
from visavis.application.identify import Identification
from visavis.bootstrap.platform import GalleryWork, Platform
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, ModelDown, ModelMismatch, TrialNotFound, ValueInvalid
from visavis.domain.event import Origin
from visavis.domain.sample import Rejection
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE
from visavis.wire.faces import FaceNote
from visavis.wire.photos import IdentifiedFace
from visavis.wire.v1.recognition import IdentifiedFaces

router = APIRouter(prefix="/v1", tags=["recognition"], route_class=IdempotentRoute)

_PARTS = {"image": True, "crop": True, "template": True}


@router.post(
    "/galleries/{gallery}/identify",
    dependencies=[Depends(room)],
    summary="Search a gallery",
    responses=failures(*SINGLE, GalleryNotFound, ModelMismatch, ModelDown),
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def identify_faces(
    request: Request,
    gallery: GalleryName,
    caller: Caller,
    platform: Annotated[Platform, Depends(allowed(Permission.IDENTIFY))],
    limit: Annotated[int, Query(ge=1, le=100, description="Candidates for each face.")] = 5,
    together: Annotated[
        bool,
        Query(description="All that is sent shows one human: fuse it into one, surer, decision."),
    ] = False,
    largest: Largest = False,
    source: Source = "",
    reference: SentReference = "",
    captured_at: CapturedAt = None,
) -> IdentifiedFaces:
    """Every face of the pictures (or the one human of all of them) is searched, decided and logged.

    A `crop` is an aligned face of the size that the gallery's model takes; no face is searched in it.
    """
    origin = Origin(source=source, reference=reference, captured_at=captured_at)
    uploads = await read_uploads(request, _PARTS)
    templates = sent_templates(uploads, "template", caller)
    made_for_it = templates or pictures(uploads, "crop")  # by the pack in force
    work = await (platform.opened(gallery) if made_for_it else platform.opened_to_identify(gallery))
    how = _Wanted(uploads=uploads, templates=templates, limit=limit, together=together, largest=largest)
    try:
        found = await how.decided(work)
    except TrialNotFound:  # it was stopped a moment ago
        work = await platform.opened(gallery)
        found = await how.decided(work)
    events = await platform.record.identified(work.gallery, found, origin)
    return IdentifiedFaces(
        gallery=work.gallery.name,
        pack=work.gallery.pack,
        faces=tuple(identified(one) for one in found),
        event_ids=tuple(str(event.id) for event in events) if work.gallery.policy.event_days else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a request asks for, whichever pack decides it."""

    uploads: Sequence[Upload]
    templates: Sequence[Template]
    limit: int
    together: bool
    largest: bool

    async def decided(self, work: GalleryWork) -> list[Identification]:
        if not self.together:
            return await _each(work, self.uploads, self.templates, limit=self.limit)
        return [await _together(work, self.uploads, self.templates, limit=self.limit, largest=self.largest)]


async def _each(
    work: GalleryWork, uploads: Sequence[Upload], templates: Sequence[Template], *, limit: int
) -> list[Identification]:
    if not uploads:
        raise ValueInvalid("There is no picture in the request.")
    found = []
    for image in pictures(uploads, "image"):
        found += await work.identify(work.gallery, image, limit=limit)
    crops = [await work.crops.sample(crop, gate=PROBE_GATE) for crop in pictures(uploads, "crop")]
    found += await work.identify.found(work.gallery, crops, limit=limit)
    return [*found, *(await work.identify.probes(work.gallery, templates, limit=limit) if templates else [])]


async def _together(
    work: GalleryWork,
    uploads: Sequence[Upload],
    templates: Sequence[Template],
    *,
    limit: int,
    largest: bool,
) -> Identification:
    images, crops = pictures(uploads, "image"), pictures(uploads, "crop")
    if templates and not images and not crops:
        (result,) = await work.identify.probes(work.gallery, [fuse(templates)], limit=limit)
        return result
    if templates:
        raise ValueInvalid("Send either pictures or templates of one human, not both.")
    seen = [await work.crops.sample(crop, gate=PROBE_GATE) for crop in crops]
    return await work.identify.together(work.gallery, images, limit=limit, largest=largest, crops=seen)


def identified(one: Identification) -> IdentifiedFace:
    """An identification as it goes over the wire."""
    found = one.found
    reasons = found.reasons if isinstance(found, Rejection) else ()
    face = FaceNote.of(found.face, found.quality, reasons, unified=one.quality) if found else None
    return IdentifiedFace.of(face, one.decision, one.candidates)

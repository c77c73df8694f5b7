"""Detection and templates: nothing is kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import UNREADABLE, face_note
from visavis.api.service import allowed, room
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import LicenceRefused, ModelDown, ModelNotFound, ValueInvalid
from visavis.domain.sample import Rejection, Sample
from visavis.engine.assess import PROBE_GATE
from visavis.wire.faces import FaceNote
from visavis.wire.v1.recognition import Detected, Templates
from visavis.wire.v1.templates import TemplateNote
from visavis.wire.v1.values import PLAIN

router = APIRouter(prefix="/v1", tags=["recognition"], route_class=IdempotentRoute)

_PARTS = {"image": False}

PackName = Annotated[
    str | None,
    Query(
        alias="pack", max_length=100, pattern=PLAIN, description="Model pack; without it the configured one."
    ),
]


@router.post(
    "/detect",
    dependencies=[Depends(room)],
    summary="Find the faces of a picture",
    responses=failures(*UNREADABLE, ModelNotFound, ModelDown, LicenceRefused),
    openapi_extra=bodies(_PARTS),
)
async def detect_faces(
    request: Request,
    platform: Annotated[Platform, Depends(allowed(Permission.DETECT))],
    pack: PackName = None,
) -> Detected:
    """Every face with landmarks, pose and quality, largest first. Nothing is kept."""
    chosen = platform.models.pack(pack)
    content = await _picture(request)
    found = await (await platform.loaded(chosen)).samples(content, gate=PROBE_GATE)
    return Detected(pack=chosen.name, faces=tuple(face_note(one) for one in found))


@router.post(
    "/templates",
    dependencies=[Depends(room)],
    summary="Compute the templates of a picture",
    responses=failures(*UNREADABLE, ModelNotFound, ModelDown, LicenceRefused),
    openapi_extra=bodies(_PARTS),
)
async def compute_templates(
    request: Request,
    platform: Annotated[Platform, Depends(allowed(Permission.TEMPLATES))],
    pack: PackName = None,
    mirror: Annotated[
        bool, Query(description="Average with the mirror image, as references are: slower, more exact.")
    ] = True,
) -> Templates:
    """A template for each face that is good enough. They are biometric data: keep them encrypted."""
    chosen = platform.models.pack(pack)
    content = await _picture(request)
    inference = await platform.loaded(chosen)
    found = await inference.samples(content, gate=PROBE_GATE)
    samples = [one for one in found if isinstance(one, Sample)]
    made = await inference.templates(samples, flip=mirror)
    notes = tuple(
        TemplateNote.of(template, FaceNote.of(one.face, one.quality, unified=template.quality))
        for one, template in zip(samples, made, strict=True)
    )
    refused = tuple(face_note(one) for one in found if isinstance(one, Rejection))
    return Templates(pack=chosen.name, templates=notes, refused=refused)


async def _picture(request: Request) -> bytes:
    uploads = await read_uploads(request, _PARTS)
    if not uploads:
        raise ValueInvalid("There is no picture in the request.")
    return uploads[0].content

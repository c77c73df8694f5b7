"""Enrolment: photos of one subject become its references."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.parameters import GalleryName
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import UNREADABLE, Largest
from visavis.api.service import allowed, room
from visavis.application.enrol import Enrolment, EnrolOptions
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    AlreadyEnrolled,
    ConsentMissing,
    GalleryFull,
    GalleryNotFound,
    ManyFaces,
    ModelDown,
    ModelMismatch,
    NoFace,
    QualityTooLow,
    ValueInvalid,
    WrongSubject,
)
from visavis.wire.decisions import CandidateNote
from visavis.wire.enrolment import EnrolledPhoto
from visavis.wire.v1.enrolment import Enrolled
from visavis.wire.v1.values import PLAIN, Name

router = APIRouter(prefix="/v1", tags=["subjects"], route_class=IdempotentRoute)

_PARTS = {"image": True}


@router.post(
    "/galleries/{gallery}/enrol",
    dependencies=[Depends(room)],
    status_code=201,
    summary="Enrol photos of a subject",
    responses={
        200: {"model": Enrolled, "description": "Nothing new: every photo was enrolled before."},
        **failures(
            *UNREADABLE,
            NoFace,
            ManyFaces,
            QualityTooLow,
            WrongSubject,
            ConsentMissing,
            GalleryNotFound,
            AlreadyEnrolled,
            GalleryFull,
            ModelMismatch,
            ModelDown,
        ),
    },
    openapi_extra=bodies(_PARTS),
)
async def enrol_subject(
    request: Request,
    response: Response,
    gallery: GalleryName,
    platform: Annotated[Platform, Depends(allowed(Permission.ENROL))],
    subject: Annotated[Name, Query(description="Name of the subject; made if it is new.")],
    force: Annotated[bool, Query(description="Take photos even if they look like another subject.")] = False,
    largest: Largest = False,
    external_id: Annotated[
        str, Query(max_length=255, pattern=PLAIN, description="Your word for these pictures; kept encrypted.")
    ] = "",
) -> Enrolled:
    """One to 32 photos. A bad photo does not keep the others from being enrolled; its error says why.

    If no photo can be enrolled, the answer is the error of the first one.
    """
    work = await platform.opened(gallery)
    uploads = await read_uploads(request, _PARTS)
    if not uploads:
        raise ValueInvalid("There is no picture in the request.")
    done = await work.enrol(
        work.gallery,
        subject,
        [(upload.name[:200], upload.content) for upload in uploads],
        EnrolOptions(force=force, largest=largest, external_id=external_id),
    )
    known = all(isinstance(result.error, AlreadyEnrolled) for result in done.results)
    failed = [result.error for result in done.results if result.error is not None]
    if not done.enrolled and not known:
        raise failed[0]
    if not done.enrolled:
        response.status_code = 200
    return _enrolled(work.gallery.name, done)


def _enrolled(gallery: str, done: Enrolment) -> Enrolled:
    return Enrolled(
        gallery=gallery,
        subject=done.name,
        subject_id=str(done.subject_id) if done.subject_id else None,
        enrolled=done.enrolled,
        photos=tuple(
            EnrolledPhoto.of(
                result.source,
                reference_id=result.reference_id,
                quality=result.probe.template.quality if result.probe else None,
                error=result.error,
            )
            for result in done.results
        ),
        resembles=tuple(CandidateNote.of(one, rank) for rank, one in enumerate(done.resembles, 1)),
    )

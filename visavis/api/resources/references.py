"""References one by one: list, look at, take out what was kept, move, remove."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.ports.store import ReferenceSummary
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    ConsentMissing,
    GalleryFull,
    GalleryNotFound,
    ReferenceNotFound,
    SubjectNotFound,
)
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId
from visavis.wire.v1.subjects import DetailsNote, ReferenceList, ReferenceMove, ReferenceNote
from visavis.wire.v1.values import Name

router = APIRouter(
    prefix="/v1/galleries/{gallery}/references", tags=["subjects"], route_class=IdempotentRoute
)

Reading = Annotated[Platform, Depends(allowed(Permission.SUBJECTS_READ))]
Writing = Annotated[Platform, Depends(allowed(Permission.SUBJECTS_WRITE))]


@router.get("", summary="References of a gallery", responses=failures(GalleryNotFound, SubjectNotFound))
async def list_references(
    platform: Reading,
    gallery: GalleryName,
    subject: Annotated[Name | None, Query(description="Of this subject only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReferenceList:
    """Without their templates, which never leave the server this way."""
    place = await platform.gallery(gallery)
    after = ReferenceId(uuid_of(place_of(cursor))) if cursor else None
    page = await platform.references.page(place, subject=subject, after=after, limit=limit + 1)
    more = len(page) > limit
    return ReferenceList(
        references=tuple(await _notes(platform, place, page[:limit])),
        next_cursor=cursor_of(str(page[limit - 1].id)) if more else None,
    )


@router.post(
    "/move",
    summary="Give references to another subject",
    responses=failures(GalleryNotFound, ReferenceNotFound, SubjectNotFound, ConsentMissing, GalleryFull),
)
async def move_references(platform: Writing, gallery: GalleryName, move: ReferenceMove) -> ReferenceList:
    """All or none; the next search finds them at their new subject."""
    place = await platform.gallery(gallery)
    ids = [ReferenceId(one) for one in move.reference_ids]
    await platform.references.move(place, ids, move.subject)
    page = await platform.references.page(place, ids=ids, limit=len(ids))
    return ReferenceList(references=tuple(await _notes(platform, place, page)))


@router.get(
    "/{reference_id:uuid}", summary="One reference", responses=failures(GalleryNotFound, ReferenceNotFound)
)
async def get_reference(platform: Reading, gallery: GalleryName, reference_id: UUID) -> ReferenceNote:
    """Where it came from and what is kept of it."""
    place = await platform.gallery(gallery)
    one = await platform.references.get(place, ReferenceId(reference_id))
    (found,) = await _notes(platform, place, [one])
    return found


@router.get(
    "/{reference_id:uuid}/image",
    summary="What was kept beside a reference",
    response_class=Response,
    responses={
        200: {
            "content": {
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "(bytes)",
                }
            }
        },
        **failures(GalleryNotFound, ReferenceNotFound),
    },
)
async def get_reference_image(
    platform: Annotated[Platform, Depends(allowed(Permission.SUBJECTS_EXPORT))],
    gallery: GalleryName,
    reference_id: UUID,
    kind: Annotated[Keep, Query(description="sample: the aligned face; photo: the file as it was sent.")],
) -> Response:
    """Only where the gallery's policy keeps images; `reference_not_found` where nothing is kept."""
    place = await platform.gallery(gallery)
    kept = await platform.references.image(place, ReferenceId(reference_id), kind)
    if kept is None:
        raise ReferenceNotFound("Nothing of this kind is kept beside this reference.")
    return Response(
        kept.content,
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{reference_id}.{kind}"'},
    )


@router.delete(
    "/{reference_id:uuid}",
    status_code=204,
    summary="Remove a reference",
    responses=failures(GalleryNotFound, ReferenceNotFound),
)
async def remove_reference(platform: Writing, gallery: GalleryName, reference_id: UUID) -> None:
    """The subject stays, with its other references."""
    place = await platform.gallery(gallery)
    await platform.references.remove(place, [ReferenceId(reference_id)])


async def _notes(
    platform: Platform, gallery: Gallery, page: Sequence[ReferenceSummary]
) -> list[ReferenceNote]:
    kinds = await platform.references.kinds(page) if page else {}
    return [
        ReferenceNote(
            id=str(one.id),
            gallery=gallery.name,
            subject=one.subject,
            subject_id=str(one.subject_id),
            quality=one.quality,
            created_at=one.created_at,
            details=DetailsNote.of(one.details),
            kept=kinds.get(one.id, ()),
        )
        for one in page
    ]

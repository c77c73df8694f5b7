"""Collections: galleries under Amazon's name."""

import re
from typing import Final

from visavis.api.dialects.rekognition.call import Call, Operation, Pages, version_of
from visavis.api.dialects.rekognition.operations.missing import refuse_tags
from visavis.application.ports.store import GallerySummary
from visavis.domain.access import Permission
from visavis.domain.errors import AlreadyExists, GalleryNotFound
from visavis.domain.policy import Policy
from visavis.domain.subject import SubjectKind
from visavis.wire.rekognition.collections import (
    CreateCollectionRequest,
    CreateCollectionResponse,
    DeleteCollectionRequest,
    DeleteCollectionResponse,
    DescribeCollectionRequest,
    DescribeCollectionResponse,
    ListCollectionsRequest,
    ListCollectionsResponse,
)

MOST_FACES_OF_A_USER: Final = 100
_PAGE: Final = 1000
_COLLECTION_ID = re.compile(r"[a-zA-Z0-9_.\-]{1,255}")


async def create(call: Call, sent: CreateCollectionRequest) -> CreateCollectionResponse:
    call.platform.principal.require_gallery(sent.collection_id)
    refuse_tags(sent.tags)
    policy = Policy(name="rekognition", max_references=MOST_FACES_OF_A_USER)
    try:
        gallery = await call.platform.create(
            sent.collection_id, pack=call.platform.models.pack(), policy=policy
        )
    except AlreadyExists:
        raise AlreadyExists(f"The collection id: {sent.collection_id} already exists") from None
    return CreateCollectionResponse(
        collection_arn=call.arn(sent.collection_id).removeprefix("arn:"),
        face_model_version=version_of(gallery.model),
    )


async def delete(call: Call, sent: DeleteCollectionRequest) -> DeleteCollectionResponse:
    await _summary(call, sent.collection_id)
    await call.platform.galleries.remove(sent.collection_id)
    return DeleteCollectionResponse()


async def list_all(call: Call, sent: ListCollectionsRequest) -> ListCollectionsResponse:
    """Galleries whose names are no collection ids cannot be named by a client, so they are left out."""
    pages, limit = Pages(listing="collections"), sent.max_results or _PAGE
    place = pages.place(sent.next_token)
    allowed = call.platform.principal.galleries
    listed = [
        summary.gallery
        for summary in await call.platform.galleries.all()
        if _COLLECTION_ID.fullmatch(summary.gallery.name)
        and summary.gallery.name > place
        and (allowed is None or summary.gallery.name in allowed)
    ]
    page = sorted(listed, key=lambda gallery: gallery.name)[:limit]
    return ListCollectionsResponse(
        collection_ids=tuple(gallery.name for gallery in page),
        face_model_versions=tuple(version_of(gallery.model) for gallery in page),
        next_token=pages.token(page[-1].name) if len(listed) > len(page) else None,
    )


async def describe(call: Call, sent: DescribeCollectionRequest) -> DescribeCollectionResponse:
    summary = await _summary(call, sent.collection_id)
    return DescribeCollectionResponse(
        face_count=summary.references,
        face_model_version=version_of(summary.gallery.model),
        collection_arn=call.arn(sent.collection_id),
        creation_timestamp=summary.gallery.created_at.timestamp(),
        user_count=await _users(call, summary),
    )


async def _summary(call: Call, name: str) -> GallerySummary:
    """Raises `NotPermitted`, `GalleryNotFound`."""
    call.platform.principal.require_gallery(name)
    for summary in await call.platform.galleries.all():
        if summary.gallery.name == name:
            return summary
    raise GalleryNotFound(f"The collection id: {name} does not exist")


async def _users(call: Call, summary: GallerySummary) -> int:
    count, after = 0, ""
    while True:
        page = await call.platform.subjects.page(
            gallery=summary.gallery, kind=SubjectKind.NAMED, after=after, limit=_PAGE
        )
        count += len(page)
        if len(page) < _PAGE:
            return count
        after = page[-1].subject.name


OPERATIONS: Final = {
    "CreateCollection": Operation(
        request=CreateCollectionRequest, permission=Permission.GALLERIES_WRITE, run=create
    ),
    "DeleteCollection": Operation(
        request=DeleteCollectionRequest, permission=Permission.GALLERIES_WRITE, run=delete
    ),
    "ListCollections": Operation(
        request=ListCollectionsRequest, permission=Permission.GALLERIES_READ, run=list_all
    ),
    "DescribeCollection": Operation(
        request=DescribeCollectionRequest, permission=Permission.GALLERIES_READ, run=describe
    ),
}

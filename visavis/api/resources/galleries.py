"""Galleries: create, look at, change the policy, remove."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.api.versions import TAGGED, IfMatch, etag_of, require_match
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    AlreadyExists,
    CalibrationMissing,
    GalleryNotFound,
    ModelNotFound,
    PreconditionFailed,
)
from visavis.domain.gallery import Gallery, usual_policy
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.galleries import GalleryCreate, GalleryList, GalleryRemoved, PolicyChange

router = APIRouter(prefix="/v1/galleries", tags=["galleries"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.GALLERIES_READ))]
Writing = Annotated[Platform, Depends(allowed(Permission.GALLERIES_WRITE))]


@router.get("", summary="All galleries", responses=failures())
async def list_galleries(platform: Reading, limit: Limit = 100, cursor: Cursor = None) -> GalleryList:
    """By name; those that the caller may use."""
    after = place_of(cursor)
    mine = platform.principal.galleries
    entries = [
        GalleryEntry.of(one.gallery, subjects=one.subjects, references=one.references)
        for one in await platform.galleries.all()
        if one.gallery.name > after and (mine is None or one.gallery.name in mine)
    ]
    more = len(entries) > limit
    return GalleryList(
        galleries=tuple(entries[:limit]), next_cursor=cursor_of(entries[limit - 1].name) if more else None
    )


@router.post(
    "",
    status_code=201,
    summary="Create a gallery",
    responses={201: TAGGED, **failures(AlreadyExists, ModelNotFound, CalibrationMissing)},
)
async def create_gallery(platform: Writing, wanted: GalleryCreate, response: Response) -> GalleryEntry:
    """Its model pack is fixed; its policy can be changed later."""
    platform.principal.require_gallery(wanted.name)
    gallery = await platform.create(
        wanted.name,
        pack=platform.models.pack(wanted.pack),
        purpose=wanted.purpose,
        policy=wanted.policy.applied(usual_policy(wanted.purpose)),
    )
    return _answer(gallery, 0, 0, response)


@router.get("/{gallery}", summary="One gallery", responses={200: TAGGED, **failures(GalleryNotFound)})
async def get_gallery(platform: Reading, gallery: GalleryName, response: Response) -> GalleryEntry:
    """With its policy and how much is in it. The ETag covers the policy."""
    return await _entry(platform, gallery, response)


@router.patch(
    "/{gallery}/policy",
    summary="Change the policy",
    responses={200: TAGGED, **failures(GalleryNotFound, PreconditionFailed, CalibrationMissing)},
)
async def change_policy(
    platform: Writing,
    gallery: GalleryName,
    change: PolicyChange,
    response: Response,
    if_match: IfMatch = None,
) -> GalleryEntry:
    """Decisions follow it from the next request on, in other processes of the server within a second."""
    found = await platform.gallery(gallery)
    require_match(if_match, _versioned(found))
    wanted = change.applied(found.policy)
    platform.models.pack(found.pack).calibration(wanted.measure)
    await platform.galleries.set_policy(gallery, wanted, expected=found.policy if if_match else None)
    platform.installation.forget_gallery(platform.tenant, gallery)
    return await _entry(platform, gallery, response)


@router.delete("/{gallery}", summary="Remove a gallery", responses=failures(GalleryNotFound))
async def remove_gallery(platform: Writing, gallery: GalleryName) -> GalleryRemoved:
    """With all references in it, and subjects that are in no other gallery."""
    await platform.gallery(gallery)
    return GalleryRemoved(gallery=gallery, references=await platform.galleries.remove(gallery))


async def _entry(platform: Platform, name: str, response: Response) -> GalleryEntry:
    found = await platform.gallery(name)
    held = await platform.galleries.count(found)
    return _answer(found, held.subjects, held.references, response)


def _answer(gallery: Gallery, subjects: int, references: int, response: Response) -> GalleryEntry:
    response.headers["ETag"] = etag_of(_versioned(gallery))
    return GalleryEntry.of(gallery, subjects=subjects, references=references)


def _versioned(gallery: Gallery) -> GalleryEntry:
    """What an update depends on: not how many are enrolled at the moment."""
    return GalleryEntry.of(gallery, subjects=0, references=0)

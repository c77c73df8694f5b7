"""Subjects: create, look at, rename, erase, export."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of
from visavis.api.service import allowed
from visavis.api.versions import TAGGED, IfMatch, etag_of, require_match
from visavis.application.ports.store import SubjectSummary
from visavis.bootstrap.documents import receipt_document
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    AlreadyExists,
    GalleryNotFound,
    PreconditionFailed,
    SubjectNotFound,
)
from visavis.domain.subject import SubjectId, SubjectKind
from visavis.wire.v1.governance import ErasedNote
from visavis.wire.v1.subjects import SubjectChange, SubjectCreate, SubjectList, SubjectNote
from visavis.wire.v1.values import Name, Text

router = APIRouter(prefix="/v1", tags=["subjects"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.SUBJECTS_READ))]
Writing = Annotated[Platform, Depends(allowed(Permission.SUBJECTS_WRITE))]


@router.get("/subjects", summary="Subjects by name", responses=failures(GalleryNotFound))
async def list_subjects(
    platform: Reading,
    gallery: Annotated[Name | None, Query(description="Members of this gallery only.")] = None,
    kind: Annotated[SubjectKind | None, Query(description="Of this kind only.")] = None,
    prefix: Annotated[Text, Query(description="Names that start with this.")] = "",
    containing: Annotated[
        Text, Query(description="Names with this in them, in capitals or not; slower than `prefix`.")
    ] = "",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SubjectList:
    """Callers that are limited to some galleries name one of them."""
    place = await platform.gallery(gallery) if gallery is not None else None
    if place is None:
        platform.principal.require_everywhere()
    page = await platform.subjects.page(
        gallery=place,
        kind=kind,
        prefix=prefix,
        containing=containing,
        after=place_of(cursor),
        limit=limit + 1,
    )
    more = len(page) > limit
    return SubjectList(
        subjects=tuple(note(platform, one) for one in page[:limit]),
        next_cursor=cursor_of(page[limit - 1].subject.name) if more else None,
    )


@router.post(
    "/subjects",
    status_code=201,
    summary="Create a subject",
    responses={201: TAGGED, **failures(AlreadyExists, GalleryNotFound)},
)
async def create_subject(platform: Writing, wanted: SubjectCreate, response: Response) -> SubjectNote:
    """Before it is enrolled, for instance to record its consent. Enrolling creates subjects, too."""
    gallery = await platform.gallery(wanted.gallery)
    made = await platform.subjects.create(wanted.name, [gallery])
    return _answer(platform, await platform.subjects.get(made.id), response)


@router.get(
    "/subjects/{subject_id}", summary="One subject", responses={200: TAGGED, **failures(SubjectNotFound)}
)
async def get_subject(platform: Reading, subject_id: UUID, response: Response) -> SubjectNote:
    """With the number of its references in each gallery."""
    return _answer(platform, await platform.visible(SubjectId(subject_id)), response)


@router.patch(
    "/subjects/{subject_id}",
    summary="Rename a subject",
    responses={200: TAGGED, **failures(SubjectNotFound, AlreadyExists, PreconditionFailed)},
)
async def rename_subject(
    platform: Writing,
    subject_id: UUID,
    change: SubjectChange,
    response: Response,
    if_match: IfMatch = None,
) -> SubjectNote:
    """An anonymous subject that gets a name is no longer anonymous."""
    before = await platform.visible(SubjectId(subject_id), wholly=True)
    require_match(if_match, _versioned(platform, before))
    await platform.subjects.rename(before.subject.id, change.name)
    return _answer(platform, await platform.subjects.get(before.subject.id), response)


@router.delete("/subjects/{subject_id}", summary="Erase a subject", responses=failures(SubjectNotFound))
async def erase_subject(
    platform: Annotated[Platform, Depends(allowed(Permission.SUBJECTS_ERASE))],
    subject_id: UUID,
    reason: Annotated[Text, Query(description="Stands in the receipt; no names, please.")] = "",
) -> ErasedNote:
    """Everything kept of it, in every gallery. When this answers, no search anywhere matches it any more.

    The answer has a signed receipt that can be verified offline.
    """
    one = await platform.visible(SubjectId(subject_id), wholly=True)
    done = await platform.erase(one.subject.id, reason=reason)
    return ErasedNote(
        subject_id=str(done.subject_id),
        references=done.references,
        galleries=done.galleries,
        receipt=receipt_document(done.receipt) if done.receipt else None,
    )


def note(platform: Platform, found: SubjectSummary) -> SubjectNote:
    """Without the galleries that the caller may not use."""
    mine = platform.principal.galleries
    galleries = tuple((name, count) for name, count in found.galleries if mine is None or name in mine)
    return SubjectNote.of(found.subject, galleries)


def _answer(platform: Platform, found: SubjectSummary, response: Response) -> SubjectNote:
    response.headers["ETag"] = etag_of(_versioned(platform, found))
    return note(platform, found)


def _versioned(platform: Platform, found: SubjectSummary) -> SubjectNote:
    return note(platform, found).model_copy(update={"references": 0, "galleries": {}})

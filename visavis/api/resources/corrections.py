"""Corrections that are remembered: not this person, this one instead, merge, split, undo."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.service import allowed
from visavis.application.corrections.assign import Assignment
from visavis.application.corrections.overview import NamedCorrection
from visavis.application.ports.corrections import CorrectionFilter
from visavis.bootstrap.corrections import correction_note
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.correction import CorrectionId, CorrectionKind
from visavis.domain.errors import (
    AlreadyExists,
    ConfirmationMissing,
    ConsentMissing,
    CorrectionConflict,
    CorrectionNotFound,
    EventNotFound,
    GalleryFull,
    QualityTooLow,
    ReferenceNotFound,
    SubjectNotFound,
    ValueInvalid,
    WrongSubject,
)
from visavis.domain.event import EventId
from visavis.domain.subject import ReferenceId, SubjectId
from visavis.wire.corrections import CorrectionNote
from visavis.wire.v1.corrections import Assign, CorrectionList, Deny, Merge, SplitApart

router = APIRouter(prefix="/v1/corrections", tags=["corrections"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.EVENTS_READ))]
Reviewing = Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))]
Writing = Annotated[Platform, Depends(allowed(Permission.SUBJECTS_WRITE))]

_ABOUT_SUBJECTS = frozenset({CorrectionKind.MERGE, CorrectionKind.SPLIT})


@router.get("", summary="Corrections", responses=failures())
async def list_corrections(
    platform: Reading,
    kind: Annotated[CorrectionKind | None, Query(description="Of this kind only.")] = None,
    subject_id: Annotated[UUID | None, Query(description="About this subject only.")] = None,
    event_id: Annotated[UUID | None, Query(description="Of this event only.")] = None,
    undone: Annotated[bool | None, Query(description="Undone only, or those that stand only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CorrectionList:
    """The latest first; callers that are limited to some galleries see those that concern no other."""
    wanted = CorrectionFilter(
        kind=kind,
        subject_id=SubjectId(subject_id) if subject_id else None,
        event_id=EventId(event_id) if event_id else None,
        undone=undone,
    )
    page = await platform.corrections.page(
        wanted, galleries=platform.principal.galleries, before=number_of(cursor), limit=limit + 1
    )
    more = len(page) > limit
    return CorrectionList(
        corrections=tuple(correction_note(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].correction.sequence)) if more else None,
    )


@router.get("/{correction_id:uuid}", summary="One correction", responses=failures(CorrectionNotFound))
async def get_correction(platform: Reading, correction_id: UUID) -> CorrectionNote:
    """With the names that its subjects have now."""
    return correction_note(await _visible(platform, correction_id))


@router.post(
    "/deny",
    status_code=201,
    summary="Not this person",
    responses=failures(EventNotFound, SubjectNotFound, CorrectionConflict),
)
async def deny(platform: Reviewing, wanted: Deny) -> CorrectionNote:
    """The event names nobody any more, and what it looked like is never again taken for this subject where it resembles
    that look more."""
    await platform.visible_event(EventId(wanted.event_id))
    subject = SubjectId(wanted.subject_id) if wanted.subject_id else None
    if subject is not None:
        await platform.visible(subject)
    done = await platform.deny(EventId(wanted.event_id), subject=subject, note=wanted.note)
    return await platform.noted(done)


@router.post(
    "/assign",
    status_code=201,
    summary="This person instead",
    responses=failures(
        EventNotFound,
        SubjectNotFound,
        CorrectionConflict,
        ConsentMissing,
        WrongSubject,
        QualityTooLow,
        GalleryFull,
    ),
)
async def assign(platform: Reviewing, wanted: Assign) -> CorrectionNote:
    """The event names this subject. With `enrol`, which needs the permission of this name, it learns the look."""
    await platform.visible_event(EventId(wanted.event_id))
    if (wanted.subject_id is None) == (wanted.name is None):
        raise ValueInvalid("Say who it is: either subject_id or name.")
    if wanted.enrol or wanted.create:
        platform.principal.require(Permission.ENROL)
    subject = SubjectId(wanted.subject_id) if wanted.subject_id else wanted.name or ""
    await _require_visible(platform, subject, may_be_new=wanted.create)
    assignment = Assignment(
        subject=subject, create=wanted.create, enrol=wanted.enrol, force=wanted.force, note=wanted.note
    )
    return await platform.noted(await platform.assign(EventId(wanted.event_id), assignment))


@router.post(
    "/merge",
    status_code=201,
    summary="Two subjects are one",
    responses=failures(SubjectNotFound, ConfirmationMissing, ConsentMissing),
)
async def merge(platform: Writing, wanted: Merge) -> CorrectionNote:
    """References, memberships, events, consents and what was denied become the other's; the old identifier leads there
    for ever. References beyond the limit are taken out: the best and most diverse stay."""
    gone = await platform.visible(SubjectId(wanted.subject_id), wholly=True)
    into = await platform.visible(SubjectId(wanted.into_id), wholly=True)
    done = await platform.merge(gone.subject.id, into.subject.id, confirmed=wanted.confirm, note=wanted.note)
    return await platform.noted(done)


@router.post(
    "/split",
    status_code=201,
    summary="One subject is two",
    responses=failures(SubjectNotFound, ReferenceNotFound, EventNotFound, AlreadyExists, ConsentMissing),
)
async def split(platform: Writing, wanted: SplitApart) -> CorrectionNote:
    """Chosen references and events go out to a new subject; nothing in the background joins the two again."""
    one = await platform.visible(SubjectId(wanted.subject_id), wholly=True)
    done = await platform.split(
        one.subject.id,
        references=[ReferenceId(reference) for reference in wanted.reference_ids],
        events=[EventId(event) for event in wanted.event_ids],
        name=wanted.name,
        note=wanted.note,
    )
    return await platform.noted(done)


@router.post(
    "/{correction_id:uuid}/undo",
    summary="Undo a correction",
    responses=failures(CorrectionNotFound, CorrectionConflict),
)
async def undo(platform: Reviewing, correction_id: UUID) -> CorrectionNote:
    """Everything is as it was before, or nothing changes and the reason is said. What merged or split subjects needs
    the permission `subjects:write`, too."""
    found = await _visible(platform, correction_id)
    if found.correction.kind in _ABOUT_SUBJECTS:
        platform.principal.require(Permission.SUBJECTS_WRITE)
    return await platform.noted(await platform.undo(found.correction.id))


async def _visible(platform: Platform, correction_id: UUID) -> NamedCorrection:
    """Raises `CorrectionNotFound`, also for those that concern galleries that the caller may not use."""
    found = await platform.corrections.get(CorrectionId(correction_id))
    mine = platform.principal.galleries
    if mine is not None:
        whole = len(found.galleries) == len(found.correction.galleries) > 0
        if not whole or not mine >= set(found.galleries.values()):
            raise CorrectionNotFound
    return found


async def _require_visible(platform: Platform, subject: str | SubjectId, *, may_be_new: bool) -> None:
    try:
        found = await platform.subjects.get(subject)
    except SubjectNotFound:
        if may_be_new and isinstance(subject, str):
            return
        raise
    await platform.visible(found.subject.id)

"""What the machine left open, and people decide."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.service import allowed
from visavis.application.ports.reviews import ReviewFilter, ReviewPlace
from visavis.application.reviews.queue import NamedCase
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import (
    GalleryNotFound,
    ReviewConflict,
    ReviewNotFound,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.domain.event import EventId
from visavis.domain.review import ReviewKind, ReviewState
from visavis.domain.subject import SubjectId
from visavis.wire.v1.reviews import OpinionGiven, ReviewCount, ReviewEntry, ReviewList, ReviewSummary
from visavis.wire.v1.values import Name

router = APIRouter(prefix="/v1/reviews", tags=["reviews"], route_class=IdempotentRoute)

Reviewing = Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))]

_OPEN = frozenset({ReviewState.OPEN, ReviewState.WAITING, ReviewState.DISAGREED})
_TODO = frozenset({ReviewState.OPEN, ReviewState.WAITING})


@router.get("", summary="Cases to review", responses=failures(GalleryNotFound))
async def list_reviews(
    platform: Reviewing,
    gallery: Annotated[Name | None, Query(description="Of this gallery only.")] = None,
    kind: Annotated[ReviewKind | None, Query(description="Of this kind only.")] = None,
    state: Annotated[
        ReviewState | None, Query(description="In this state only; without it, all that are not decided.")
    ] = None,
    todo: Annotated[
        bool, Query(description="Only what waits for the caller: no opinion of hers, nobody else at it.")
    ] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ReviewList:
    """The oldest first; of those that are decided, the latest first."""
    place = await platform.gallery(gallery) if gallery is not None else None
    wanted = _wanted(platform, todo=todo, state=state)
    latest = state is ReviewState.DECIDED
    page = await platform.review_queue.page(
        ReviewFilter(
            gallery_id=place.id if place else None,
            galleries=wanted.galleries,
            kind=kind,
            states=wanted.states,
            left_to=wanted.left_to,
        ),
        after=_place(cursor),
        latest=latest,
        limit=limit + 1,
    )
    return ReviewList(
        reviews=tuple(platform.review_entry(one) for one in page[:limit]),
        next_cursor=_cursor(page[limit - 1]) if len(page) > limit else None,
    )


@router.get("/summary", summary="How much waits", responses=failures(GalleryNotFound))
async def summarise_reviews(
    platform: Reviewing,
    gallery: Annotated[Name | None, Query(description="Of this gallery only.")] = None,
) -> ReviewSummary:
    """By state and kind, and how often two reviewers agree."""
    place = await platform.gallery(gallery) if gallery is not None else None
    mine = _wanted(platform, todo=True)
    found = await platform.review_queue.counts(
        ReviewFilter(gallery_id=place.id if place else None, galleries=mine.galleries)
    )
    left = await platform.review_queue.counts(
        ReviewFilter(
            gallery_id=place.id if place else None,
            galleries=mine.galleries,
            left_to=mine.left_to,
        )
    )
    states = _todo_of(platform)
    return ReviewSummary(
        counts=tuple(ReviewCount(state=state, kind=kind, count=count) for state, kind, count in found.states),
        todo=sum(count for state, _, count in left.states if state in states),
        compared=found.compared,
        disagreed=found.split,
    )


@router.get("/{event_id}", summary="One case", responses=failures(ReviewNotFound))
async def get_review(platform: Reviewing, event_id: UUID) -> ReviewEntry:
    """With the opinions that the caller may see."""
    return platform.review_entry(await _visible(platform, event_id))


@router.post(
    "/{event_id}/claim", summary="Take a case up", responses=failures(ReviewNotFound, ReviewConflict)
)
async def claim_review(platform: Reviewing, event_id: UUID) -> ReviewEntry:
    """For five minutes others are not shown it; taken up again, for five minutes more."""
    await _visible(platform, event_id)
    return platform.review_entry(await platform.review_queue.claim(EventId(event_id)))


@router.delete(
    "/{event_id}/claim", status_code=204, summary="Leave a case to others", responses=failures(ReviewNotFound)
)
async def leave_review(platform: Reviewing, event_id: UUID) -> None:
    """Only one's own claim ends."""
    await _visible(platform, event_id)
    await platform.review_queue.let_go(EventId(event_id))


@router.post(
    "/{event_id}/opinion",
    summary="Say what you think",
    responses=failures(ReviewNotFound, ReviewConflict, SubjectNotFound, ValueInvalid),
)
async def give_opinion(platform: Reviewing, event_id: UUID, opinion: OpinionGiven) -> ReviewEntry:
    """Where the gallery's policy wants one reviewer this decides; where it wants two, when both agree. If they do not,
    somebody who manages galleries decides. Every opinion is audited."""
    await _visible(platform, event_id)
    subject = SubjectId(opinion.subject_id) if opinion.subject_id else None
    if subject is not None:
        await platform.visible(subject)
    found = await platform.decide_review(
        EventId(event_id), opinion.verdict, subject_id=subject, reason=opinion.reason
    )
    return platform.review_entry(found)


@router.delete(
    "/{event_id}/opinion",
    summary="Take your opinion back",
    responses=failures(ReviewNotFound, ReviewConflict),
)
async def withdraw_opinion(platform: Reviewing, event_id: UUID) -> ReviewEntry:
    """Within a minute, and if nobody has said anything since."""
    await _visible(platform, event_id)
    found = await platform.decide_review.withdraw(EventId(event_id))
    return platform.review_entry(found)


def _wanted(platform: Platform, *, todo: bool, state: ReviewState | None = None) -> ReviewFilter:
    states = frozenset({state}) if state else _OPEN
    return ReviewFilter(
        galleries=platform.principal.galleries,
        states=states & _todo_of(platform) if todo else states,
        left_to=str(platform.principal.actor) if todo else None,
    )


def _todo_of(platform: Platform) -> frozenset[ReviewState]:
    """Where two disagree, it waits for those who may decide between them."""
    arbiter = platform.principal.may(Permission.GALLERIES_WRITE)
    return _OPEN if arbiter else _TODO


async def _visible(platform: Platform, event_id: UUID) -> NamedCase:
    """Raises `ReviewNotFound`, also for events of galleries that the caller may not use."""
    found = await platform.review_queue.get(EventId(event_id))
    mine = platform.principal.galleries
    if mine is not None and found.event.event.gallery not in mine:
        raise ReviewNotFound
    return found


def _cursor(last: NamedCase) -> str:
    return cursor_of(f"{last.case.opened_at.isoformat()} {last.case.event_id}")


def _place(cursor: str | None) -> ReviewPlace | None:
    place = place_of(cursor)
    if not place:
        return None
    at, _, event = place.partition(" ")
    try:
        opened = datetime.fromisoformat(at)
    except ValueError as error:
        raise ValueInvalid("This is not a cursor of this list.") from error
    if opened.tzinfo is None:
        raise ValueInvalid("This is not a cursor of this list.")
    return ReviewPlace(opened, EventId(uuid_of(event)))

"""The detection log: look, follow, export, review."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.service import allowed
from visavis.api.streams import Line, followed, sequence_of
from visavis.application.detection_log import NamedEvent
from visavis.application.ports.events import EventFilter
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.domain.errors import (
    EventNotFound,
    GalleryNotFound,
    ReviewConflict,
    SubjectNotFound,
    ValueInvalid,
)
from visavis.domain.event import EventId, EventKind
from visavis.domain.event_summary import Step
from visavis.domain.subject import SubjectId
from visavis.wire.v1.cameras import PlaceName
from visavis.wire.v1.events import (
    EventDetail,
    EventList,
    EventNote,
    EventReview,
    EventSummaryNote,
    csv_header,
    csv_line,
)
from visavis.wire.v1.values import LARGEST, Moment, Name, Text

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.EVENTS_READ))]


async def _wanted(
    platform: Reading,
    gallery: Annotated[Name | None, Query(description="Of this gallery only.")] = None,
    subject_id: Annotated[
        UUID | None,
        Query(description="Of this subject only; that of a merged one stands for whom it became."),
    ] = None,
    source: Annotated[Text | None, Query(description="Camera, gate or application.")] = None,
    site: Annotated[PlaceName | None, Query(description="Where the camera hung then.")] = None,
    zone: Annotated[PlaceName | None, Query(description="Where the camera hung then.")] = None,
    track: Annotated[UUID | None, Query(description="The line of this track only.")] = None,
    unknown: Annotated[
        bool | None,
        Query(description="Of humans without a name: who matched nobody, or an unknown who is remembered."),
    ] = None,
    kind: Annotated[EventKind | None, Query(description="Of this kind only.")] = None,
    outcome: Annotated[Outcome | None, Query(description="With this outcome only.")] = None,
    since: Annotated[Moment | None, Query(description="Captured then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Captured before.")] = None,
) -> EventFilter:
    """The filter that all ways to read the log share; callers see their own galleries only."""
    place = await platform.gallery(gallery) if gallery is not None else None
    return EventFilter(
        gallery_id=place.id if place else None,
        galleries=platform.principal.galleries,
        subject_id=SubjectId(subject_id) if subject_id else None,
        source=source,
        site=site,
        zone=zone,
        track=track,
        unknown=unknown,
        kind=kind,
        outcome=outcome,
        since=since,
        until=until,
    )


Wanted = Annotated[EventFilter, Depends(_wanted)]


@router.get("", summary="Events", responses=failures(GalleryNotFound))
async def list_events(
    platform: Reading,
    wanted: Wanted,
    after: Annotated[
        int | None,
        Query(
            ge=0,
            le=LARGEST,
            description="Events above this sequence, the oldest first: for following the log.",
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> EventList:
    """The latest first, or from `after` on in order."""
    place = number_of(cursor)
    if after is not None:
        page = await platform.detection_log.page(wanted, after=max(after, place or 0), limit=limit + 1)
    else:
        page = await platform.detection_log.page(wanted, before=place, limit=limit + 1)
    more = len(page) > limit
    return EventList(
        events=tuple(_note(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].event.sequence)) if more else None,
    )


@router.get("/summary", summary="Count events", responses=failures(GalleryNotFound, ValueInvalid))
async def summarise_events(
    platform: Reading,
    wanted: Wanted,
    step: Annotated[
        Step | None, Query(description="Count by hour or day of capture (UTC), too; at most 2,000 of them.")
    ] = None,
) -> EventSummaryNote:
    """How many lines the list with the same filter would have, by outcome, gallery, source, site and time."""
    return EventSummaryNote.of(await platform.detection_log.summary(wanted, step))


@router.get(
    "/export",
    summary="Export events",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string"},
                    "example": '{"id":"6f1c…","sequence":187}\n',
                },
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "id,sequence,kind\r\n6f1c…,187,identified\r\n",
                },
            }
        },
        **failures(GalleryNotFound),
    },
)
async def export_events(
    platform: Annotated[Platform, Depends(allowed(Permission.EVENTS_READ, Permission.EVENTS_EXPORT))],
    wanted: Wanted,
    format: Annotated[Literal["ndjson", "csv"], Query(description="Of the lines.")] = "ndjson",  # noqa: A002
) -> StreamingResponse:
    """All that match, in order, as they are read from the store. The export is audited."""

    async def lines() -> AsyncIterator[str]:
        if format == "csv":
            yield csv_header()
        async for batch in platform.detection_log.export(wanted):
            notes = [_note(one) for one in batch]
            yield "".join(
                csv_line(note) if format == "csv" else note.model_dump_json() + "\n" for note in notes
            )

    kind = "text/csv; charset=utf-8; header=present" if format == "csv" else "application/x-ndjson"
    return StreamingResponse(
        lines(), media_type=kind, headers={"Content-Disposition": f'attachment; filename="events.{format}"'}
    )


@router.get(
    "/stream",
    summary="Follow the log",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 187\nevent: identified\ndata: {"id":"6f1c…","sequence":187}\n\n',
                }
            }
        },
        **failures(GalleryNotFound),
    },
)
async def stream_events(
    request: Request,
    platform: Reading,
    wanted: Wanted,
    after: Annotated[
        int | None,
        Query(ge=0, le=LARGEST, description="Begin above this sequence; without it, with the next."),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=30, description="What a browser sends when it connects again.")
    ] = None,
) -> StreamingResponse:
    """Server-sent events: `id` is the sequence, `data` the event as JSON. Nothing is left out on reconnection."""
    start = sequence_of(last_event_id) if last_event_id else after

    async def page(place: int) -> list[Line]:
        found = await platform.detection_log.page(wanted, after=place, limit=100)
        return [
            Line(sequence=one.event.sequence, event=one.event.kind, data=_note(one).model_dump_json())
            for one in found
        ]

    return followed(
        request,
        platform.principal,
        start=start,
        latest=platform.detection_log.latest,
        page=page,
        of=("events", wanted),
    )


@router.get("/{event_id}", summary="One event", responses=failures(EventNotFound))
async def get_event(platform: Reading, event_id: UUID) -> EventDetail:
    """With the name that its subject has now, and whether there is a picture to look at."""
    found = await platform.visible_event(EventId(event_id))
    return EventDetail(**_note(found).model_dump(), picture=found.picture)


@router.post(
    "/{event_id}/review",
    summary="Review an event",
    responses=failures(EventNotFound, SubjectNotFound, ReviewConflict),
)
async def review_event(
    platform: Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))],
    event_id: UUID,
    review: EventReview,
) -> EventNote:
    """What a person decided: it stands beside what the machine decided, and in the audit log.

    Where the gallery's policy wants two reviewers, it is one of two opinions, and counts when they agree."""
    await platform.visible_event(EventId(event_id))
    subject = SubjectId(review.subject_id) if review.subject_id else None
    if subject is not None:
        await platform.visible(subject)
    return _note(await platform.decide_review.event(EventId(event_id), review.verdict, subject))


def _note(found: NamedEvent) -> EventNote:
    return EventNote.of(found.event, found.subject)

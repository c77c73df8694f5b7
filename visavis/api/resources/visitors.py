"""Reports about visitors."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, place_of, uuid_of
from visavis.api.parameters import GalleryName
from visavis.api.service import allowed
from visavis.application.visitors import NamedVisit, Place, Range
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.visiting import flows_note, hours_note, summary_note, visit_note
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, ValueInvalid
from visavis.domain.subject import SubjectId
from visavis.domain.visit import By, zone_named
from visavis.wire.v1.values import Moment, Text
from visavis.wire.v1.visitors import (
    Cell,
    VisitList,
    flow_rows,
    hour_rows,
    summary_rows,
    table,
    visit_head,
    visit_row,
)
from visavis.wire.visitors import VisitorFlows, VisitorHours, VisitorSummary

router = APIRouter(prefix="/v1/galleries/{gallery}/visitors", tags=["visitors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.EVENTS_READ))]
Exporting = Annotated[Platform, Depends(allowed(Permission.EVENTS_READ, Permission.EVENTS_EXPORT))]
ZoneName = Annotated[
    str,
    Query(
        max_length=64, description="Time zone of hours and days, an IANA name.", examples=["Europe/Berlin"]
    ),
]
_CSV_TYPE = "text/csv; charset=utf-8; header=present"
Form = Annotated[Literal["json", "csv"], Query(description="Of the answer.")]
_CSV: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/csv": {"schema": {"type": "string"}, "example": "day,visitors,new,returning\r\n"}}
    }
}


def _range(
    since: Annotated[Moment | None, Query(description="Visits that began then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Visits that began before.")] = None,
    site: Annotated[Text | None, Query(description="Of this site only.")] = None,
    zone: Annotated[Text | None, Query(description="What happened in this zone only.")] = None,
    source: Annotated[Text | None, Query(description="What this camera saw only.")] = None,
    gap_minutes: Annotated[
        float, Query(gt=0, le=1440, description="A visit ends when nobody saw the visitor for longer.")
    ] = 30.0,
) -> Range:
    return Range(
        since=since,
        until=until,
        site=site,
        zone=zone,
        source=source,
        gap=timedelta(minutes=gap_minutes),
    )


Wanted = Annotated[Range, Depends(_range)]


@router.get(
    "/summary",
    summary="How many visitors",
    response_model=VisitorSummary,
    responses={**_CSV, **failures(GalleryNotFound)},
)
async def visitor_summary(
    platform: Reading,
    gallery: GalleryName,
    wanted: Wanted,
    by: Annotated[By, Query(description="What visitors are counted by.")] = By.DAY,
    timezone: ZoneName = "UTC",
    format: Form = "json",  # noqa: A002
) -> VisitorSummary | Response:
    """Different visitors, visits, new and returning, how long they stayed; and by hour, day, zone, camera or site."""
    place, local = await platform.gallery(gallery), zone_named(timezone)
    found = await platform.visitors.summary(place, wanted, by=by, zone=local)
    note = summary_note(place.name, found, by=by, timezone=timezone)
    return _csv(summary_rows(note), "visitors") if format == "csv" else note


@router.get("/visits", summary="Visits", responses=failures(GalleryNotFound))
async def list_visits(
    platform: Reading,
    gallery: GalleryName,
    wanted: Wanted,
    subject_id: Annotated[UUID | None, Query(description="Of this visitor only.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> VisitList:
    """The latest first, each with its path through the zones."""
    place = await platform.gallery(gallery)
    page = await platform.visitors.page(
        place, _of(wanted, subject_id), before=_place(cursor), limit=limit + 1
    )
    return VisitList(
        visits=tuple(visit_note(one) for one in page[:limit]),
        next_cursor=_cursor(page[limit - 1]) if len(page) > limit else None,
    )


@router.get(
    "/visits/export",
    summary="Export visits",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "subject_id,name,site\r\n6f1c…,,shop\r\n",
                }
            }
        },
        **failures(GalleryNotFound),
    },
)
async def export_visits(
    platform: Exporting,
    gallery: GalleryName,
    wanted: Wanted,
    subject_id: Annotated[UUID | None, Query(description="Of this visitor only.")] = None,
) -> StreamingResponse:
    """All of them as CSV, visitor by visitor, as they are read from the log."""
    place = await platform.gallery(gallery)

    async def lines() -> AsyncIterator[str]:
        yield table([visit_head()])
        async for batch in platform.visitors.everything(place, _of(wanted, subject_id)):
            yield table(visit_row(visit_note(one)) for one in batch)

    return StreamingResponse(
        lines(), media_type=_CSV_TYPE, headers={"Content-Disposition": 'attachment; filename="visits.csv"'}
    )


@router.get(
    "/flows",
    summary="Ways between zones",
    response_model=VisitorFlows,
    responses={**_CSV, **failures(GalleryNotFound)},
)
async def visitor_flows(
    platform: Reading,
    gallery: GalleryName,
    wanted: Wanted,
    format: Form = "json",  # noqa: A002
) -> VisitorFlows | Response:
    """How many went from which zone to which, and how long they stayed in each."""
    place = await platform.gallery(gallery)
    note = flows_note(place.name, await platform.visitors.flows(place, wanted))
    return _csv(flow_rows(note), "flows") if format == "csv" else note


@router.get(
    "/hours",
    summary="Visitors by weekday and hour",
    response_model=VisitorHours,
    responses={**_CSV, **failures(GalleryNotFound)},
)
async def visitor_hours(
    platform: Reading,
    gallery: GalleryName,
    wanted: Wanted,
    timezone: ZoneName = "UTC",
    format: Form = "json",  # noqa: A002
) -> VisitorHours | Response:
    """When the rush is: different visitors by hour of the day and day of the week, added up over the weeks."""
    place, local = await platform.gallery(gallery), zone_named(timezone)
    found = await platform.visitors.hours(place, wanted, zone=local)
    note = hours_note(place.name, found, timezone=timezone)
    return _csv(hour_rows(note), "hours") if format == "csv" else note


def _csv(rows: Iterable[list[Cell]], name: str) -> Response:
    return Response(
        table(rows),
        media_type=_CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _of(wanted: Range, subject_id: UUID | None) -> Range:
    return replace(wanted, subject_id=SubjectId(subject_id) if subject_id else None)


def _cursor(one: NamedVisit) -> str:
    first_at, subject_id, site = one.place
    return cursor_of(f"{first_at.astimezone(UTC).isoformat()} {subject_id} {site}")


def _place(cursor: str | None) -> Place | None:
    """Raises `ValueInvalid`."""
    text = place_of(cursor)
    if not text:
        return None
    moment, _, rest = text.partition(" ")
    subject_id, _, site = rest.partition(" ")
    try:
        first_at = datetime.fromisoformat(moment)
    except ValueError as error:
        raise ValueInvalid("This is not a cursor.", hint="Pass `next_cursor` unchanged.") from error
    if first_at.tzinfo is None:
        raise ValueInvalid("This is not a cursor.", hint="Pass `next_cursor` unchanged.")
    return first_at, SubjectId(uuid_of(subject_id)), site

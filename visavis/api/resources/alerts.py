"""Alerts: look, follow, acknowledge."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.service import allowed
from visavis.api.streams import Line, followed, sequence_of
from visavis.application.alerts.board import NamedAlert
from visavis.application.ports.alerts import AlertFilter
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.alert import AlertId, RuleId
from visavis.domain.alert_kinds import AlertState, Severity
from visavis.domain.errors import AlertNotFound
from visavis.domain.subject import SubjectId
from visavis.wire.alert_notes import AlertNote
from visavis.wire.v1.alerts import AlertDetail, AlertEdit, AlertList
from visavis.wire.v1.channels import DispatchList, DispatchNote
from visavis.wire.v1.values import LARGEST

router = APIRouter(prefix="/v1/alerts", tags=["alerts"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.ALERTS_READ))]


async def _wanted(
    platform: Reading,
    rule_id: Annotated[UUID | None, Query(description="Of this rule only.")] = None,
    state: Annotated[AlertState | None, Query(description="In this state only.")] = None,
    severity: Annotated[Severity | None, Query(description="Of this severity only.")] = None,
    subject_id: Annotated[UUID | None, Query(description="About this subject only.")] = None,
) -> AlertFilter:
    """The filter that all ways to read alerts share; callers see their own galleries only."""
    return AlertFilter(
        galleries=platform.principal.galleries,
        rule_id=RuleId(rule_id) if rule_id else None,
        state=state,
        severity=severity,
        subject_id=SubjectId(subject_id) if subject_id else None,
    )


Wanted = Annotated[AlertFilter, Depends(_wanted)]


@router.get("", summary="Alerts", responses=failures())
async def list_alerts(
    platform: Reading, wanted: Wanted, limit: Limit = 100, cursor: Cursor = None
) -> AlertList:
    """Those that changed last first."""
    page = await platform.alert_board.page(wanted, before=number_of(cursor), limit=limit + 1)
    return AlertList(
        alerts=tuple(_note(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].alert.sequence)) if len(page) > limit else None,
    )


@router.get(
    "/stream",
    summary="Follow alerts",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 12\nevent: open\ndata: {"id":"6f1c…","sequence":12}\n\n',
                }
            }
        },
        **failures(),
    },
)
async def stream_alerts(
    request: Request,
    platform: Reading,
    wanted: Wanted,
    after: Annotated[
        int | None,
        Query(ge=0, le=LARGEST, description="Begin above this sequence; without it, with the next change."),
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=30, description="What a browser sends when it connects again.")
    ] = None,
) -> StreamingResponse:
    """Server-sent events: `id` is the sequence, `event` the state, `data` the alert as JSON, at each of its changes."""
    start = sequence_of(last_event_id, "a change") if last_event_id else after

    async def page(place: int) -> list[Line]:
        found = await platform.alert_board.page(wanted, after=place, limit=100)
        return [
            Line(sequence=one.alert.sequence, event=one.alert.state, data=_note(one).model_dump_json())
            for one in found
        ]

    return followed(
        request,
        platform.principal,
        start=start,
        latest=platform.alert_board.latest,
        page=page,
        of=("alerts", wanted),
    )


@router.get("/{alert_id:uuid}", summary="One alert", responses=failures(AlertNotFound))
async def get_alert(platform: Reading, alert_id: UUID) -> AlertDetail:
    """With its events, and the name that its subject has now."""
    return await _detail(platform, await _visible(platform, alert_id))


@router.patch(
    "/{alert_id:uuid}", summary="Acknowledge or resolve an alert", responses=failures(AlertNotFound)
)
async def change_alert(
    platform: Annotated[Platform, Depends(allowed(Permission.ALERTS_ACKNOWLEDGE))],
    alert_id: UUID,
    change: AlertEdit,
) -> AlertDetail:
    """Who did it stands in the alert and in the audit log. A resolved alert counts nothing more."""
    found = await _visible(platform, alert_id)
    changed = await platform.alert_board.change(found.alert.id, change.state, note=change.note)
    return await _detail(platform, changed)


@router.get(
    "/{alert_id:uuid}/deliveries", summary="What became of its messages", responses=failures(AlertNotFound)
)
async def list_alert_deliveries(platform: Reading, alert_id: UUID, limit: Limit = 100) -> DispatchList:
    """One for each channel of the rule; the latest first."""
    found = await _visible(platform, alert_id)
    messages = await platform.alert_channels.dispatches(alert_id=found.alert.id, limit=limit)
    return DispatchList(deliveries=tuple(DispatchNote.of(one) for one in messages))


async def _visible(platform: Platform, alert_id: UUID) -> NamedAlert:
    """Raises `AlertNotFound`, also for alerts about galleries that the caller may not use."""
    found = await platform.alert_board.get(AlertId(alert_id))
    if not platform.principal.reaches(found.alert.gallery):
        raise AlertNotFound
    return found


async def _detail(platform: Platform, found: NamedAlert) -> AlertDetail:
    events = await platform.alert_board.events(found.alert.id)
    return AlertDetail.whole(found.alert, found.subject, events)


def _note(found: NamedAlert) -> AlertNote:
    return AlertNote.of(found.alert, found.subject)

"""What is decided at doors: look, follow, and the answer to a gate that asks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.responses import StreamingResponse

from visavis.api.documented import failures
from visavis.api.doors import visible_door
from visavis.api.idempotency import IdempotentRoute
from visavis.api.pages import Cursor, Limit, cursor_of, number_of
from visavis.api.pictures import bodies, read_uploads
from visavis.api.probes import SINGLE, CapturedAt, Largest, SentReference, pictures, sent_templates
from visavis.api.service import Caller, allowed, room
from visavis.api.streams import Line, followed, sequence_of
from visavis.application.passages.ask import Shown
from visavis.application.passages.doors import NamedDecision
from visavis.application.ports.access_decisions import AccessFilter
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.admission import AccessOutcome
from visavis.domain.errors import DoorNotFound, GalleryNotFound, ModelDown, ModelMismatch, ValueInvalid
from visavis.domain.subject import SubjectId
from visavis.engine.assess import PROBE_GATE
from visavis.wire.access import AccessNote
from visavis.wire.v1.doors import AccessList, DoorAnswer, DoorName
from visavis.wire.v1.values import LARGEST, Moment, Text

router = APIRouter(prefix="/v1/doors", tags=["doors"], route_class=IdempotentRoute)

Reading = Annotated[Platform, Depends(allowed(Permission.PASSAGES_READ))]
Door = Annotated[DoorName, Path(description="Name of the door.")]
_PARTS = {"image": True, "crop": True, "template": True}


async def _wanted(
    platform: Reading,
    door: Door,
    subject_id: Annotated[UUID | None, Query(description="Of this subject only.")] = None,
    outcome: Annotated[AccessOutcome | None, Query(description="With this outcome only.")] = None,
    since: Annotated[Moment | None, Query(description="Then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Before.")] = None,
) -> AccessFilter:
    return AccessFilter(
        door_id=(await visible_door(platform, door)).door.id,
        subject_id=SubjectId(subject_id) if subject_id else None,
        outcome=outcome,
        since=since,
        until=until,
    )


Wanted = Annotated[AccessFilter, Depends(_wanted)]
After = Annotated[int | None, Query(ge=0, le=LARGEST, description="Above this sequence, the oldest first.")]


@router.get("/{door}/decisions", summary="Decisions at a door", responses=failures(DoorNotFound))
async def list_decisions(
    platform: Reading, wanted: Wanted, after: After = None, limit: Limit = 100, cursor: Cursor = None
) -> AccessList:
    """The latest first, or from `after` on in order."""
    place = number_of(cursor)
    if after is not None:
        page = await platform.doors.decisions(wanted, after=max(after, place or 0), limit=limit + 1)
    else:
        page = await platform.doors.decisions(wanted, before=place, limit=limit + 1)
    more = len(page) > limit
    return AccessList(
        decisions=tuple(_access(one) for one in page[:limit]),
        next_cursor=cursor_of(str(page[limit - 1].decision.sequence)) if more else None,
    )


@router.get(
    "/{door}/decisions/stream",
    summary="Follow a door",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 12\nevent: granted\ndata: {"id":"6f1c…","sequence":12}\n\n',
                }
            }
        },
        **failures(DoorNotFound),
    },
)
async def stream_decisions(
    request: Request,
    platform: Reading,
    wanted: Wanted,
    after: After = None,
    last_event_id: Annotated[
        str | None, Header(max_length=30, description="What a browser sends when it connects again.")
    ] = None,
) -> StreamingResponse:
    """Server-sent events: `id` is the sequence, `event` the outcome, `data` the decision as JSON. Without `after` it
    begins with the next decision; nothing is left out on reconnection."""
    start = sequence_of(last_event_id) if last_event_id else after

    async def page(place: int) -> list[Line]:
        found = await platform.doors.decisions(wanted, after=place, limit=100)
        return [
            Line(
                sequence=one.decision.sequence,
                event=one.decision.outcome,
                data=_access(one).model_dump_json(),
            )
            for one in found
        ]

    return followed(
        request,
        platform.principal,
        start=start,
        latest=platform.doors.latest,
        page=page,
        of=("decisions", wanted),
    )


@router.post(
    "/{door}/decide",
    dependencies=[Depends(room)],
    summary="Ask a door",
    responses=failures(*SINGLE, DoorNotFound, GalleryNotFound, ModelMismatch, ModelDown),
    openapi_extra=bodies(_PARTS, optional=frozenset(_PARTS)),
)
async def decide_at_door(
    request: Request,
    door: Door,
    caller: Caller,
    platform: Annotated[Platform, Depends(allowed(Permission.IDENTIFY, Permission.PASSAGES_READ))],
    camera: Annotated[Text, Query(description="Which of the door's cameras took the pictures.")] = "",
    largest: Largest = True,
    reference: SentReference = "",
    captured_at: CapturedAt = None,
) -> DoorAnswer:
    """All that is sent shows one human: it is identified in the door's gallery, decided and logged, and the answer
    says whether to open. A picture without a usable face is refused (422), and opens nothing."""
    view = await visible_door(platform, door)
    work = await platform.opened(view.door.gallery)
    uploads = await read_uploads(request, _PARTS)
    if not uploads:
        raise ValueInvalid("There is no picture in the request.")
    shown = Shown(
        pictures=pictures(uploads, "image"),
        crops=[await work.crops.sample(crop, gate=PROBE_GATE) for crop in pictures(uploads, "crop")],
        templates=sent_templates(uploads, "template", caller),
    )
    answer = await platform.ask_door(work.inference, work.identify)(
        view.door,
        work.gallery,
        shown,
        camera=camera,
        reference=reference,
        captured_at=captured_at,
        largest=largest,
    )
    found = answer.identification
    best = found.candidates.best if found.candidates else None
    named = best.name if best is not None and best.subject_id == answer.decision.subject_id else None
    return DoorAnswer(
        granted=answer.decision.granted,
        decision=AccessNote.of(answer.decision, named),
        score=answer.event.score,
        fmr=answer.event.fmr,
        fpir=answer.event.fpir,
    )


def _access(found: NamedDecision) -> AccessNote:
    return AccessNote.of(found.decision, found.subject)

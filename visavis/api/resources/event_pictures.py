"""What an event can be looked at with, where the policy of its gallery keeps anything."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from visavis.api.documented import failures
from visavis.api.idempotency import IdempotentRoute
from visavis.api.service import allowed
from visavis.bootstrap.platform import Platform
from visavis.domain.access import Permission
from visavis.domain.errors import EventNotFound, ReferenceNotFound
from visavis.domain.event import EventId
from visavis.domain.subject import ReferenceId

router = APIRouter(prefix="/v1/events", tags=["events"], route_class=IdempotentRoute)


@router.get(
    "/{event_id}/picture",
    summary="The face of an event",
    response_class=Response,
    responses={
        200: {
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}}
        },
        **failures(EventNotFound),
    },
)
async def get_event_picture(
    platform: Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))], event_id: UUID
) -> Response:
    """What the decision was made on, where the gallery's policy keeps it (`event_pictures`). Every look is audited."""
    await platform.visible_event(EventId(event_id))
    return Response(await platform.look_at.picture(EventId(event_id)), media_type="image/png")


@router.get(
    "/{event_id}/references/{reference_id}/picture",
    summary="A reference beside an event",
    response_class=Response,
    responses={
        200: {
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}, "example": "(bytes)"}
                for kind in ("image/png", "image/jpeg", "image/webp", "application/octet-stream")
            }
        },
        **failures(EventNotFound, ReferenceNotFound),
    },
)
async def get_event_reference_picture(
    platform: Annotated[Platform, Depends(allowed(Permission.EVENTS_REVIEW))],
    event_id: UUID,
    reference_id: UUID,
) -> Response:
    """Of whom the event shows, or may show, where the gallery's policy keeps it (`keep`). Every look is audited."""
    await platform.visible_event(EventId(event_id))
    content = await platform.look_at.reference(EventId(event_id), ReferenceId(reference_id))
    return Response(content, media_type=_picture_type(content))


def _picture_type(content: bytes) -> str:
    """What browsers show as a picture, by how it begins; anything else is only bytes."""
    if content.startswith(b"\x89PNG"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if content[8:12] == b"WEBP" else "application/octet-stream"

"""The detection log as a stream, and work for later."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from visavis.application.ports.events import EventFilter
from visavis.application.ports.feed import Subscription
from visavis.application.ports.jobs import NewItem
from visavis.bootstrap.platform import Platform
from visavis.domain.errors import ValueInvalid
from visavis.domain.job import ItemKind, JobId, JobItem, JobKind
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.wire.proto import visavis_pb2 as pb

_PAGE: Final = 100
_LOOK_S: Final = 15.0  #: in any case, should an announcement be missed
_STOP_S: Final = 0.5  #: how soon the end of the server is noticed


async def follow(call: Call, request: pb.FollowRequest) -> None:
    """Nothing is left out between the log that was and what happens. The caller is looked at again after each page.

    Raises `Draining`, `NotAuthenticated`.
    """
    platform = call.platform
    wanted = await _wanted(platform, request)
    async with call.service.feed.subscribe(platform.tenant) as subscription:
        place = request.after if request.HasField("after") else await platform.detection_log.latest()
        await call.context.send_initial_metadata(())
        while True:
            page = await platform.detection_log.page(wanted, after=place, limit=_PAGE)
            for one in page:
                await call.context.write(messages.event(one))
                place = one.event.sequence
            call.require_running()
            if not page:
                await _heard(call, subscription)
            await call.require_still()


async def _heard(call: Call, subscription: Subscription) -> bool:
    """Whether there is something new; `False` after a while. Raises `Draining`."""
    until = asyncio.get_running_loop().time() + _LOOK_S
    while asyncio.get_running_loop().time() < until:
        if await subscription.wait(_STOP_S):
            return True
        call.require_running()
    return False


async def _wanted(platform: Platform, request: pb.FollowRequest) -> EventFilter:
    name = messages.text(request.gallery, what="name of a gallery")
    place = await platform.gallery(name) if name else None
    return EventFilter(
        gallery_id=place.id if place else None,
        galleries=platform.principal.galleries,
        source=messages.text(request.source, what="source") or None,
        site=messages.text(request.site, what="site") or None,
        zone=messages.text(request.zone, what="zone") or None,
    )


async def submit(call: Call, request: pb.SubmitRequest) -> pb.Job:
    """What was accepted here is done, whatever happens to the server."""
    source = messages.text(request.source, what="source")
    gallery = await call.platform.gallery(messages.text(request.gallery, what="name of a gallery", least=1))
    items = [_item(number, request, capture) for number, capture in enumerate(request.captures)]
    return messages.job(await call.platform.submit(JobKind.CLASSIFY, gallery, _each(items), source=source))


async def get_job(call: Call, request: pb.GetJobRequest) -> pb.Job:
    """Jobs of galleries that the caller may not use are not there for it."""
    return messages.job(await call.platform.visible_job(JobId(messages.identifier(request.id))))


def _item(number: int, request: pb.SubmitRequest, capture: pb.Capture) -> NewItem:
    if capture.gallery not in ("", request.gallery) or capture.origin.source not in ("", request.source):
        raise ValueInvalid("All captures of a job are of its gallery and its source.")
    match capture.picture.WhichOneof("content"):
        case "image":
            kind, payload = ItemKind.PHOTO, capture.picture.image
        case "crop":
            kind, payload = ItemKind.CROP, capture.picture.crop
        case _:
            raise ValueInvalid("A job takes images and crops.")
    return NewItem(
        item=JobItem(
            number=number,
            kind=kind,
            label=messages.text(capture.origin.reference, what="reference"),
            captured_at=messages.captured_at(capture.origin),
        ),
        payload=payload,
    )


async def _each(items: list[NewItem]) -> AsyncIterator[NewItem]:
    for item in items:
        yield item

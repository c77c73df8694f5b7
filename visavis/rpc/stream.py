"""Captures go up, decisions come back: for gateways."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from visavis.domain.errors import Draining, NotAuthenticated, VisavisError
from visavis.rpc import messages
from visavis.rpc.calls import Call
from visavis.rpc.pictures import identified_one
from visavis.rpc.recognition import candidate_limit, opened, recorded
from visavis.wire.proto import visavis_pb2 as pb

IN_FLIGHT: Final = 8
"""Captures of one stream that are worked on at the same time; the next one is not read before one is answered."""


async def recognise(call: Call, captures: AsyncIterator[pb.Capture]) -> None:
    """Answers in order. When the caller goes away, what is in flight is dropped.

    Raises `NotAuthenticated` when the key is revoked meanwhile, `Draining` after what was taken is answered.
    """
    line: asyncio.Queue[asyncio.Task[pb.Recognised] | None] = asyncio.Queue()
    room = asyncio.Semaphore(IN_FLIGHT)
    async with asyncio.TaskGroup() as group:

        async def read() -> None:
            try:
                await room.acquire()
                async for capture in captures:
                    line.put_nowait(group.create_task(_answer(call, capture)))
                    await room.acquire()
            finally:
                line.put_nowait(None)

        reader = group.create_task(read())
        watcher = group.create_task(_stop(call.stopping, reader))
        while (task := await line.get()) is not None:
            await call.context.write(await task)
            room.release()
        watcher.cancel()
    if reader.cancelled():
        raise Draining


async def _stop(stopping: asyncio.Event, reader: "asyncio.Task[None]") -> None:
    await stopping.wait()
    reader.cancel()


async def _answer(call: Call, capture: pb.Capture) -> pb.Recognised:
    """One capture. Raises `NotAuthenticated`; every other refusal is an answer."""
    try:
        faces = await _faces(call, capture)
    except NotAuthenticated:
        raise
    except VisavisError as error:
        authenticate = call.service.entrance.authenticate
        await authenticate.note_error(call.platform.principal, error, request=call.request)
        return pb.Recognised(reference=capture.origin.reference, error=messages.problem(error))
    return pb.Recognised(reference=capture.origin.reference, faces=faces)


async def _faces(call: Call, capture: pb.Capture) -> list[pb.IdentifiedFace]:
    platform = await call.again()
    limit, origin = candidate_limit(capture.limit), messages.origin_of(capture.origin)
    work = await opened(platform, capture.gallery)
    found = await identified_one(work, capture.picture, platform.principal, limit=limit)
    return await recorded(platform, work, [(0, one) for one in found], origin)

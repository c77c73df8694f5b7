"""Answers that go on: how many of them one caller has, and whether it may still have them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import StreamingResponse

from visavis.api.service import credentials_of, service_of
from visavis.application.ports.feed import Subscription
from visavis.domain.access import Principal
from visavis.domain.errors import NotAuthenticated, QuotaExceeded, ValueInvalid

_HEARTBEAT_S = 15.0


@dataclass(slots=True, kw_only=True)
class Streams:
    """Those of one process; `most` of each user or key."""

    most: int
    _open: Counter[str] = field(default_factory=Counter)

    def require_room(self, caller: Principal) -> None:
        """Raises `QuotaExceeded`."""
        if self._open[_name(caller)] >= self.most:
            raise QuotaExceeded(
                f"This caller follows the log {self.most} times already.",
                hint="Close another stream first, or raise server.event_streams.",
                retry_after_s=5.0,
            )

    @contextmanager
    def one(self, caller: Principal) -> Iterator[None]:
        """Counts as one for as long as the block lasts."""
        self._open[_name(caller)] += 1
        try:
            yield
        finally:
            self._open[_name(caller)] -= 1
            self._open += Counter()  # forgets those who have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a browser is sent of one entry: its place in the order, what it is called, and the entry as JSON."""

    sequence: int
    event: str
    data: str


def followed(
    request: Request,
    caller: Principal,
    *,
    start: int | None,
    latest: Callable[[], Awaitable[int]],
    page: Callable[[int], Awaitable[Sequence[Line]]],
) -> StreamingResponse:
    """Server-sent events of everything above `start`, or of what comes after now, until the server stops or the caller
    would not be let in any more. `page` gives the next entries above a place. Raises `QuotaExceeded`."""
    service, streams = service_of(request), streams_of(request)
    streams.require_room(caller)

    async def lines() -> AsyncIterator[str]:
        with streams.one(caller):
            async with aclosing(told()) as found:
                async for line in found:
                    yield line

    async def told() -> AsyncGenerator[str, None]:
        async with service.feed.subscribe(caller.tenant) as subscription:
            place = await latest() if start is None else start
            yield ": connected\n\n"
            while not service.stopping.is_set():
                found = await page(place)
                for one in found:
                    place = one.sequence
                    yield f"id: {place}\nevent: {one.event}\ndata: {one.data}\n\n"
                if not found and not await heard(subscription, service.stopping):
                    yield ": still here\n\n"
                if not await is_still_admitted(request, caller):
                    return

    return StreamingResponse(
        lines(),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def heard(subscription: Subscription, stopping: asyncio.Event) -> bool:
    """Whether something happened; a server that stops ends its streams, and clients come back to another."""
    waits = [
        asyncio.ensure_future(subscription.wait(_HEARTBEAT_S)),
        asyncio.ensure_future(stopping.wait()),
    ]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in pending:
        one.cancel()
    return any(one.result() for one in done)


def sequence_of(text: str, what: str = "an event") -> int:
    """Raises `ValueInvalid` for what this server has never sent."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueInvalid(f"This is not the identifier of {what}.", hint="Send the last `id` unchanged.")
    return int(text)


def streams_of(request: Request) -> Streams:
    streams: Streams = request.app.state.streams
    return streams


async def is_still_admitted(request: Request, caller: Principal) -> bool:
    """Whether who was let in would be let in now, with the same rights: its key may have been revoked meanwhile."""
    try:
        admission = await service_of(request).entrance.again(credentials_of(request))
    except NotAuthenticated:
        return False
    return admission.principal == caller


def _name(caller: Principal) -> str:
    return f"{caller.tenant}:{caller.actor}"

"""Answers that go on: how many of them one caller has, and whether it may still have them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from functools import partial

from fastapi import Request
from fastapi.responses import StreamingResponse

from visavis.api.service import credentials_of, service_of
from visavis.application.ports.feed import Subscription
from visavis.domain.access import Principal
from visavis.domain.errors import NotAuthenticated, QuotaExceeded, ValueInvalid

_HEARTBEAT_S = 15.0
_GATHER_S = 0.25
"""How long a look at the log waits for others who want the same: what happens is told this much later."""


@dataclass(slots=True, kw_only=True)
class Streams:
    """Those of one process; `most` of each user or key.

    A caller who was let in is not looked at again for `admitted_s`: each look is a question to the database.
    """

    most: int
    admitted_s: float = 2.0
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

    def __str__(self) -> str:
        return f"id: {self.sequence}\nevent: {self.event}\ndata: {self.data}\n\n"


Look = Callable[[], Awaitable[Sequence[Line]]]


@dataclass(slots=True)
class Looks:
    """Streams that stand at the same place of the same log look once for all of them: twenty open consoles cost one.

    Who comes while a look has begun already waits for the next one, which sees what she heard of.
    """

    _gathering: "dict[Hashable, asyncio.Task[Sequence[Line]]]" = field(default_factory=dict)

    async def __call__(self, what: Hashable, look: Look) -> Sequence[Line]:
        """`look` for the first of those who want the same. Raises what it raises."""
        task = self._gathering.get(what)
        if task is None:
            task = self._gathering[what] = asyncio.create_task(self._after_gathering(what, look))
            task.add_done_callback(_notice)
        return await asyncio.shield(task)

    async def _after_gathering(self, what: Hashable, look: Look) -> Sequence[Line]:
        await asyncio.sleep(_GATHER_S)
        del self._gathering[what]
        return await look()


def followed(
    request: Request,
    caller: Principal,
    *,
    start: int | None,
    latest: Callable[[], Awaitable[int]],
    page: Callable[[int], Awaitable[Sequence[Line]]],
    of: Hashable,
) -> StreamingResponse:
    """Server-sent events of everything above `start`, or of what comes after now, until the server stops or the caller
    would not be let in any more. `page` gives the next entries above a place; it is the same for all callers of a
    tenant who follow the same, as `of` says. Raises `QuotaExceeded`."""
    service, streams = service_of(request), streams_of(request)
    looks: Looks = request.app.state.looks
    streams.require_room(caller)

    async def lines() -> AsyncIterator[str]:
        with streams.one(caller):
            async with aclosing(told()) as found:
                async for line in found:
                    yield line

    async def told() -> AsyncGenerator[str, None]:
        async with service.feed.subscribe(caller.tenant) as subscription:
            place = await latest() if start is None else start
            admitted_until = time.monotonic() + streams.admitted_s
            yield ": connected\n\n"
            while not service.stopping.is_set():
                found = await looks((caller.tenant, of, place), partial(page, place))
                if found:
                    place = found[-1].sequence
                    yield "".join(map(str, found))
                if not found and not await heard(subscription, service.stopping):
                    yield ": still here\n\n"
                if time.monotonic() >= admitted_until:
                    if not await is_still_admitted(request, caller):
                        return
                    admitted_until = time.monotonic() + streams.admitted_s

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


def _notice(task: "asyncio.Task[Sequence[Line]]") -> None:
    """A failure was told to those who waited, if anybody still did."""
    if not task.cancelled():
        task.exception()


def _name(caller: Principal) -> str:
    return f"{caller.tenant}:{caller.actor}"

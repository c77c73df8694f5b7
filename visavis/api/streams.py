"""Answers that go on: how many of them one caller has, and whether it may still have them."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Request

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


def sequence_of(text: str) -> int:
    """Raises `ValueInvalid` for what this server has never sent."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValueInvalid("This is not the identifier of an event.", hint="Send the last `id` unchanged.")
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

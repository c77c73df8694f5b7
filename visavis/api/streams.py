"""Answers that go on: how many of them one caller has, and whether it may still have them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import Request

from visavis.api.service import credentials_of, service_of
from visavis.domain.access import Principal
from visavis.domain.errors import NotAuthenticated, QuotaExceeded


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

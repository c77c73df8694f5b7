"""What wakes workers. Losing or doubling a call does no harm: what is to be done stands in the store."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A call for a worker. Errands of the same task, tenant and key are done one at a time, and wait at most once."""

    task: str
    tenant: TenantId
    key: str


Perform = Callable[[Errand], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Something that every so many seconds one of the workers does, for the whole installation."""

    name: str
    every_s: int
    perform: Callable[[], Awaitable[None]]


class Queue(Protocol):
    async def defer(self, errand: Errand) -> bool:
        """Calls a worker; `False` if this errand waits already. Raises `StoreDown`."""
        ...

    async def cancel(self, errand: Errand) -> bool:
        """Takes the errand back if no worker has begun it; whether it did."""
        ...

    async def rescue(self) -> int:
        """Gives back to the others what workers that ended without a word had begun; how many errands."""
        ...


class Workers(Protocol):
    async def run(
        self, tasks: Mapping[str, Perform], rounds: Sequence[Round], *, until_idle: bool = False
    ) -> None:
        """Performs errands and rounds until it is asked to stop; then finishes what was begun and returns."""
        ...

    def stop(self) -> None:
        """Asks `run` to end. Callable from a signal handler."""
        ...


class Backlog(Protocol):
    """Across tenants: where something is to be done. What it is, only a transaction of the tenant tells."""

    async def streams(self) -> list[tuple[TenantId, str]]:
        """Tenants and streams of jobs that are not final."""
        ...

    async def webhooks(self) -> list[TenantId]:
        """Tenants that have webhooks."""
        ...

    async def doors(self) -> list[TenantId]:
        """Tenants that have doors with cameras."""
        ...

    async def standing_open(self, now: datetime) -> list[TenantId]:
        """Tenants with doors that are open for too long, of which this was not told yet."""
        ...

    async def alerts(self) -> list[TenantId]:
        """Tenants that have rules of alerts, or channels, that are enabled."""
        ...

"""One call: who makes it, and what it may use."""

import asyncio
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from google.protobuf.message import Message

from visavis.bootstrap.accounts import Credentials
from visavis.bootstrap.platform import Platform
from visavis.bootstrap.server import Service
from visavis.domain.access import Permission
from visavis.domain.errors import Draining, NotAuthenticated


class Context(Protocol):
    """What is used of gRPC's own context of a call."""

    async def write(self, message: Message) -> None: ...

    async def send_initial_metadata(self, initial_metadata: tuple[()]) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`platform` is the caller's; `stopping` is set when the server takes no new work."""

    service: Service
    platform: Platform
    context: Context
    credentials: Credentials
    permissions: tuple[Permission, ...]
    request: UUID
    stopping: asyncio.Event

    async def again(self) -> Platform:
        """Lets the caller of a stream in anew: its key may have been revoked, and has its rate limit.

        Raises `NotAuthenticated`, `NotPermitted`, `QuotaExceeded`.
        """
        admission = await self.service.authenticate(self.credentials)
        for permission in self.permissions:
            admission.principal.require(permission)
        return self.service.installation.platform(admission.principal, self.request)

    async def require_still(self) -> None:
        """For a stream that only listens, whose view was fixed when it began: raises `NotAuthenticated` once the
        caller would not be let in any more, or with other rights. Costs nothing of a rate."""
        admission = await self.service.entrance.again(self.credentials)
        if admission.principal != self.platform.principal:
            raise NotAuthenticated("What this caller may do was changed.", hint="Connect again.")

    def require_running(self) -> None:
        """Raises `Draining`."""
        if self.stopping.is_set():
            raise Draining


Answer: TypeAlias = Message | None
"""Of a unary call; streams write theirs to the context."""

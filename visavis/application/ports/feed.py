"""How processes hear of new events in the detection log."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from visavis.domain.subject import TenantId


class Subscription(Protocol):
    async def wait(self, timeout_s: float) -> bool:
        """Returns when events were kept since the last call, or after the time; whether it heard of any.

        Hearing of one is a hint: look into the log in any case.
        """
        ...


class Feed(Protocol):
    def subscribe(self, tenant: TenantId | None) -> AbstractAsyncContextManager[Subscription]:
        """Hears of the events of a tenant, or of all, from the beginning of the block on."""
        ...

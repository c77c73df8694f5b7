"""Forgets what has run out."""

from dataclasses import dataclass

from visavis.application.ports.clock import Clock
from visavis.application.ports.directory import AccountStore
from visavis.domain.subject import DEFAULT_TENANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """How much was forgotten."""

    sessions: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeAccess:
    """Expired sessions, and answers to requests with idempotency keys, of all tenants. A worker calls it now and
    then; neither counts any more before."""

    store: AccountStore
    clock: Clock

    async def __call__(self) -> Purged:
        now, sessions, requests = self.clock.now(), 0, 0
        async with self.store.transaction(DEFAULT_TENANT) as work:
            tenants = await work.accounts.tenants.all()
        for tenant in tenants:
            async with self.store.transaction(tenant.id) as work:
                sessions += await work.accounts.sessions.purge(now)
                requests += await work.requests.purge(now)
        return Purged(sessions=sessions, requests=requests)

"""The same write sent twice is done once.

A request claims its key, works, and leaves its answer; whoever sends it again gets that answer. A claim is short and
renewed while its process lives. If that is killed, the claim soon runs out, and the next try does the work: at most
once more, and then whatever the first try had committed is met as such (`AlreadyExists`, or the same again), because
all tries of a request have the same `Claim.seed`, from which identifiers of what they write are made. A handler whose
work is one transaction calls `finish_in` inside it, and then not even that can happen.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from visavis.application.access.tokens import digest
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.requests import RequestRow, StoredResponse
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.access import Principal
from visavis.domain.errors import IdempotencyConflict, RequestInProgress, Unavailable, ValueInvalid

KEPT: Final = timedelta(hours=24)
LONGEST_KEY: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """This try does the work. `seed` is the same for all tries of a request, and of no other."""

    principal: Principal
    key: bytes
    id: uuid.UUID
    seed: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """`claim_lasts` is longer than a process that lives is ever silent, and how long a repetition has to wait for a
    process that was killed."""

    store: Store
    clock: Clock
    identifiers: Identifiers
    claim_lasts: timedelta = timedelta(seconds=10)

    async def begin(self, by: Principal, key: str, fingerprint: bytes) -> Claim | StoredResponse:
        """`fingerprint` is a digest of all that the request says: method, path, query, body.

        Raises `ValueInvalid` for a key that is none, `IdempotencyConflict` if it was used for another request,
        `RequestInProgress` if an earlier try may still be at work.
        """
        if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise ValueInvalid("An idempotency key has 1 to 255 printable ASCII characters.")
        now, claim = self.clock.now(), self.identifiers.new()
        name = digest(f"{by.actor} {key}")
        wanted = RequestRow(
            fingerprint=fingerprint, claim=claim, claimed_until=now + self.claim_lasts, response=None
        )
        async with self.store.transaction(by.tenant) as work:
            row = await work.requests.claim(name, wanted, now=now, expires_at=now + KEPT)
        if row.fingerprint != fingerprint:
            raise IdempotencyConflict
        if row.response is not None:
            return row.response
        if row.claim != claim:
            raise RequestInProgress(retry_after_s=self._wait_s(row.claimed_until - now))
        seed = uuid.uuid5(uuid.UUID(bytes=name[:16]), f"{name.hex()} {row.expires_at}")
        return Claim(principal=by, key=name, id=claim, seed=seed)

    def _wait_s(self, left: timedelta) -> float:
        """A claim that was not renewed for a while is that of a dead process: it is free when it has run out."""
        return 1.0 if left > 0.7 * self.claim_lasts else max(left.total_seconds(), 1.0)

    @contextlib.asynccontextmanager
    async def held(self, claim: Claim) -> AsyncIterator[None]:
        """Renews the claim as long as the block takes."""
        task = asyncio.create_task(self._renew(claim))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renew(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self.claim_lasts.total_seconds() / 4)
            with contextlib.suppress(Unavailable):
                async with self.store.transaction(claim.principal.tenant) as work:
                    until = self.clock.now() + self.claim_lasts
                    if not await work.requests.renew(claim.key, claim.id, until):
                        return

    async def finish(self, claim: Claim, response: StoredResponse) -> None:
        """Keeps the answer."""
        async with self.store.transaction(claim.principal.tenant) as work:
            await self.finish_in(work, claim, response)

    async def finish_in(self, work: UnitOfWork, claim: Claim, response: StoredResponse) -> None:
        """Keeps the answer with the work itself. Raises `RequestInProgress` if this try took so long that another
        one has taken over; raised inside the transaction, it undoes the work."""
        if not await work.requests.finish(claim.key, claim.id, response):
            raise RequestInProgress

    async def release(self, claim: Claim) -> None:
        """Nothing was done, and the key is free, even for another request."""
        async with self.store.transaction(claim.principal.tenant) as work:
            await work.requests.release(claim.key, claim.id)

    async def give_up(self, claim: Claim) -> None:
        """It is not known what was done, so the next try of the same request takes over at once, with its seed."""
        async with self.store.transaction(claim.principal.tenant) as work:
            await work.requests.renew(claim.key, claim.id, self.clock.now())

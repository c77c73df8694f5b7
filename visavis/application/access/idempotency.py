"""The same write sent twice is done once.

A request claims its key, works, and leaves its answer; whoever sends it again gets that answer. If the process is
killed in between, the claim runs out, and the next try does the work: at most once more, and then whatever the
first try had committed is met as such (`AlreadyExists`, or the same again). A handler whose work is one
transaction calls `finish_in` inside it, and then not even that can happen.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from visavis.application.access.tokens import digest
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.requests import RequestRow, StoredResponse
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.access import Principal
from visavis.domain.errors import IdempotencyConflict, RequestInProgress, ValueInvalid

KEPT: Final = timedelta(hours=24)
LONGEST_KEY: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """This try does the work."""

    principal: Principal
    key: bytes
    id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """`claim_lasts` is longer than any request takes."""

    store: Store
    clock: Clock
    identifiers: Identifiers
    claim_lasts: timedelta = timedelta(minutes=2)

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
            raise RequestInProgress(retry_after_s=1.0)
        return Claim(principal=by, key=name, id=claim)

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
        """Nothing was done, so the next try may do it. For answers that are worth a retry: 429 and 5xx."""
        async with self.store.transaction(claim.principal.tenant) as work:
            await work.requests.release(claim.key, claim.id)

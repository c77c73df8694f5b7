"""Writes that are sent with an idempotency key, so that they can be repeated without being done twice."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """What was answered to a request, kept encrypted for whoever repeats it."""

    status: int
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A write that was sent with an idempotency key; `response` is `None` while it is being worked on.

    `claim` names the try that works on it, `claimed_until` when it is believed dead. `expires_at` is when it is
    forgotten, set by `Requests.claim`: a try that takes over does not change it.
    """

    fingerprint: bytes
    claim: uuid.UUID
    claimed_until: datetime
    response: StoredResponse | None
    expires_at: datetime | None = field(default=None, compare=False)


class Requests(Protocol):
    """Writes with idempotency keys; `key` is the digest of the caller and its key."""

    async def claim(self, key: bytes, row: RequestRow, *, now: datetime, expires_at: datetime) -> RequestRow:
        """Keeps `row` if there is none of this key, or an expired one, or one of the same fingerprint whose claim
        has run out; the row that is there now. Of several at the same time one wins."""
        ...

    async def renew(self, key: bytes, claim: uuid.UUID, claimed_until: datetime) -> bool:
        """Another end for a claim on which nothing was answered yet; whether it was still held."""
        ...

    async def finish(self, key: bytes, claim: uuid.UUID, response: StoredResponse) -> bool:
        """Whether the claim was still held."""
        ...

    async def release(self, key: bytes, claim: uuid.UUID) -> None:
        """Forgets a request that was not carried out; does nothing if the claim is lost."""
        ...

    async def purge(self, now: datetime) -> int:
        """Forgets expired ones; how many."""
        ...

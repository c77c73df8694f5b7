"""Idempotency keys in memory."""

import uuid
from dataclasses import replace
from datetime import datetime

from visavis.adapters.memory.work import Work
from visavis.application.ports.requests import RequestRow, StoredResponse


class MemoryRequests:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def claim(self, key: bytes, row: RequestRow, *, now: datetime, expires_at: datetime) -> RequestRow:
        requests = (await self._work.write()).accounts.requests
        there, until = requests.get(key, (row, now))
        dead = there.response is None and there.claimed_until <= now and there.fingerprint == row.fingerprint
        if key not in requests or until <= now:
            until = expires_at
        elif not dead:
            return replace(there, expires_at=until)
        requests[key] = (row, until)
        return replace(row, expires_at=until)

    async def renew(self, key: bytes, claim: uuid.UUID, claimed_until: datetime) -> bool:
        requests = (await self._work.write()).accounts.requests
        if key not in requests or requests[key][0].claim != claim or requests[key][0].response is not None:
            return False
        row, expires_at = requests[key]
        requests[key] = (replace(row, claimed_until=claimed_until), expires_at)
        return True

    async def finish(self, key: bytes, claim: uuid.UUID, response: StoredResponse) -> bool:
        requests = (await self._work.write()).accounts.requests
        if key not in requests or requests[key][0].claim != claim:
            return False
        row, expires_at = requests[key]
        requests[key] = (replace(row, response=response), expires_at)
        return True

    async def release(self, key: bytes, claim: uuid.UUID) -> None:
        requests = (await self._work.write()).accounts.requests
        if key in requests and requests[key][0].claim == claim and requests[key][0].response is None:
            del requests[key]

    async def purge(self, now: datetime) -> int:
        accounts = (await self._work.write()).accounts
        before = len(accounts.requests)
        accounts.requests = {key: kept for key, kept in accounts.requests.items() if now < kept[1]}
        return before - len(accounts.requests)

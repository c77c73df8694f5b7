"""One transaction on tables in memory."""

import asyncio

from visavis.adapters.memory.tables import Tables
from visavis.domain.subject import TenantId


class Work:
    """Reads what is committed until it first writes; from then on works on a copy, alone, until it ends."""

    def __init__(self, committed: dict[TenantId, Tables], tenant: TenantId, writing: asyncio.Lock) -> None:
        self._committed = committed
        self._tenant = tenant
        self._writing = writing
        self._copy: Tables | None = None

    @property
    def tenant(self) -> TenantId:
        return self._tenant

    def read(self) -> Tables:
        return self._committed[self._tenant] if self._copy is None else self._copy

    async def write(self) -> Tables:
        if self._copy is None:
            await self._writing.acquire()
            self._copy = self._committed[self._tenant].copy()
        return self._copy

    def end(self, *, commit: bool) -> None:
        if self._copy is None:
            return
        try:
            if commit:
                self._copy.settle()
                self._committed[self._tenant] = self._copy
        finally:
            self._copy = None
            self._writing.release()

"""The audit log in memory."""

from collections.abc import AsyncIterator
from itertools import islice

from visavis.adapters.memory.work import Work
from visavis.application.ports.audit import AuditFilter, AuditHead
from visavis.domain.audit import GENESIS, AuditEntry, AuditRecord


class MemoryAuditLog:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def append(self, record: AuditRecord) -> None:
        (await self._work.write()).pending.append(record)

    async def page(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        return self._work.read().audit[after : after + limit]

    async def find(
        self,
        wanted: AuditFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[AuditEntry]:
        entries = self._work.read().audit
        if after is not None:
            found = (one for one in entries[after:] if wanted.fits(one.record))
        else:
            found = (one for one in reversed(entries[: _end(before)]) if wanted.fits(one.record))
        return list(islice(found, limit))

    async def everything(self, *, after: int = 0, batch: int = 1000) -> AsyncIterator[list[AuditEntry]]:
        while page := await self.page(after=after, limit=batch):
            yield page
            after = page[-1].sequence

    async def head(self) -> AuditHead:
        """The digest of an empty log is the one that the first entry names."""
        audit = self._work.read().audit
        return (
            AuditHead(sequence=audit[-1].sequence, digest=audit[-1].digest)
            if audit
            else AuditHead(sequence=0, digest=GENESIS)
        )


def _end(before: int | None) -> int | None:
    """How many entries there are below it."""
    return None if before is None else max(before - 1, 0)

"""The audit log in memory."""

from collections.abc import AsyncIterator

from visavis.adapters.memory.work import Work
from visavis.application.ports.audit import AuditHead
from visavis.domain.audit import GENESIS, AuditEntry, AuditRecord


class MemoryAuditLog:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def append(self, record: AuditRecord) -> None:
        (await self._work.write()).pending.append(record)

    async def page(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        return self._work.read().audit[after : after + limit]

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

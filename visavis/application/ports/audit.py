"""The audit log of one tenant, as a unit of work sees it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from visavis.domain.audit import AuditEntry, AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Where the chain ends: the sequence (0 if there is no entry) and digest of its last entry."""

    sequence: int
    digest: str


class AuditLog(Protocol):
    async def append(self, record: AuditRecord) -> None:
        """Keeps it with this transaction. It takes its place in the chain when the transaction commits, so that
        sequences are gapless and in the order of commits."""
        ...

    async def page(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Committed entries with a sequence above `after`, in order."""
        ...

    def everything(self, *, after: int = 0, batch: int = 1000) -> AsyncIterator[list[AuditEntry]]:
        """All committed entries, in batches. For export and verification."""
        ...

    async def head(self) -> AuditHead: ...

"""The store in memory: real transactions, nothing kept."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from visavis.adapters.memory.galleries import MemoryGalleries
from visavis.adapters.memory.references import MemoryReferences
from visavis.adapters.memory.subjects import MemorySubjects
from visavis.adapters.memory.tables import Tables
from visavis.adapters.memory.work import Work
from visavis.application.ports.progress import Progress
from visavis.application.ports.upkeep import Rotation, StoreHealth
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUnit:
    galleries: MemoryGalleries
    subjects: MemorySubjects
    references: MemoryReferences


class MemoryStore:
    """`Store` and `Upkeep` for tests and first steps.

    A transaction sees what others commit until it writes; writers take turns. So a task that writes in one
    transaction must not write in a second one inside it.
    """

    def __init__(self) -> None:
        self._tenants: dict[TenantId, Tables] = defaultdict(Tables)
        self._writing = asyncio.Lock()

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    @contextlib.asynccontextmanager
    async def transaction(self, tenant: TenantId) -> AsyncIterator[MemoryUnit]:
        work = Work(self._tenants, tenant, self._writing)
        commit = False
        try:
            yield MemoryUnit(
                galleries=MemoryGalleries(work),
                subjects=MemorySubjects(work),
                references=MemoryReferences(work),
            )
            commit = True
        finally:
            work.end(commit=commit)

    async def check(self, tenant: TenantId) -> StoreHealth:
        tables = self._tenants[tenant]
        return StoreHealth(
            server="memory",
            schema=0,
            galleries=len(tables.galleries),
            subjects=len(tables.subjects),
            references=sum(len(group) for kept in tables.references.values() for group in kept.values()),
            key_problem=None,
        )

    async def rotate(self, tenant: TenantId, *, progress: Progress) -> Rotation:  # noqa: ARG002
        """Nothing is encrypted, so there is nothing to rotate."""
        progress(0, 0)
        return Rotation(references=0, deleted=0, rewrapped=0, resumed=False)

    async def rewrap(self, tenant: TenantId) -> int:  # noqa: ARG002
        return 0

"""Remove a subject and everything kept of it, at once."""

from dataclasses import dataclass

from visavis.application.ports.store import Erasure, Store
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """When this returns, no search in any process can match the subject again."""

    store: Store
    tenant: TenantId

    async def __call__(self, name: str) -> Erasure:
        """Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            subject = await work.subjects.by_name(name)
            return await work.subjects.erase(subject.id)

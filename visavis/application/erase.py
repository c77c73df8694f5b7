"""Remove a subject and everything kept of it, at once, with a signed receipt."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.consents import Receipt
from visavis.application.ports.store import Store
from visavis.application.receipts import Cause, Receipts, Removal
from visavis.application.removal import Removed, found, remove_wholly
from visavis.application.search import GallerySearch
from visavis.domain.audit import Action
from visavis.domain.subject import SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure removed. `receipt` is missing only where nothing can be signed (in memory)."""

    removed: Removed
    receipt: Receipt | None

    @property
    def subject_id(self) -> SubjectId:
        return self.removed.subject_id

    @property
    def references(self) -> int:
        return self.removed.references

    @property
    def galleries(self) -> int:
        return self.removed.galleries


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """When this returns, no search in any process can match the subject again."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    receipts: Receipts
    search: GallerySearch | None = None  #: takes it out of an index that is shared

    async def __call__(self, subject: str | SubjectId, *, reason: str = "") -> Erased:
        """By name or identifier; `reason` stands in the receipt. Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            removed = await remove_wholly(work, one)
            receipt = await self.receipts.issue(work, removed, cause=Cause.REQUEST, reason=reason)
            removal = Removal(removed=removed, receipt=receipt)
            await self.ledger.note(work, Action.SUBJECT_ERASED, f"subject:{one.id}", **removal.details)
        if self.search is not None:
            await self.search.refresh(removed.places)
        return Erased(removed=removed, receipt=receipt)

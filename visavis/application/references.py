"""References one by one: list, remove, give to another subject."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.consent import require_consent
from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import ReferenceSummary, Store, UnitOfWork
from visavis.application.removal import found
from visavis.domain.audit import Action
from visavis.domain.errors import GalleryFull, ReferenceNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The references of a tenant's galleries, without their templates."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock

    async def page(
        self,
        gallery: Gallery,
        *,
        subject: str | SubjectId | None = None,
        ids: Sequence[ReferenceId] | None = None,
        after: ReferenceId | None = None,
        limit: int = 100,
    ) -> list[ReferenceSummary]:
        """By identifier; of one subject or all, all or those of `ids` that exist. Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            one = None if subject is None else await found(work, subject)
            return await work.references.page(
                gallery.id, subject_id=one.id if one else None, ids=ids, after=after, limit=limit
            )

    async def get(self, gallery: Gallery, reference_id: ReferenceId) -> ReferenceSummary:
        """Raises `ReferenceNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            (one,) = await _all(work, gallery, [reference_id])
        return one

    async def image(self, gallery: Gallery, reference_id: ReferenceId, kind: Keep) -> KeptImage | None:
        """What was kept beside it, if anything. Raises `ReferenceNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await _all(work, gallery, [reference_id])
            return await work.samples.get(reference_id, kind)

    async def kinds(self, references: Sequence[ReferenceSummary]) -> dict[ReferenceId, tuple[Keep, ...]]:
        """What is kept of each; references of which nothing is kept are absent."""
        async with self.store.transaction(self.tenant) as work:
            return await work.samples.kinds([reference.id for reference in references])

    async def remove(
        self, gallery: Gallery, reference_ids: Sequence[ReferenceId], *, missing_ok: bool = False
    ) -> list[ReferenceId]:
        """All or nothing; those that were removed. A subject stays when its last reference goes, but a face that
        belonged to nobody goes with it. Raises `ReferenceNotFound` unless `missing_ok`."""
        async with self.store.transaction(self.tenant) as work:
            kept = await _all(work, gallery, reference_ids, missing_ok=missing_ok)
            for one in kept:
                await work.references.remove(one.id)
                await self.ledger.note(
                    work,
                    Action.REFERENCE_REMOVED,
                    f"subject:{one.subject_id}",
                    gallery=str(gallery.id),
                    reference=str(one.id),
                )
        return [one.id for one in kept]

    async def move(
        self, gallery: Gallery, reference_ids: Sequence[ReferenceId], subject: str | SubjectId
    ) -> None:
        """Gives them to another subject. Raises `ReferenceNotFound`, `SubjectNotFound`, `ConsentMissing`,
        `GalleryFull` beyond the references that the policy allows a subject."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            kept = await _all(work, gallery, reference_ids)
            moving = [reference for reference in kept if reference.subject_id != one.id]
            if not moving:
                return
            most = gallery.policy.max_references
            there = await work.references.page(gallery.id, subject_id=one.id, limit=most)
            if len(there) + len(moving) > most:
                raise GalleryFull("The subject would have more references than the policy allows.")
            await work.references.move([reference.id for reference in moving], one.id)
            await require_consent(work, gallery, one.id, self.clock.now(), hold=True)
            for reference in moving:
                await self.ledger.note(
                    work,
                    Action.REFERENCE_MOVED,
                    f"subject:{one.id}",
                    gallery=str(gallery.id),
                    reference=str(reference.id),
                    came_from=str(reference.subject_id),
                )


async def _all(
    work: UnitOfWork, gallery: Gallery, ids: Sequence[ReferenceId], *, missing_ok: bool = False
) -> list[ReferenceSummary]:
    """The references of this gallery, in the order of `ids`. Raises `ReferenceNotFound`."""
    unique = list(dict.fromkeys(ids))
    page = await work.references.page(gallery.id, ids=unique, limit=len(unique)) if unique else []
    there = {reference.id: reference for reference in page}
    if len(there) < len(unique) and not missing_ok:
        raise ReferenceNotFound
    return [there[one] for one in unique if one in there]

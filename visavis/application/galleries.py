"""Galleries: create, look at, change the policy, remove."""

import contextlib
from dataclasses import dataclass, fields

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import GallerySummary, Store, SubjectSummary
from visavis.application.search import GallerySearch
from visavis.domain.audit import Action, Detail
from visavis.domain.errors import IndexDown, ValueInvalid
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, TenantId, checked_name
from visavis.domain.template import ModelIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Galleries:
    """The galleries of one tenant, and who is in them."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    search: GallerySearch | None = None  #: frees the indexes of galleries that are removed

    async def create(
        self, name: str, *, purpose: Purpose, pack: str, model: ModelIdentity, policy: Policy
    ) -> Gallery:
        """Raises `AlreadyExists`, `ValueInvalid`, also for a name with a slash, which no path of the API could hold."""
        if "/" in name:
            raise ValueInvalid("The name of a gallery has no slash.")
        gallery = Gallery(
            id=GalleryId(self.identifiers.new()),
            name=checked_name(name, what="gallery name"),
            purpose=purpose,
            pack=pack,
            model=model,
            policy=policy,
            created_at=self.clock.now(),
        )
        async with self.store.transaction(self.tenant) as work:
            await work.galleries.add(gallery)
            await self.ledger.note(
                work,
                Action.GALLERY_CREATED,
                f"gallery:{gallery.id}",
                purpose=purpose.value,
                pack=pack,
                model=str(model),
                **_details(policy),
            )
        return gallery

    async def get(self, name: str) -> Gallery:
        """Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.galleries.by_name(name)

    async def all(self) -> list[GallerySummary]:
        async with self.store.transaction(self.tenant) as work:
            return await work.galleries.all()

    async def count(self, gallery: Gallery) -> GallerySummary:
        """How much is in it. Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.galleries.summary(gallery.id)

    async def set_policy(self, name: str, policy: Policy, *, expected: Policy | None = None) -> Gallery:
        """Raises `GalleryNotFound`, or `PreconditionFailed` if the policy is not the `expected` one any more."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            await work.galleries.set_policy(gallery.id, policy, expected=expected)
            before, after = _details(gallery.policy), _details(policy)
            changed = {key: value for key, value in after.items() if value != before[key]}
            was = {f"{key}_before": before[key] for key in changed}
            await self.ledger.note(work, Action.GALLERY_CHANGED, f"gallery:{gallery.id}", **changed, **was)
            return await work.galleries.by_name(name)

    async def remove(self, name: str) -> int:
        """The number of references removed. Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            removed = await work.galleries.remove(gallery.id)
            await self.ledger.note(work, Action.GALLERY_REMOVED, f"gallery:{gallery.id}", references=removed)
        if self.search is not None:
            with contextlib.suppress(IndexDown):  # it is removed all the same, and the next pruning finds it
                await self.search.prune()
        return removed

    async def subjects(
        self, gallery: Gallery | None = None, *, after: str = "", limit: int = 100
    ) -> list[SubjectSummary]:
        async with self.store.transaction(self.tenant) as work:
            return await work.subjects.page(
                gallery_id=gallery.id if gallery else None, after=after, limit=limit
            )


def _details(policy: Policy) -> dict[str, Detail]:
    """Every field of the policy, for the audit log."""
    values: dict[str, Detail] = {field.name: getattr(policy, field.name) for field in fields(policy)}
    values["policy"] = values.pop("name")
    return {key: str(value) if isinstance(value, str) else value for key, value in values.items()}

"""Galleries: create, look at, change the policy, remove."""

from dataclasses import dataclass

from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import GallerySummary, Store, SubjectSummary
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import GalleryId, TenantId, checked_name
from visavis.domain.template import ModelIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class Galleries:
    """The galleries of one tenant, and who is in them."""

    store: Store
    tenant: TenantId
    clock: Clock
    identifiers: Identifiers

    async def create(
        self, name: str, *, purpose: Purpose, pack: str, model: ModelIdentity, policy: Policy
    ) -> Gallery:
        """Raises `AlreadyExists`, `ValueInvalid`."""
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
        return gallery

    async def get(self, name: str) -> Gallery:
        """Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.galleries.by_name(name)

    async def all(self) -> list[GallerySummary]:
        async with self.store.transaction(self.tenant) as work:
            return await work.galleries.all()

    async def set_policy(self, name: str, policy: Policy) -> Gallery:
        """Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            await work.galleries.set_policy(gallery.id, policy)
            return await work.galleries.by_name(name)

    async def remove(self, name: str) -> int:
        """The number of references removed. Raises `GalleryNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            gallery = await work.galleries.by_name(name)
            return await work.galleries.remove(gallery.id)

    async def subjects(
        self, gallery: Gallery | None = None, *, after: str = "", limit: int = 100
    ) -> list[SubjectSummary]:
        async with self.store.transaction(self.tenant) as work:
            return await work.subjects.page(
                gallery_id=gallery.id if gallery else None, after=after, limit=limit
            )

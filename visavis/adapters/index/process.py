"""Indexes in the memory of this process."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from visavis.application.ports.index import Index
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, TenantId


@dataclass(frozen=True, slots=True)
class ProcessIndexes:
    """Implements `Indexes`: each opening makes a new, empty index of the gallery's dimension."""

    make: Callable[[int], Index]

    @property
    def shared(self) -> bool:
        return False

    async def open(self, tenant: TenantId, gallery: Gallery) -> Index:  # noqa: ARG002
        return self.make(gallery.model.dimension)

    async def keep_only(self, tenant: TenantId, galleries: Collection[GalleryId]) -> None:
        """Nothing is kept outside of this process."""
